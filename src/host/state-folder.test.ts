import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdir, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { defaultStateFolder, FolderInUseError, holdFolder } from './state-folder.ts'
import { removeScratch, scratchFolder } from './testing/scratch.ts'

afterEach(removeScratch)

test.for([
  [{ SLUICEGATE_HOME: '/x', XDG_DATA_HOME: '/y' }, 'linux', '/x'],
  [{ XDG_DATA_HOME: '/y' }, 'linux', '/y/sluicegate'],
  [{}, 'linux', '/home/me/.local/share/sluicegate'],
  [{}, 'darwin', '/home/me/Library/Application Support/Sluicegate'],
  [{ APPDATA: 'C:\\Users\\me\\AppData\\Roaming' }, 'win32', 'C:\\Users\\me\\AppData\\Roaming\\Sluicegate'],
] as const)('with %o on %s state is in %s', ([env, platform, folder]) => {
  expect(defaultStateFolder(env, platform, '/home/me')).toBe(folder)
})

test('a second program is refused, and told who has the folder', async () => {
  const folder = await scratchFolder()
  const held = await holdFolder(folder)
  const refused = await holdFolder(folder).catch((error: unknown) => error)
  expect(refused).toBeInstanceOf(FolderInUseError)
  expect((refused as Error).message).toContain(`(process ${process.pid})`)
  await held.release()
  await (await holdFolder(folder)).release()
  expect(await readdir(folder)).toEqual([])
})

test('only its owner may look into the folder', async () => {
  const folder = join(await scratchFolder(), 'new', 'folder')
  await holdFolder(folder)
  expect((await stat(folder)).mode & 0o777).toBe(0o700)
})

async function endedProcess(): Promise<number> {
  const child = spawn(process.execPath, ['-e', ''])
  await once(child, 'exit')
  if (child.pid === undefined) throw new Error('the child did not start')
  return child.pid
}

test.for([
  ['of a program that is gone', async (): Promise<string> => JSON.stringify({ pid: await endedProcess() })],
  [
    'of another process with the same id',
    async (): Promise<string> => JSON.stringify({ pid: process.pid, begun: '1' }),
  ],
  ['that a crash of the machine left empty', async (): Promise<string> => ''],
] as const)('a lock %s is taken over', async ([, text]) => {
  const folder = await scratchFolder()
  await writeFile(join(folder, 'lock'), await text())
  const held = await holdFolder(folder)
  await expect(holdFolder(folder)).rejects.toThrow(FolderInUseError)
  await held.release()
  expect(await readdir(folder)).toEqual([])
})

test('letting go twice at once is letting go', async () => {
  const folder = await scratchFolder()
  const held = await holdFolder(folder)
  await Promise.all([held.release(), held.release()])
  expect(await readdir(folder)).toEqual([])
})

test('a folder that cannot be made is named, with the way out', async () => {
  const file = join(await scratchFolder(), 'file')
  await writeFile(file, '')
  await expect(holdFolder(join(file, 'state'))).rejects.toThrow(
    `the state folder ${join(file, 'state')} cannot be used: ENOTDIR: not a directory`,
  )
})
