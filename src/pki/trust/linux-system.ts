import { access } from 'node:fs/promises'
import { join } from 'node:path'
import { X509Certificate } from 'node:crypto'
import { readIfThere } from '../private-file.ts'
import { commandTrustStore, type Command, type TrustedAuthority, type TrustMachine } from './trust-store.ts'
import type { TrustReport, TrustStore } from './trust-store.ts'

interface Distribution {
  /** Where an administrator puts authorities. */
  readonly anchors: string
  /** What the update makes of them: the file programs read. */
  readonly bundle: string
  readonly update: readonly string[]
  readonly updateAfterRemoval: readonly string[]
}

// Debian's folder comes after Fedora's: the first that is there decides.
const distributions: readonly Distribution[] = [
  {
    anchors: 'etc/pki/ca-trust/source/anchors', // Fedora, RHEL
    bundle: 'etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem',
    update: ['update-ca-trust', 'extract'],
    updateAfterRemoval: ['update-ca-trust', 'extract'],
  },
  {
    anchors: 'usr/local/share/ca-certificates', // Debian, Ubuntu, Alpine
    bundle: 'etc/ssl/certs/ca-certificates.crt',
    update: ['update-ca-certificates'],
    updateAfterRemoval: ['update-ca-certificates', '--fresh'], // else dangling links stay in /etc/ssl/certs
  },
  {
    anchors: 'etc/ca-certificates/trust-source/anchors', // Arch
    bundle: 'etc/ca-certificates/extracted/tls-ca-bundle.pem',
    update: ['update-ca-trust'],
    updateAfterRemoval: ['update-ca-trust'],
  },
  {
    anchors: 'etc/pki/trust/anchors', // openSUSE
    bundle: 'var/lib/ca-certificates/ca-bundle.pem',
    update: ['update-ca-certificates'],
    updateAfterRemoval: ['update-ca-certificates'],
  },
]

/** What curl, wget, git and most programs of a Linux system believe; browsers have their own, see `nss.ts`. */
export function linuxSystemStore(machine: TrustMachine): TrustStore {
  return commandTrustStore(machine, {
    id: 'linux-system',
    label: 'this system (curl, git and most programs)',
    state: (authority) => state(machine, authority),
    install: async (authority) => {
      const found = await distribution(machine)
      if (!found || (await state(machine, authority)).state === 'trusted') return []
      const target = anchorFile(machine, found, authority)
      return asAdministrator(['install', '-m', '0644', authority.certificateFile, target], found.update)
    },
    uninstall: async (authority) => {
      const found = await distribution(machine)
      if (!found) return []
      const target = anchorFile(machine, found, authority)
      const isThere = (await readIfThere(target)) !== undefined
      if (!isThere && (await state(machine, authority)).state !== 'trusted') return []
      return asAdministrator(['rm', '-f', target], found.updateAfterRemoval)
    },
  })
}

async function state(machine: TrustMachine, authority: TrustedAuthority): Promise<TrustReport> {
  const found = await distribution(machine)
  if (!found) {
    return {
      state: 'unavailable',
      reason: 'this system has no known folder for authorities; install its package `ca-certificates`',
    }
  }
  const bundle = join(machine.root, found.bundle)
  if (withoutSpace((await readIfThere(bundle)) ?? '').includes(withoutSpace(authority.certificatePem)))
    return { state: 'trusted', reason: `it is in ${bundle}` }
  const target = anchorFile(machine, found, authority)
  return (await readIfThere(target)) === undefined
    ? { state: 'not-trusted', reason: `it is not in ${bundle}` }
    : {
        state: 'not-trusted',
        reason: `${target} is there, but \`${found.update.join(' ')}\` was not run since`,
      }
}

async function distribution(machine: TrustMachine): Promise<Distribution | undefined> {
  for (const each of distributions) {
    if (await isThere(join(machine.root, each.anchors))) return each
  }
  return undefined
}

async function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false, // a folder one may not even look at is of no use either
  )
}

// By the certificate's own mark, so that an authority of another user or an older one stands beside it.
function anchorFile(machine: TrustMachine, found: Distribution, authority: TrustedAuthority): string {
  const mark = new X509Certificate(authority.certificatePem).fingerprint256.replaceAll(':', '').slice(0, 16)
  return join(machine.root, found.anchors, `sluicegate-${mark.toLowerCase()}.crt`)
}

function asAdministrator(...commands: readonly (readonly string[])[]): readonly Command[] {
  return commands.map(([program = '', ...args]) => ({ program, args, asAdministrator: true }))
}

function withoutSpace(text: string): string {
  return text.replace(/\s+/g, '')
}
