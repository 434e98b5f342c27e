import { chmod, mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { fromDisk, readAllFiles, readMainFile, UnreadableFileError } from './config-files.ts'
import { removeScratch, scratchFolder } from './testing/scratch.ts'

afterEach(removeScratch)

async function files(texts: Record<string, string>): Promise<string> {
  const folder = await scratchFolder()
  for (const [name, text] of Object.entries(texts)) {
    await mkdir(join(folder, name, '..'), { recursive: true })
    await writeFile(join(folder, name), text)
  }
  return folder
}

test('a main file is read with all it includes, each once, by complete names', async () => {
  const folder = await files({
    'nginx.conf': 'include mime.types; include conf.d/*.conf; include none.conf; include conf.d/a.conf;',
    'mime.types': 'types { }',
    'conf.d/b.conf': 'server { }',
    'conf.d/a.conf': 'include conf.d/inner;',
    'conf.d/inner': 'server { }',
    'conf.d/.hidden.conf': '',
  })
  expect(readAllFiles(join(folder, 'nginx.conf')).map(({ name }) => name.slice(folder.length + 1))).toEqual([
    'nginx.conf',
    'mime.types',
    'conf.d/a.conf',
    'conf.d/b.conf',
    'conf.d/inner',
  ])
})

test('a main file that is not there is said so', () => {
  expect(() => readMainFile('/none/nginx.conf')).toThrow(UnreadableFileError)
  expect(() => readMainFile('/none/nginx.conf')).toThrow(
    'cannot read /none/nginx.conf: 2: No such file or directory',
  )
})

test('what is included but cannot be read carries the reason; what is not there is not found', async () => {
  const folder = await files({ 'secret.conf': '' })
  await chmod(join(folder, 'secret.conf'), 0o000)
  expect(fromDisk(folder, '')).toEqual([{ name: folder, text: '', failure: '21: Is a directory' }])
  expect(fromDisk(join(folder, 'none'), '')).toEqual([])
  expect(fromDisk(join(folder, 'none', '*.conf'), '')).toEqual([])
})
