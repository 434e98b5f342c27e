import { readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import * as z from 'zod'
import { NewerFormatError } from './migrations/migrate.ts'
import { openRevisionStore, type RevisionStore } from './revision-store.ts'
import { removeScratch, scratchFolder } from './testing/scratch.ts'

afterEach(removeScratch)

interface Value {
  text: string
}

const at = Date.UTC(2026, 0, 2, 3, 4, 5)

function open(folder: string, more: { keep?: number; migrations?: [(old: unknown) => unknown] } = {}) {
  return openRevisionStore<Value>({
    folder,
    what: 'configuration',
    schema: z.object({ text: z.string() }),
    migrations: more.migrations ?? [],
    initial: { text: 'initial' },
    keep: more.keep ?? 50,
    now: () => at,
  })
}

async function saved(folder: string, ...texts: string[]): Promise<RevisionStore<Value>> {
  const store = await open(folder)
  for (const text of texts) await store.save({ text }, `note ${text}`)
  return store
}

test('a fresh store has the initial value as revision 0, and writes nothing', async () => {
  const folder = await scratchFolder()
  const store = await open(folder)
  expect(store.current).toEqual({ revision: 0, savedAt: at, value: { text: 'initial' } })
  expect(await readdir(folder)).toEqual([])
})

test('what was saved is there after a restart, with its history', async () => {
  const folder = await scratchFolder()
  await saved(folder, 'a', 'b')
  const store = await open(folder)
  const b = { revision: 2, savedAt: at, note: 'note b', value: { text: 'b' } }
  const a = { revision: 1, savedAt: at, note: 'note a', value: { text: 'a' } }
  expect(store.current).toEqual(b)
  expect(await store.history()).toEqual([b, a])
  expect(await store.revision(1)).toEqual(a)
  expect(await store.revision(7)).toBe(undefined)
  expect(store.recovered).toBe(undefined)
})

test('only so many revisions are kept', async () => {
  const folder = await scratchFolder()
  const store = await open(folder, { keep: 2 })
  for (const text of ['a', 'b', 'c']) await store.save({ text })
  expect((await readdir(folder)).sort()).toEqual(['2.json', '3.json'])
})

test.for([
  ['cut in half', (text: string) => text.slice(0, text.length / 2), 'it is not whole'],
  ['emptied', () => '', 'it is not whole'],
  ['filled with zeros', (text: string) => '\0'.repeat(text.length), 'it is not whole'],
  [
    'changed within',
    (text: string) => text.replace('"text": "b"', '"text": "x"'),
    'its checksum does not fit',
  ],
  ['something else', () => '{"name":"package"}', 'it is not what Sluicegate writes'],
] as const)('a file %s is kept aside and the last good revision is loaded', async ([, damage, cause]) => {
  const folder = await scratchFolder()
  await saved(folder, 'a', 'b')
  const file = join(folder, '2.json')
  const damaged = damage(await readFile(file, 'utf8'))
  await writeFile(file, damaged)
  const store = await open(folder)
  const aside = join(folder, '2.json.damaged-2026-01-02T03-04-05Z')
  expect(store.current.value).toEqual({ text: 'a' })
  expect(store.recovered).toBe(
    `the saved configuration: revision 2 is damaged (${cause}) and is kept as ${aside}; revision 1 was loaded instead`,
  )
  expect(await readFile(aside, 'utf8')).toBe(damaged)
  expect((await store.save({ text: 'c' })).revision).toBe(3)
  expect(store.recovered).toBe(undefined)
})

test('when no revision is whole, all are kept aside and it begins anew', async () => {
  const folder = await scratchFolder()
  await saved(folder, 'a', 'b')
  for (const name of ['1.json', '2.json']) await writeFile(join(folder, name), '{')
  const store = await open(folder)
  expect(store.current.value).toEqual({ text: 'initial' })
  expect(store.recovered).toContain('there is no older one')
  expect((await readdir(folder)).filter((name) => name.includes('damaged'))).toHaveLength(2)
})

test('a save that was prepared but not committed leaves nothing behind', async () => {
  const folder = await scratchFolder()
  const store = await saved(folder, 'a')
  const prepared = await store.prepare({ text: 'b' })
  expect(store.current.value).toEqual({ text: 'a' })
  await prepared.abort()
  expect(await readdir(folder)).toEqual(['1.json'])
})

test('a save that cannot be written is an error with a code, and changes nothing', async () => {
  const folder = await scratchFolder()
  const store = await saved(folder, 'a')
  await rm(folder, { recursive: true })
  await expect(store.save({ text: 'b' })).rejects.toMatchObject({
    code: 'state-folder',
    message: expect.stringMatching(
      /^the configuration could not be saved, so nothing was changed: ENOENT/,
    ) as string,
  })
  expect(store.current.value).toEqual({ text: 'a' })
})

test('an older format is brought into the present one', async () => {
  const folder = await scratchFolder()
  await saved(folder, 'a')
  const store = await open(folder, { migrations: [(old) => ({ text: `${(old as Value).text}, migrated` })] })
  expect(store.current.value).toEqual({ text: 'a, migrated' })
})

test('state of a newer version is left alone', async () => {
  const folder = await scratchFolder()
  const newer = await open(folder, { migrations: [(old) => old] })
  await newer.save({ text: 'a' })
  await expect(open(folder)).rejects.toThrow(NewerFormatError)
  expect(await readdir(folder)).toEqual(['1.json'])
})

test('what a kill in the middle of a save left behind is removed at the next start', async () => {
  const folder = await scratchFolder()
  const store = await saved(folder, 'a')
  await store.prepare({ text: 'b' })
  expect(await readdir(folder)).toHaveLength(2)
  expect((await open(folder)).current.value).toEqual({ text: 'a' })
  expect(await readdir(folder)).toEqual(['1.json'])
})
