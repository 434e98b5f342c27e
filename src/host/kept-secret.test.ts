import { stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { keptSecret } from './kept-secret.ts'
import { removeScratch, scratchFolder } from './testing/scratch.ts'

afterEach(removeScratch)

test('a secret is made once, is long, and only its owner can read it', async () => {
  const file = join(await scratchFolder(), 'token')
  const [first, second] = await Promise.all([keptSecret(file), keptSecret(file)])
  expect(first).toMatch(/^[\w-]{32}$/)
  expect([second, await keptSecret(file)]).toEqual([first, first])
  expect((await stat(file)).mode & 0o777).toBe(0o600)
})

test('a file that holds something else is not taken for a secret', async () => {
  const file = join(await scratchFolder(), 'token')
  await writeFile(file, 'short')
  await expect(keptSecret(file)).rejects.toThrow(`${file} holds no secret`)
})
