import { mkdtempDisposable } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { macosKeychainStore } from './macos-keychain.ts'
import { exited, machineIn } from './testing/machine.ts'

const scratchFolder = () => mkdtempDisposable(join(tmpdir(), 'sluicegate-pki-'))

describe('macOS', () => {
  test('keeps trust in the login keychain', async () => {
    await using folder = await scratchFolder()
    let isTrusted = false
    const { machine, authority, ran, home } = await machineIn(folder.path, {
      platform: 'darwin',
      answer: (command) => {
        if (command.includes('add-trusted-cert')) isTrusted = true
        if (command.includes('remove-trusted-cert')) isTrusted = false
        if (!command.includes('verify-cert')) return exited(0)
        return isTrusted ? exited(0) : exited(1, { stderr: 'Cert Verify Result: CSSMERR_TP_NOT_TRUSTED\n' })
      },
    })
    const store = macosKeychainStore(machine)
    const keychain = join(home, 'Library/Keychains/login.keychain-db')
    const file = authority.certificateFile
    expect(await store.state(authority)).toEqual({
      state: 'not-trusted',
      reason: 'the keychain does not believe it (Cert Verify Result: CSSMERR_TP_NOT_TRUSTED)',
    })
    expect(await store.install(authority)).toEqual({ state: 'trusted', reason: 'the keychain believes it' })
    expect(ran).toContain(`security add-trusted-cert -r trustRoot -k ${keychain} ${file}`)
    const sha1 = authority.certificate.fingerprint.replaceAll(':', '')
    expect(await store.uninstallCommands(authority)).toEqual([
      `security remove-trusted-cert ${file}`,
      `security delete-certificate -Z ${sha1} ${keychain}`,
    ])
    expect(await store.uninstall(authority)).toMatchObject({ state: 'not-trusted' })
    expect(await store.uninstallCommands(authority)).toEqual([])
  })
})
