import { mkdtempDisposable } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { trustStores } from './trust.ts'
import { machineIn } from './trust/testing/machine.ts'

const scratchFolder = () => mkdtempDisposable(join(tmpdir(), 'sluicegate-pki-'))

test.each([
  ['linux', ['linux-system', 'nss-chromium', 'nss-firefox']],
  ['darwin', ['macos-keychain', 'nss-firefox']],
  ['win32', ['windows-root']],
  ['aix', []],
] as const)('%s has the stores %j', async (platform, ids) => {
  await using folder = await scratchFolder()
  const { machine } = await machineIn(folder.path, { platform })
  expect(trustStores(machine).map(({ id }) => id)).toEqual(ids)
})
