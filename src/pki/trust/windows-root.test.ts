import { mkdtempDisposable } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { exited, machineIn } from './testing/machine.ts'
import { windowsRootStore } from './windows-root.ts'

const scratchFolder = () => mkdtempDisposable(join(tmpdir(), 'sluicegate-pki-'))

describe('Windows', () => {
  const program = 'C:\\Windows\\System32\\certutil.exe'

  test('keeps trust in the user’s root store', async () => {
    await using folder = await scratchFolder()
    let isTrusted = false
    const { machine, authority, ran } = await machineIn(folder.path, {
      platform: 'win32',
      answer: (command) => {
        if (command.includes('-addstore')) isTrusted = true
        if (command.includes('-delstore')) isTrusted = false
        return exited(command.includes('-store') && !isTrusted ? 0x80092004 | 0 : 0)
      },
    })
    const store = windowsRootStore(machine)
    const sha1 = authority.certificate.fingerprint.replaceAll(':', '')
    expect(await store.state(authority)).toEqual({
      state: 'not-trusted',
      reason: 'it is not in your root store',
    })
    expect(await store.installCommands(authority)).toEqual([
      `${program} -user -addstore Root ${authority.certificateFile}`,
    ])
    expect(await store.install(authority)).toEqual({ state: 'trusted', reason: 'it is in your root store' })
    expect(await store.uninstall(authority)).toMatchObject({ state: 'not-trusted' })
    expect(ran.filter((command) => !command.includes(' -store '))).toEqual([
      `${program} -user -addstore Root ${authority.certificateFile}`,
      `${program} -user -delstore Root ${sha1}`,
    ])
  })

  test('quotes as its own shell reads it', async () => {
    await using folder = await scratchFolder()
    const { machine, authority } = await machineIn(folder.path, {
      platform: 'win32',
      answer: () => exited(1),
    })
    const moved = { ...authority, certificateFile: 'C:\\Users\\Ada Lovelace\\authority.crt' }
    expect(await windowsRootStore(machine).installCommands(moved)).toEqual([
      `${program} -user -addstore Root "C:\\Users\\Ada Lovelace\\authority.crt"`,
    ])
  })
})
