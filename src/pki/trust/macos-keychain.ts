import { X509Certificate } from 'node:crypto'
import { join } from 'node:path'
import { commandTrustStore, lastWords, missingProgram } from './trust-store.ts'
import type { TrustedAuthority, TrustMachine, TrustReport, TrustStore } from './trust-store.ts'

/** What Safari, Chrome and most programs of macOS believe: the user's login keychain; macOS asks for the password. */
export function macosKeychainStore(machine: TrustMachine): TrustStore {
  const keychain = join(machine.home, 'Library/Keychains/login.keychain-db')
  const isTrusted = async (authority: TrustedAuthority) =>
    (await state(machine, authority)).state === 'trusted'
  return commandTrustStore(machine, {
    id: 'macos-keychain',
    label: 'your keychain (Safari, Chrome and most programs)',
    state: (authority) => state(machine, authority),
    install: async (authority) => {
      if (await isTrusted(authority)) return []
      const { certificateFile } = authority
      return [
        {
          program: 'security',
          args: ['add-trusted-cert', '-r', 'trustRoot', '-k', keychain, certificateFile],
        },
      ]
    },
    uninstall: async (authority) => {
      if (!(await isTrusted(authority))) return []
      const sha1 = new X509Certificate(authority.certificatePem).fingerprint.replaceAll(':', '')
      return [
        { program: 'security', args: ['remove-trusted-cert', authority.certificateFile] },
        { program: 'security', args: ['delete-certificate', '-Z', sha1, keychain] },
      ]
    },
  })
}

async function state(machine: TrustMachine, authority: TrustedAuthority): Promise<TrustReport> {
  // -l: the certificate may be an authority's; -L: nothing is asked of the network.
  const args = ['verify-cert', '-c', authority.certificateFile, '-p', 'basic', '-l', '-L']
  const check = await machine.run('security', args)
  if (check.status === 'missing') return missingProgram('security', 'it is a part of macOS')
  return check.code === 0
    ? { state: 'trusted', reason: 'the keychain believes it' }
    : { state: 'not-trusted', reason: `the keychain does not believe it (${lastWords(check)})` }
}
