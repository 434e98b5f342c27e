/** What goes because nobody asks for it or because there is too much; what a change of the configuration keeps and refuses. */
import { afterEach, describe, expect, test } from 'vitest'
import {
  bodyOf,
  cleanUp,
  filesIn,
  folderOf,
  last,
  ok,
  originWith,
  start,
  type Origin,
} from '../testing/cache-stage.ts'
import { fakeClock } from '../testing/fake-clock.ts'
import type { Started } from '../testing/start-with.ts'

afterEach(cleanUp)

// A page of the disk and a little more, with its head: two pages.
const body = 'x'.repeat(5000)
const counting = (): Promise<Origin> =>
  originWith((socket) => void socket.end(ok(body, 'Cache-Control: max-age=3600')))

const keys = (started: Started): (string | undefined)[] =>
  (started.engine.cacheEntries('c', {}, 0, 100)?.entries ?? []).map(({ key }) => /\/[^/]*$/.exec(key)?.[0])

test('what nobody asked for within inactive goes, with its file; what was asked for stays', async () => {
  const clock = fakeClock()
  const folder = folderOf()
  const started = await start(await counting(), '', { clock, folder, path: 'keys_zone=c:1m inactive=60s' })
  await started.get('/a')
  await started.get('/b')
  clock.advance(40_000)
  await started.get('/b')
  clock.advance(40_000)
  expect([keys(started), filesIn(folder).length]).toEqual([['/b'], 1])
  expect(started.engine.caches()[0]).toMatchObject({ entries: 1, removed: 1, hot: 1 })
})

test('what is more than max_size goes, the least recently used first', async () => {
  const clock = fakeClock()
  const folder = folderOf()
  const started = await start(await counting(), '', { clock, folder, path: 'keys_zone=c:1m max_size=20k' })
  for (const path of ['/a', '/b', '/c', '/a', '/d']) await started.get(path)
  clock.advance(11_000)
  expect(keys(started)).toEqual(['/d', '/a'])
  expect([filesIn(folder).length, started.engine.caches()[0]?.diskSize]).toEqual([2, 16_384])
})

test('all goes where the disk has less room than min_free', async () => {
  const clock = fakeClock()
  const folder = folderOf()
  const started = await start(await counting(), '', {
    clock,
    folder,
    path: 'keys_zone=c:1m min_free=1000000g',
  })
  for (const path of ['/a', '/b']) await started.get(path)
  clock.advance(11_000)
  expect([keys(started), filesIn(folder)]).toEqual([[], []])
})

test('where the zone has no room for another key, the least recently used one goes', async () => {
  const started = await start(await counting(), '', { path: 'keys_zone=c:32k' })
  const capacity = started.engine.caches()[0]?.capacity ?? 0
  for (let i = 0; i <= capacity; i++) await started.get(`/${i}`)
  expect(started.engine.caches()[0]).toMatchObject({ entries: capacity, removed: 1 })
  await started.get('/0')
  expect(last(started)).toEqual({ cache: 'MISS', cacheReason: 'key-not-there' })
})

test('thousands that are purged are gone at once, and their files soon', async () => {
  const clock = fakeClock()
  const folder = folderOf()
  const origin = await originWith((socket) => void socket.end(ok('x', 'Cache-Control: max-age=3600')))
  const started = await start(origin, '', { clock, folder, path: 'keys_zone=c:1m' })
  const count = 600
  for (let i = 0; i < count; i += 50)
    await Promise.all(Array.from({ length: 50 }, (_, k) => started.get(`/${i + k}`)))
  expect(started.engine.purge('c', { by: 'all' })).toMatchObject({ removed: count })
  expect([keys(started), filesIn(folder).length]).toEqual([[], count])
  await started.get('/7')
  expect([last(started), origin.asked.length]).toEqual([{ cache: 'MISS', cacheReason: 'purged' }, count + 1])
  clock.advance(1)
  expect(filesIn(folder).length).toBeLessThan(count)
  clock.advance(100)
  // What was stored again meanwhile stays.
  expect([keys(started), filesIn(folder).length]).toEqual([['/7'], 1])
  await started.get('/7')
  expect(last(started)).toEqual({ cache: 'HIT' })
})

test('files of what was purged are gone when the program ends', async () => {
  const folder = folderOf()
  const started = await start(await counting(), '', { folder, path: 'keys_zone=c:1m' })
  for (let i = 0; i < 600; i += 50)
    await Promise.all(Array.from({ length: 50 }, (_, k) => started.get(`/${i + k}`)))
  started.engine.purge('c', { by: 'prefix', prefix: 'http://' })
  await started.stop()
  expect(filesIn(folder)).toEqual([])
})

describe('another configuration', () => {
  const text = (origin: Origin, paths: string, more = ''): string =>
    `${paths} server { listen 80; location / { proxy_pass http://${origin.address}; proxy_cache c; ${more} } }`

  test('has what the one before stored, and its bounds apply', async () => {
    const clock = fakeClock()
    const origin = await counting()
    const folder = folderOf()
    const started = await start(origin, '', { clock, folder, path: 'keys_zone=c:1m' })
    for (const path of ['/a', '/b', '/c']) await started.get(path)
    const path = `proxy_cache_path ${folder} keys_zone=c:1m max_size=12k;`
    expect(await started.apply(text(origin, path))).toEqual([])
    await started.get('/c')
    expect([last(started), origin.asked.length]).toEqual([{ cache: 'HIT' }, 3])
    clock.advance(11_000)
    expect(keys(started)).toEqual(['/c'])
  })

  test('of another size finds the files', async () => {
    const origin = await counting()
    const folder = folderOf()
    const started = await start(origin, '', { folder, path: 'keys_zone=c:1m' })
    await started.get('/a')
    await started.apply(text(origin, `proxy_cache_path ${folder} keys_zone=c:2m;`))
    expect(bodyOf(await started.get('/a'))).toBe(body)
    expect([last(started), origin.asked.length]).toEqual([{ cache: 'HIT' }, 1])
  })

  test.each<[name: string, (folder: string) => string, string, message: string | RegExp, fix: string]>([
    [
      'a zone twice with another size',
      (folder) => `proxy_cache_path ${folder} keys_zone=c:1m; proxy_cache_path ${folder}2 keys_zone=c:2m;`,
      '',
      'the size 2097152 of shared memory zone "c" conflicts with already declared size 1048576',
      '',
    ],
    [
      'a folder twice',
      (folder) => `proxy_cache_path ${folder} keys_zone=c:1m; proxy_cache_path ${folder}/ keys_zone=d:1m;`,
      '',
      /^the same path name ".*" used for the caches "c" and "d"$/,
      'give each cache a folder of its own',
    ],
    [
      'a folder elsewhere under a name that runs',
      (folder) => `proxy_cache_path ${folder}2 keys_zone=c:1m;`,
      '',
      /^cache "c" uses the ".*2" cache path while previously it used the ".*" cache path$/,
      'give the cache that is kept elsewhere another name in keys_zone',
    ],
    [
      'other levels under a name that runs',
      (folder) => `proxy_cache_path ${folder} keys_zone=c:1m levels=1;`,
      '',
      'cache "c" had previously different levels',
      'give the cache with other levels another name in keys_zone',
    ],
    [
      'a cache that nobody declares',
      (folder) => `proxy_cache_path ${folder} keys_zone=d:1m;`,
      '',
      '"proxy_cache" zone "c" is unknown',
      'declare it with proxy_cache_path in http, or correct the name',
    ],
    [
      'a key that cannot be computed',
      (folder) => `proxy_cache_path ${folder} keys_zone=c:1m;`,
      'proxy_cache_key $nothing;',
      'unknown "nothing" variable',
      '',
    ],
    [
      'a condition that cannot be computed, where no cache is used',
      (folder) => `proxy_cache_path ${folder} keys_zone=c:1m;`,
      '} location /off { proxy_pass http://127.0.0.1:1; proxy_cache_bypass $nothing;',
      'unknown "nothing" variable',
      '',
    ],
  ])('with %s is refused, and what runs goes on', async (_, paths, more, message, fix) => {
    const origin = await counting()
    const folder = folderOf()
    const started = await start(origin, '', { folder, path: 'keys_zone=c:1m' })
    await started.get('/a')
    const problems = await started.apply(text(origin, paths(folder), more))
    expect(problems.filter(({ severity }) => severity === 'error')).toMatchObject([
      { message: message instanceof RegExp ? expect.stringMatching(message) : message },
    ])
    if (fix !== '') expect(problems[0]?.fix).toBe(fix)
    await started.get('/a')
    expect([last(started), origin.asked.length]).toEqual([{ cache: 'HIT' }, 1])
  })
})
