import { chmodSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import type { Socket } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import {
  bodyOf,
  cleanUp,
  filesIn,
  folderOf,
  last,
  ok,
  originWith,
  start,
  turnsUntil,
} from '../testing/cache-stage.ts'
import { fakeClock } from '../testing/fake-clock.ts'

afterEach(cleanUp)

test('an answer is stored, is found again by the next start, and says why it was not there at first', async () => {
  const origin = await originWith((socket, _, count) => void socket.end(ok(`answer ${count}`)))
  const folder = folderOf()
  const first = await start(origin, '', { folder })
  expect(bodyOf(await first.get('/a'))).toBe('answer 1')
  expect(last(first)).toEqual({ cache: 'MISS', cacheReason: 'key-not-there' })
  expect(bodyOf(await first.get('/a'))).toBe('answer 1')
  expect(last(first)).toEqual({ cache: 'HIT' })
  await first.stop()
  const second = await start(origin, '', { folder })
  expect(bodyOf(await second.get('/a'))).toBe('answer 1')
  expect(origin.asked.length).toBe(1)
})

test('a file that is torn is dropped and never served', async () => {
  const origin = await originWith((socket, _, count) => void socket.end(ok(`answer ${count}`)))
  const folder = folderOf()
  const first = await start(origin, '', { folder })
  await first.get('/a')
  await first.stop()
  const [file = ''] = filesIn(folder)
  writeFileSync(file, readFileSync(file).subarray(0, -1))
  writeFileSync(`${file}.0000000001`, 'half')
  const second = await start(origin, '', { folder })
  expect(bodyOf(await second.get('/a'))).toBe('answer 2')
  await second.logged('notice: http file cache:')
  expect(filesIn(folder)).toEqual([file])
})

test('a purge removes what fits, variants too, and the next miss says so', async () => {
  const origin = await originWith((socket, _, count) => {
    socket.end(ok(`answer ${count}`, 'Cache-Control: max-age=10\r\nVary: Accept-Language'))
  })
  const started = await start(origin, 'proxy_cache_key $uri;')
  for (const language of ['en', 'de']) await started.get('/a', [`Accept-Language: ${language}`])
  await started.get('/b')
  const { engine } = started
  expect(engine.cacheEntries('c', {}, 0, 10)?.entries.map(({ key }) => key)).toEqual(['/b', '/a', '/a'])
  expect(engine.cacheEntries('c', { text: '/A' }, 1, 10)).toMatchObject({
    total: 2,
    entries: [{ key: '/a' }],
  })
  expect(engine.cacheEntry('c', '/b', undefined)).toMatchObject({
    vary: 'Accept-Language',
    status: 200,
    size: 8,
  })
  expect(engine.purge('c', { by: 'prefix', prefix: '/a' })).toEqual({
    removed: 2,
    size: 16,
    interrupted: 0,
    message: '2 stored responses were removed from cache "c".',
  })
  expect(engine.caches()).toMatchObject([{ entries: 1, purged: 2, stored: 3, verdicts: { MISS: 3 } }])
  await started.get('/a', ['Accept-Language: en'])
  expect(last(started)).toEqual({ cache: 'MISS', cacheReason: 'purged' })
  expect(engine.purge('c', { by: 'host', host: 'LocalHost' })).toMatchObject({ removed: 2 })
  expect(engine.purge('c', { by: 'key', key: '/a' })).toEqual({
    removed: 0,
    size: 0,
    interrupted: 0,
    message: 'Nothing is stored under the key "/a" in cache "c", so nothing was removed.',
  })
  expect(engine.purge('other', { by: 'all' })).toBeUndefined()
})

test('what is purged while it is fetched is not stored', async () => {
  const origin = await originWith((socket) => void socket.write(ok('whole').slice(0, -1)))
  const started = await start(origin)
  void started.get('/a')
  await origin.until(1)
  await started.until(() => started.engine.caches()[0]?.keys === 1)
  started.engine.purge('c', { by: 'all' })
  origin.answer = (socket) => void socket.end(ok('next'))
  expect(started.engine.caches()[0]?.entries).toBe(0)
})

test('of 500 that want what is missing one asks the origin, with proxy_cache_lock', async () => {
  const held: Socket[] = []
  const origin = await originWith((socket) => void held.push(socket))
  const started = await start(origin, 'proxy_cache_lock on;')
  const answers = Array.from({ length: 500 }, () => started.get('/a'))
  await turnsUntil(() => started.engine.caches()[0]?.waiting === 499)
  held[0]?.end(ok('one'))
  expect(new Set((await Promise.all(answers)).map(bodyOf))).toEqual(new Set(['one']))
  expect(origin.asked.length).toBe(1)
})

test('of 500 that want what is expired one asks the origin, with proxy_cache_lock', async () => {
  const held: Socket[] = []
  const origin = await originWith((socket) => void socket.end(ok('old')))
  const clock = fakeClock()
  const started = await start(origin, 'proxy_cache_lock on;', { clock })
  await started.get('/a')
  clock.advance(12_000)
  origin.answer = (socket) => void held.push(socket)
  const answers = Array.from({ length: 500 }, () => started.get('/a'))
  // All of them have come, one of them to the origin, and wait.
  await turnsUntil(() => started.engine.caches()[0]?.waiting === 499)
  held[0]?.end(ok('new'))
  expect(new Set((await Promise.all(answers)).map(bodyOf))).toEqual(new Set(['new']))
  expect(origin.asked.length).toBe(2)
  expect(started.engine.caches()[0]).toMatchObject({
    waiting: 0,
    verdicts: { MISS: 1, EXPIRED: 1, HIT: 499 },
  })
})

test('a stale answer is sent at once while it is refreshed in the background', async () => {
  const held: Socket[] = []
  const origin = await originWith((socket) => void socket.end(ok('old')))
  const clock = fakeClock()
  const started = await start(origin, 'proxy_cache_use_stale updating; proxy_cache_background_update on;', {
    clock,
  })
  await started.get('/a')
  clock.advance(12_000)
  origin.answer = (socket) => void held.push(socket)
  const first = started.get('/a')
  await origin.until(2)
  // The refresh is under way: nobody waits for it.
  expect(bodyOf(await started.get('/a'))).toBe('old')
  expect(last(started)).toEqual({ cache: 'UPDATING', cacheReason: 'expired' })
  held[0]?.end(ok('new'))
  expect(bodyOf(await first)).toBe('old')
  expect(bodyOf(await started.get('/a'))).toBe('new')
})

test('of 500 that want what is stale none waits for the one request that refreshes it', async () => {
  const origin = await originWith((socket) => void socket.end(ok('old')))
  const clock = fakeClock()
  const settings = 'proxy_cache_lock on; proxy_cache_use_stale updating; proxy_cache_background_update on;'
  const started = await start(origin, settings, { clock })
  await started.get('/a')
  clock.advance(12_000)
  const held: Socket[] = []
  origin.answer = (socket) => void held.push(socket)
  const first = started.open('GET /a HTTP/1.1\r\nHost: localhost\r\n\r\n')
  await origin.until(2)
  // The origin has not answered: whoever has an answer did not wait for it.
  const answers = await Promise.all(Array.from({ length: 499 }, () => started.get('/a')))
  expect([new Set(answers.map(bodyOf)), held.length]).toEqual([new Set(['old']), 1])
  expect(started.engine.caches()[0]?.verdicts).toMatchObject({ UPDATING: 499 })
  held[0]?.end(ok('new'))
  ;(await first)()
  await turnsUntil(() => started.engine.caches()[0]?.stored === 2)
  expect(bodyOf(await started.get('/a'))).toBe('new')
  expect(origin.asked.length).toBe(2)
})

test('an origin that dies in the middle leaves nothing behind', async () => {
  const origin = await originWith((socket) => void socket.end(ok('whole').slice(0, -2)))
  const folder = folderOf()
  const started = await start(origin, '', { folder })
  await started.get('/a')
  expect(last(started)).toMatchObject({ cache: 'MISS', cacheNotStored: 'incomplete' })
  expect([filesIn(folder), started.engine.caches()[0]?.entries]).toEqual([[], 0])
})

test('what the client did not wait for is stored all the same', async () => {
  const held: Socket[] = []
  const origin = await originWith((socket) => void held.push(socket))
  const started = await start(origin)
  const leave = await started.open('GET /a HTTP/1.1\r\nHost: localhost\r\n\r\n')
  await origin.until(1)
  leave()
  held[0]?.end(ok('kept'))
  await started.until(() => started.exchanges.length === 1)
  expect(bodyOf(await started.get('/a'))).toBe('kept')
  expect(origin.asked.length).toBe(1)
})

test('a body too large for memory comes from its file, ranges too', async () => {
  const large = 'abcdefghij'.repeat(40_000)
  const origin = await originWith(
    (socket) => void socket.end(ok(large, 'Cache-Control: max-age=9\r\nAccept-Ranges: bytes')),
  )
  const started = await start(origin)
  await started.get('/a')
  expect(bodyOf(await started.get('/a')) === large).toBe(true)
  expect(bodyOf(await started.get('/a', ['Range: bytes=399990-']))).toBe('abcdefghij')
  expect(origin.asked.length).toBe(1)
  expect(started.engine.caches()[0]).toMatchObject({ entries: 1, hot: 0 })
})

test('a folder that cannot be written is said once, and everything is answered without it', async () => {
  const origin = await originWith((socket, _, count) => void socket.end(ok(`answer ${count}`)))
  const folder = folderOf()
  const started = await start(origin, '', { folder })
  // What the loader finds is another matter.
  await started.logged('notice: http file cache: ')
  // A file where a folder is wanted: refused to everybody, root too.
  rmSync(folder, { recursive: true })
  writeFileSync(folder, '')
  chmodSync(folder, 0o400)
  expect(bodyOf(await started.get('/a'))).toBe('answer 1')
  expect(bodyOf(await started.get('/a'))).toBe('answer 2')
  expect(last(started)).toMatchObject({ cacheNotStored: 'disk-error' })
  expect(started.log.filter((line) => line.startsWith('crit')).length).toBe(1)
  expect(started.engine.caches()[0]?.trouble).toMatch(/failed \(20: Not a directory\)/)
  expect(existsSync(folder)).toBe(true)
})
