import { X509Certificate } from 'node:crypto'
import { win32 } from 'node:path'
import { commandTrustStore, missingProgram } from './trust-store.ts'
import type { TrustedAuthority, TrustMachine, TrustReport, TrustStore } from './trust-store.ts'

/** What Edge, Chrome, Firefox and most programs of Windows believe: the user's root store; Windows asks first. */
export function windowsRootStore(machine: TrustMachine): TrustStore {
  const program = win32.join(machine.windowsFolder, 'System32', 'certutil.exe')
  const command = (...args: readonly string[]) => ({ program, args: ['-user', ...args] })
  const state = async (authority: TrustedAuthority): Promise<TrustReport> => {
    const { args } = command('-store', 'Root', sha1Of(authority))
    const found = await machine.run(program, args)
    if (found.status === 'missing') return missingProgram(program, 'it is a part of Windows')
    return found.code === 0
      ? { state: 'trusted', reason: 'it is in your root store' }
      : { state: 'not-trusted', reason: 'it is not in your root store' }
  }
  const isTrusted = async (authority: TrustedAuthority) => (await state(authority)).state === 'trusted'
  return commandTrustStore(machine, {
    id: 'windows-root',
    label: 'Windows (Edge, Chrome, Firefox and most programs)',
    state,
    install: async (authority) =>
      (await isTrusted(authority)) ? [] : [command('-addstore', 'Root', authority.certificateFile)],
    uninstall: async (authority) =>
      (await isTrusted(authority)) ? [command('-delstore', 'Root', sha1Of(authority))] : [],
  })
}

// Windows finds a certificate by the SHA-1 of it; that identifies here, it protects nothing.
function sha1Of(authority: TrustedAuthority): string {
  return new X509Certificate(authority.certificatePem).fingerprint.replaceAll(':', '')
}
