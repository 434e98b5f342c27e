import { mkdtempDisposable, readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import {
  createAtomically,
  keepCopy,
  readIfThere,
  removeFile,
  setAside,
  writeAtomically,
} from './private-file.ts'

const scratchFolder = () => mkdtempDisposable(join(tmpdir(), 'sluicegate-pki-'))
const noonMs = Date.UTC(2026, 2, 4, 12, 0, 0)

test('a written file has its mode, and nothing else is left in the folder', async () => {
  await using folder = await scratchFolder()
  const file = join(folder.path, 'key')
  await writeAtomically(file, 'one', 0o600)
  await writeAtomically(file, 'two', 0o600)
  expect(await readFile(file, 'utf8')).toBe('two')
  expect((await stat(file)).mode & 0o777).toBe(0o600)
  expect(await readdir(folder.path)).toEqual(['key'])
})

test('of many who create a file at once, one wins and all see its text whole', async () => {
  await using folder = await scratchFolder()
  const file = join(folder.path, 'key')
  const texts = Array.from({ length: 8 }, (_, i) => String(i).repeat(10_000))
  const won = await Promise.all(texts.map((text) => createAtomically(file, text, 0o600)))
  expect(won.filter(Boolean)).toHaveLength(1)
  expect(await readFile(file, 'utf8')).toBe(texts[won.indexOf(true)])
  expect(await readdir(folder.path)).toEqual(['key'])
})

test('what is set aside in the same second stands side by side', async () => {
  await using folder = await scratchFolder()
  const file = join(folder.path, 'key')
  for (const text of ['one', 'two']) {
    await writeFile(file, text)
    await setAside(file, 'damaged', noonMs)
  }
  await keepCopy(file, 'three', 'damaged', noonMs)
  const kept = (await readdir(folder.path)).sort()
  expect(kept).toEqual([
    'key.damaged-2026-03-04T12-00-00Z',
    'key.damaged-2026-03-04T12-00-00Z-2',
    'key.damaged-2026-03-04T12-00-00Z-3',
  ])
  const texts = await Promise.all(kept.map((name) => readFile(join(folder.path, name), 'utf8')))
  expect(texts).toEqual(['one', 'two', 'three'])
})

test('a file that could not be put in place leaves nothing behind', async () => {
  await using folder = await scratchFolder()
  await expect(writeAtomically(folder.path, 'text', 0o600)).rejects.toThrow(/EISDIR|EPERM|ENOTEMPTY|EEXIST/)
  expect(await readdir(join(folder.path, '..'))).not.toContainEqual(
    expect.stringMatching(new RegExp(`${folder.path.split('/').at(-1)}.*new$`)),
  )
})

test('a file that is not there reads as undefined and is not removed', async () => {
  await using folder = await scratchFolder()
  const file = join(folder.path, 'key')
  expect(await readIfThere(file)).toBeUndefined()
  expect(await removeFile(file)).toBe(false)
  await writeFile(file, 'text')
  expect(await readIfThere(file)).toBe('text')
  expect(await removeFile(file)).toBe(true)
})
