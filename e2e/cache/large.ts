/**
 * A cache that is large: does the program answer at once while it finds what is on the disk, does a look-up cost the
 * same, and how much memory does an entry take?
 *
 *     node e2e/cache/large.ts [--entries 100000] [--bytes 20000]
 *
 * Without arguments it is the short form of `npm test`; 100,000 entries of 20,000 bytes are 2 GB on the disk.
 */
import { mkdirSync, readFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { systemClock } from '../../src/base/clock.ts'
import { writeStored } from '../../src/engine/cache/disk.ts'
import { fileHash, filePath } from '../../src/engine/cache/key.ts'
import { CacheZone } from '../../src/engine/cache/zone.ts'
import { makePrefix, readIfThere, removePrefix } from '../support/nginx.ts'
import { check, close, figure } from './report.ts'
import { endProxy, get, startOrigin, startProxy, stored, type CachingProxy } from './stage.ts'

const { values } = parseArgs({
  options: { entries: { type: 'string', default: '5000' }, bytes: { type: 'string', default: '2000' } },
})
const entries = Number(values.entries)
const bytes = Number(values.bytes)
const few = 500
const levels = [1, 2]
const keyOf = (i: number): string => `/assets/pictures/${String(i).padStart(6, '0')}/of-some-name.jpg`

process.exitCode = await main()

async function main(): Promise<number> {
  const prefix = await makePrefix()
  try {
    figure('entries', `${entries} of ${bytes} bytes`)
    const began = performance.now()
    fillFolder(`${prefix}/small`, Math.min(few, entries), bytes)
    fillFolder(`${prefix}/large`, entries, bytes)
    figure('written in', `${((performance.now() - began) / 1000).toFixed(1)} s`)
    await memory(prefix)
    await speed(prefix)
  } finally {
    await removePrefix(prefix)
  }
  return close()
}

/** Writes what an earlier run would have left. */
function fillFolder(folder: string, count: number, size: number): void {
  const body = Buffer.alloc(size, 'x')
  const now = Math.floor(Date.now() / 1000)
  const made = new Set<string>()
  for (let i = 0; i < count; i++) {
    const key = keyOf(i)
    const path = filePath(folder, levels, fileHash(key))
    if (!made.has(dirname(path))) mkdirSync(dirname(path), { recursive: true })
    made.add(dirname(path))
    const text = `HTTP/1.1 200 OK\r\nContent-Type: image/jpeg\r\nContent-Length: ${size}\r\nCache-Control: max-age=86400\r\n\r\n`
    writeStored(
      path,
      {
        key,
        host: 'pictures.localhost',
        status: 200,
        vary: '',
        variant: '',
        etag: '',
        lastModified: -1,
        text,
        bodyLength: size,
        freshUntil: now + 86_400,
        storedAt: now,
        staleWhileRevalidate: 0,
        staleIfError: 0,
      },
      body,
    )
  }
}

/** What an entry takes: the difference between a large cache and a small one, without responses that are kept whole. */
async function memory(prefix: string): Promise<void> {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  const loadedSize = async (name: string): Promise<{ zone: CacheZone; heap: number }> => {
    collect()
    const before = process.memoryUsage().heapUsed
    const zone = zoneOf(`${prefix}/${name}`)
    zone.begin()
    while (zone.cold) await delay(5)
    collect()
    return { zone, heap: process.memoryUsage().heapUsed - before }
  }
  ;(await loadedSize('small')).zone.dispose() // what is compiled and allocated once
  const small = await loadedSize('small')
  const large = await loadedSize('large')
  const each = (large.heap - small.heap) / (large.zone.entries.size - small.zone.entries.size)
  const { size } = large.zone.entries
  check(size === entries, 'all files are found again', `${size}`)
  check(each <= 400, 'an entry takes at most 400 bytes of memory', `${each.toFixed(0)} bytes`)
  const told = large.zone.keysMemory / size
  check(Math.abs(told - each) < 100, 'the status tells about as much', `${told.toFixed(0)} bytes`)
  for (const { zone } of [small, large]) zone.dispose()
}

function zoneOf(folder: string): CacheZone {
  const pace = { files: 1000, sleep: 1, threshold: 200 }
  return new CacheZone({
    name: 'c',
    folder,
    levels,
    size: 64 * 1024 * 1024,
    bounds: { inactive: 86_400_000, maxSize: Infinity, minFree: 0, manager: pace, loader: pace },
    clock: systemClock,
  })
}

async function speed(prefix: string): Promise<void> {
  const origin = await startOrigin((socket) => void socket.end(stored('new')))
  const path = (name: string): string =>
    `${prefix}/${name} keys_zone=c:64m levels=1:2 inactive=1d loader_files=1000 loader_sleep=5ms loader_threshold=50ms`
  const proxy = await startProxy(origin, path('large'))
  await whileLoading(proxy)
  const large = await costOf(proxy)
  await endProxy(proxy)
  const other = await startProxy(origin, path('small'))
  const small = await costOf(other)
  await endProxy(other)
  origin.close()
  figure('CPU of a look-up', `${large.toFixed(0)} µs among ${entries}, ${small.toFixed(0)} µs among ${few}`)
  check(
    large < 2 * small + 50,
    'a look-up costs about the same among many',
    `× ${(large / small).toFixed(2)}`,
  )
  check(origin.asked === 1, 'nothing that is stored is fetched again', `asked ${origin.asked} times`)
}

/** From the first moment on: what is stored is a HIT though the loader has not come to it, and nobody waits. */
async function whileLoading({ port, prefix }: CachingProxy): Promise<void> {
  const began = performance.now()
  const loaded = async (): Promise<boolean> =>
    (await readIfThere(`${prefix}/error.log`)).includes('http file cache:')
  const first = await get(port, keyOf(entries - 1))
  check(first.cache === 'HIT', 'the first request is a HIT', `${first.cache} in ${first.ms.toFixed(1)} ms`)
  const missing = await get(port, '/not/there')
  check(missing.cache === 'MISS' && missing.body === 'new', 'what is not there is fetched', missing.cache)
  const times = [first.ms, missing.ms]
  let wrong = 0
  for (let i = 0; !(await loaded()) && performance.now() - began < 120_000; i++) {
    const got = await get(port, keyOf((i * 7919) % entries))
    times.push(got.ms)
    if (got.cache !== 'HIT' || got.body.length !== bytes) wrong++
  }
  const sorted = times.sort((a, b) => a - b)
  figure('loaded after', `${((performance.now() - began) / 1000).toFixed(1)} s`)
  figure(
    'answers meanwhile',
    `${sorted.length}, median ${(sorted[sorted.length >> 1] ?? 0).toFixed(1)} ms, slowest ${(sorted.at(-1) ?? 0).toFixed(1)} ms`,
  )
  check(await loaded(), 'loading ends')
  check(wrong === 0, 'every answer while loading is a whole HIT', `${wrong} wrong`)
  // A stretch of the loader is 50 ms; the rest is for a machine that does something else.
  check((sorted.at(-1) ?? 0) < 1000, 'nobody waits while loading')
}

/** Microseconds of the program's CPU for one HIT, over keys of the first few hundred. */
async function costOf({ engine, port }: CachingProxy): Promise<number> {
  const requests = 2000
  for (let i = 0; i < few; i++) await get(port, keyOf(i % entries))
  const before = cpuMs(engine.pid)
  for (let i = 0; i < requests; i++) await get(port, keyOf((i * 31) % Math.min(few, entries)))
  return ((cpuMs(engine.pid) - before) * 1000) / requests
}

function cpuMs(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'latin1')
    .replace(/^.*\) /, '')
    .split(' ')
  // utime and stime, in hundredths of a second.
  return (Number(fields[11]) + Number(fields[12])) * 10
}
