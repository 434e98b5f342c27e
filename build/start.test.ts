// What `npm start` decides by: whether out/ is fresh, and whether there is an Electron or one can be fetched.
import { mkdir, mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises'
import { existsSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { fetchElectron, findElectron } from './electron-binary.mjs'
import { whyBuild } from './freshness.mjs'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluicegate-start-'))
})
afterEach(() => rm(folder, { recursive: true, force: true }))

/** Writes a file (or touches a folder) as of so many seconds after the epoch. */
async function write(path: string, seconds: number, text = ''): Promise<void> {
  const file = join(folder, path)
  await mkdir(dirname(file), { recursive: true })
  await writeFile(file, text)
  for (let here = file; here.length > folder.length; here = dirname(here))
    await utimes(here, seconds, seconds)
}

describe('what is built is fresh', () => {
  const results = [
    'out/main/index.js',
    'out/main/host-entry.js',
    'out/main/cli.js',
    'out/main/nginx.js',
    'out/preload/index.cjs',
    'out/renderer/index.html',
  ]
  beforeEach(async () => {
    await write('src/base/clock.ts', 1000)
    for (const file of results) await write(file, 2000)
  })

  test('when it is younger than every source', () => expect(whyBuild(folder)).toBeUndefined())

  test('not when a source was changed', async () => {
    await write('src/base/clock.ts', 3000)
    expect(whyBuild(folder)).toMatch(/^src\/base.* is newer than what was built$/)
  })

  test('not when a source was taken away', async () => {
    await rm(join(folder, 'src/base/clock.ts'))
    expect(whyBuild(folder)).toBe('src/base is newer than what was built')
  })

  test('although a test was changed', async () => {
    await write('src/base/clock.test.ts', 1000)
    await writeFile(join(folder, 'src/base/clock.test.ts'), 'changed')
    expect(whyBuild(folder)).toBeUndefined()
  })

  test.for(results)('not when %s is missing', async (file) => {
    await rm(join(folder, file))
    expect(whyBuild(folder)).toBe(`${file} is not there`)
  })
})

describe('the Electron binary', () => {
  const said: string[] = []
  /** Runs an installer with this source; patience is short enough to wait for it here. */
  async function fetchWith(installer: string, stop = new AbortController()): Promise<string | undefined> {
    await writeFile(join(folder, 'install.js'), installer)
    said.length = 0
    const say = (line: string): void => void said.push(line)
    return fetchElectron({ node: process.execPath, say, stop: stop.signal, patience: 600, folder })
  }
  const unpack = `
    const fs = require('fs'), os = require('os'), path = require('path')
    const dist = path.join(__dirname, 'dist')
    fs.mkdirSync(dist)
    fs.writeFileSync(path.join(dist, 'electron'), '')`
  const finish = `fs.writeFileSync(path.join(__dirname, 'path.txt'), 'electron')`

  test('is not there until it is installed', async () => {
    expect(findElectron(folder).reason).toContain('the Electron binary is not installed')
    expect(await fetchWith(`${unpack}\n${finish}`)).toBeUndefined()
    expect(findElectron(folder)).toEqual({ path: join(folder, 'dist/electron') })
  })

  test('is waited for as long as bytes come, and they are shown', async () => {
    const slow = `${unpack}
      const file = path.join(os.tmpdir(), 'electron.zip')
      let n = 0
      const timer = setInterval(() => {
        fs.appendFileSync(file, Buffer.alloc(3e6))
        if (++n === 8) { clearInterval(timer); ${finish} }
      }, 150)`
    expect(await fetchWith(slow)).toBeUndefined()
    expect(said[0]).toMatch(/^Electron: \d+ MB$/)
  })

  test('is given up when nothing comes, and what came of it is taken away', async () => {
    expect(await fetchWith(`${unpack}\nsetInterval(() => {}, 1000)`)).toBe(
      'fetching Electron got nowhere for 0.6 s',
    )
    expect(await readdir(folder)).toEqual(['install.js'])
  })

  test('is given up when the installer will not hear', async () => {
    const deaf = `process.on('SIGTERM', () => {}); setInterval(() => {}, 1000)`
    expect(await fetchWith(deaf)).toBe('fetching Electron got nowhere for 0.6 s')
  })

  test('is not there when the installer fails, for the reason it gives', async () => {
    const failing = `console.error(new TypeError('fetch failed', { cause: new Error('getaddrinfo ENOTFOUND x') })); process.exit(1)`
    expect(await fetchWith(failing)).toBe(
      'fetching Electron failed: TypeError: fetch failed (getaddrinfo ENOTFOUND x)',
    )
  })

  test('is left alone at once when the user leaves', async () => {
    const stop = new AbortController()
    const fetching = fetchWith(
      `require('fs').writeFileSync(require('path').join(__dirname, 'begun'), ''); setInterval(() => {}, 1000)`,
      stop,
    )
    await expect.poll(() => existsSync(join(folder, 'begun'))).toBe(true)
    stop.abort()
    expect(await fetching).toContain('failed')
  })
})
