/**
 * What may happen to a cache's files while the program runs as it does for users: it is killed in the middle of
 * storing, its disk is full. Whatever is served is whole and right.
 *
 *     node e2e/cache/faults.ts [--kills 6]
 */
import { execFileSync } from 'node:child_process'
import { mkdirSync, readdirSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { makePrefix, removePrefix } from '../support/nginx.ts'
import { check, close, figure } from './report.ts'
import { endProxy, get, startOrigin, startProxy, stored, type CachingProxy, type Got } from './stage.ts'

const { values } = parseArgs({ options: { kills: { type: 'string', default: '6' } } })
// Larger than what is put together in memory: it is written to a file piece by piece.
const size = 600_000
const bodyOf = (path: string): string => path.repeat(Math.ceil(size / path.length)).slice(0, size)
const isRight = (path: string, { status, body, whole }: Got): boolean =>
  status === 200 && whole && body === bodyOf(path)

const filesIn = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((item) => item.isFile())
    .map(({ name }) => name)

async function until(what: string, holds: () => boolean): Promise<void> {
  const end = performance.now() + 10_000
  while (!holds()) {
    if (performance.now() > end) throw new Error(`waited 10 s for ${what}`)
    await delay(5)
  }
}

/** kill -9 with half of a response in its file: after a start it is gone, and was never served. */
async function killedWhileStoring(): Promise<void> {
  const half = stored(bodyOf('/a')).slice(0, size / 2)
  const origin = await startOrigin((socket) => void socket.write(half))
  const prefix = await makePrefix()
  const folder = `${prefix}/cache`
  const proxy = await startProxy(origin, 'cache keys_zone=c:1m levels=1:2', { prefix })
  const cut = get(proxy.port, '/a')
  await until('half a file', () => filesIn(folder).length === 1)
  const [aside = ''] = filesIn(folder)
  proxy.engine.kill()
  const first = await cut
  check(/\.\d{10}$/.test(aside), 'what is being stored stands aside', aside)
  check(!first.whole, 'whose proxy was killed sees that its answer is cut off')
  origin.answer = (socket, path) => void socket.end(stored(bodyOf(path)))
  const again = await startProxy(origin, 'cache keys_zone=c:1m levels=1:2', { prefix })
  const got = await get(again.port, '/a')
  check(got.cache === 'MISS' && isRight('/a', got), 'after the next start it is fetched anew', got.cache)
  await until('one whole file', () => filesIn(folder).length === 1)
  check(!filesIn(folder).includes(aside), 'the half file is gone')
  const hit = await get(again.port, '/a')
  check(hit.cache === 'HIT' && isRight('/a', hit), 'and is a whole HIT then', hit.cache)
  await endProxy(again)
  origin.close()
}

/** Killed at any moment while many are stored: what is a HIT after the next start is right. */
async function killedAgainAndAgain(kills: number): Promise<void> {
  const origin = await startOrigin((socket, path) => void socket.end(stored(bodyOf(path))))
  const prefix = await makePrefix()
  const paths = Array.from({ length: 40 }, (_, i) => `/picture/${i}`)
  let wrong = 0
  let hits = 0
  for (let kill = 0; kill < kills; kill++) {
    const proxy = await startProxy(origin, 'cache keys_zone=c:1m levels=1:2', { prefix })
    // What is cut off by the kill is no answer at all; what is whole has to be right.
    const running = paths.map(async (path) => {
      const got = await get(proxy.port, path)
      if (got.whole && !isRight(path, got)) wrong++
      if (got.whole && got.cache === 'HIT') hits++
    })
    await delay(10 + kill * 17)
    proxy.engine.kill()
    await Promise.all(running)
  }
  const last = await startProxy(origin, 'cache keys_zone=c:1m levels=1:2', { prefix })
  let whole = 0
  for (const path of paths) if (isRight(path, await get(last.port, path))) whole++
  figure('kills', `${kills}, ${hits} HITs between them`)
  check(wrong === 0, 'no answer between kills is wrong', `${wrong}`)
  check(whole === paths.length, 'every answer after them is whole and right', `${whole} of ${paths.length}`)
  await endProxy(last)
  origin.close()
}

/** A disk that is full, and has room again: all is answered, it is said once, and storing goes on. */
async function fullDisk(): Promise<void> {
  const origin = await startOrigin((socket, path) => void socket.end(stored(bodyOf(path))))
  const prefix = await makePrefix()
  const folder = `${prefix}/cache`
  mkdirSync(folder)
  const disk = smallDisk(folder)
  const proxy = await startProxy(origin, 'cache keys_zone=c:1m use_temp_path=off', { prefix })
  disk.fill(proxy)
  const paths = Array.from({ length: 8 }, (_, i) => `/large/${i}`)
  let right = 0
  for (const path of [...paths, ...paths]) if (isRight(path, await get(proxy.port, path))) right++
  check(right === 16, `${disk.what}: every answer is whole and right`, `${right} of 16`)
  check(origin.asked > 8, 'what could not be stored is fetched again', `asked ${origin.asked} times`)
  check(!filesIn(folder).some((name) => name.includes('.')), 'nothing half is left')
  disk.relieve(proxy)
  await get(proxy.port, '/after')
  const after = await get(proxy.port, '/after')
  check(after.cache === 'HIT' && isRight('/after', after), 'with room again it is stored', after.cache)
  const log = await endProxy(proxy, true)
  disk.release()
  await removePrefix(prefix)
  const said = log.split('\n').filter((line) => line.includes('[crit]'))
  check(said.length === 1, 'the log says it once', said[0]?.replace(/^.*\[crit\] /, '') ?? 'nothing')
  origin.close()
}

interface SmallDisk {
  readonly what: string
  /** From now on a second large response does not fit. */
  fill(proxy: CachingProxy): void
  relieve(proxy: CachingProxy): void
  release(): void
}

/** A file system of 1 MiB where we may mount one; else the program may not write files that large. */
function smallDisk(folder: string): SmallDisk {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', folder], { stdio: 'ignore' })
    return {
      what: 'a full disk',
      fill: () => undefined,
      relieve: () => void execFileSync('mount', ['-o', 'remount,size=64m', folder], { stdio: 'ignore' }),
      release: () => void execFileSync('umount', ['-l', folder]),
    }
  } catch {
    const limit = (proxy: CachingProxy, bytes: string): void =>
      void execFileSync('prlimit', ['--pid', String(proxy.engine.pid), `--fsize=${bytes}:`])
    return {
      what: 'files that may not grow (no file system can be mounted here)',
      fill: (proxy) => limit(proxy, '300000'),
      relieve: (proxy) => limit(proxy, 'unlimited'),
      release: () => undefined,
    }
  }
}

await killedWhileStoring()
await killedAgainAndAgain(Number(values.kills))
await fullDisk()
process.exitCode = close()
