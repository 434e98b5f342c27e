// Mozilla's NSS keeps trust in a database per browser profile; its tool is `certutil`
// (Debian's package libnss3-tools, Homebrew's nss), not Windows' program of that name.
import { X509Certificate } from 'node:crypto'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { isSystemError } from '../private-file.ts'
import { commandTrustStore, lastWords, missingProgram } from './trust-store.ts'
import type { Command, TrustedAuthority, TrustMachine, TrustReport, TrustStore } from './trust-store.ts'

/** `known` is there without being believed; `new` is a database that is made by the installation. */
type DatabaseState = 'trusted' | 'known' | 'absent' | 'new' | 'missing-program'

interface Database {
  readonly folder: string
  readonly isThere: boolean
}

interface Examined extends Database {
  readonly state: DatabaseState
  readonly reason: string
  /** How many certificates are in there under the authority's name. */
  readonly copies: number
}

/** What Chromium, Chrome, Edge and Brave believe on Linux. */
export function chromiumStore(machine: TrustMachine): TrustStore {
  return nssStore(machine, {
    id: 'nss-chromium',
    label: 'Chromium, Chrome and their kin',
    none: 'no database of Chromium was found',
    databases: async () => {
      const candidates = ['.pki/nssdb', '.local/share/pki/nssdb', 'snap/chromium/current/.pki/nssdb']
      const folders = candidates.map((path) => join(machine.home, path))
      const found: Database[] = []
      for (const folder of folders) {
        if (await isDatabase(folder)) found.push({ folder, isThere: true })
      }
      // Chromium makes the first one at its first start, and takes over what it finds there.
      return found.length > 0 ? found : [{ folder: join(machine.home, '.pki/nssdb'), isThere: false }]
    },
  })
}

/** What Firefox believes, in all its profiles. */
export function firefoxStore(machine: TrustMachine): TrustStore {
  return nssStore(machine, {
    id: 'nss-firefox',
    label: 'Firefox',
    none: 'no profile of Firefox was found; start it once',
    databases: async () => {
      const roots =
        machine.platform === 'darwin'
          ? ['Library/Application Support/Firefox/Profiles']
          : [
              '.mozilla/firefox',
              '.config/mozilla/firefox',
              'snap/firefox/common/.mozilla/firefox',
              '.var/app/org.mozilla.firefox/.mozilla/firefox',
            ]
      const found: Database[] = []
      for (const root of roots) {
        for (const profile of await entries(join(machine.home, root))) {
          const folder = join(machine.home, root, profile)
          if (await isDatabase(folder)) found.push({ folder, isThere: true })
        }
      }
      return found
    },
  })
}

function nssStore(
  machine: TrustMachine,
  parts: Pick<TrustStore, 'id' | 'label'> & {
    readonly none: string
    readonly databases: () => Promise<readonly Database[]>
  },
): TrustStore {
  const examined = async (authority: TrustedAuthority) => {
    const found: Examined[] = []
    for (const database of await parts.databases()) found.push(await examine(machine, database, authority))
    return found
  }
  return commandTrustStore(machine, {
    id: parts.id,
    label: parts.label,
    async state(authority): Promise<TrustReport> {
      const databases = await examined(authority)
      if (databases.length === 0) return { state: 'unavailable', reason: parts.none }
      if (databases.some(({ state }) => state === 'missing-program'))
        return missingProgram('certutil', howToGetIt(machine))
      const lacking = databases.filter(({ state }) => state !== 'trusted')
      return lacking.length === 0
        ? { state: 'trusted', reason: `it is in ${databases.map(({ folder }) => folder).join(', ')}` }
        : { state: 'not-trusted', reason: lacking.map((each) => `${each.folder}: ${each.reason}`).join('; ') }
    },
    async install(authority) {
      const lacking = (await examined(authority)).filter(({ state }) => state !== 'trusted')
      return lacking.flatMap((database) => [...creation(database), addition(database, authority)])
    },
    async uninstall(authority) {
      return (await examined(authority)).flatMap((database) => removals(database, authority))
    },
  })
}

async function examine(
  machine: TrustMachine,
  database: Database,
  authority: TrustedAuthority,
): Promise<Examined> {
  const ask = (...args: readonly string[]) =>
    machine.run('certutil', ['-d', `sql:${database.folder}`, ...args])
  // Asked first in any case: whether the program is there decides before the database does.
  const listing = await ask('-L', '-n', authority.name, '-a')
  const verdict = (state: DatabaseState, reason: string, copies = 0) => ({
    ...database,
    state,
    reason,
    copies,
  })
  if (listing.status === 'missing') return verdict('missing-program', 'certutil is not installed')
  if (!database.isThere) return verdict('new', 'there is no database yet; installing makes it')
  if (listing.code !== 0) {
    const isMissing = listing.stderr.includes('Could not find cert')
    return verdict('absent', isMissing ? 'it is not in there' : `it cannot be read (${lastWords(listing)})`)
  }
  const certificates =
    listing.stdout.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? []
  if (!certificates.some((each) => isSame(each, authority.certificatePem)))
    return verdict('known', 'an older certificate of this authority is in there', certificates.length)
  const check = await ask('-V', '-u', 'L', '-n', authority.name) // L: as an authority of TLS servers
  if (check.status === 'exited' && check.code === 0)
    return verdict('trusted', 'it is in there', certificates.length)
  const why = check.status === 'exited' ? lastWords(check) : 'certutil went away'
  return verdict('known', `it is in there, but not believed (${why})`, certificates.length)
}

function creation({ folder, isThere }: Database): readonly Command[] {
  if (isThere) return []
  return [
    { program: 'mkdir', args: ['-p', '-m', '0700', folder] },
    { program: 'certutil', args: ['-d', `sql:${folder}`, '-N', '--empty-password'] },
  ]
}

// `C,,`: an authority for TLS servers, and for nothing else.
function addition({ folder }: Database, { name, certificateFile }: TrustedAuthority): Command {
  return {
    program: 'certutil',
    args: ['-d', `sql:${folder}`, '-A', '-t', 'C,,', '-n', name, '-i', certificateFile],
  }
}

// One removal takes one certificate of that name; a renewed authority has left several.
function removals({ folder, copies }: Examined, { name }: TrustedAuthority): readonly Command[] {
  const removal = { program: 'certutil', args: ['-d', `sql:${folder}`, '-D', '-n', name] }
  return Array<Command>(copies).fill(removal)
}

function howToGetIt(machine: TrustMachine): string {
  return machine.platform === 'darwin'
    ? 'install it with `brew install nss`'
    : 'install it with `apt-get install libnss3-tools` (Fedora: nss-tools, Arch: nss)'
}

function isSame(one: string, other: string): boolean {
  return new X509Certificate(one).fingerprint256 === new X509Certificate(other).fingerprint256
}

async function isDatabase(folder: string): Promise<boolean> {
  return (await entries(folder)).includes('cert9.db')
}

async function entries(folder: string): Promise<readonly string[]> {
  try {
    return await readdir(folder)
  } catch (error) {
    if (isSystemError(error, 'ENOENT', 'ENOTDIR', 'EACCES')) return []
    throw error
  }
}
