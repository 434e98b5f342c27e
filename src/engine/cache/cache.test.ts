import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { fakeClock, type FakeClock } from '../testing/fake-clock.ts'
import { startWith, type Started } from '../testing/start-with.ts'

const undo: (() => Promise<void> | void)[] = []
afterEach(async () => {
  for (const run of undo.splice(0).reverse()) await run()
})

/** An origin that answers when it is told, or at once. */
interface Origin {
  readonly address: string
  /** Request lines, in order. */
  readonly asked: string[]
  /** Resolves when this many were asked. */
  until(count: number): Promise<void>
  answer: (socket: Socket, request: string, count: number) => void
}

async function originWith(answer: Origin['answer']): Promise<Origin> {
  const asked: string[] = []
  let look: () => void = () => undefined
  const sockets = new Set<Socket>()
  const server: Server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => undefined) // The engine may hang up.
    socket.setEncoding('latin1')
    let text = ''
    socket.on('data', (piece: string) => {
      text += piece
      if (!text.includes('\r\n\r\n')) return
      asked.push(text.slice(0, text.indexOf(' HTTP')))
      origin.answer(socket, text, asked.length)
      text = ''
      look()
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  undo.push(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  const origin: Origin = {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    until: (count) =>
      new Promise((resolve) => {
        look = () => {
          if (asked.length >= count) resolve()
        }
        look()
      }),
    answer,
  }
  return origin
}

const ok = (body: string, fields = 'Cache-Control: max-age=10'): string =>
  `HTTP/1.1 200 OK\r\n${fields}\r\nContent-Length: ${body.length}\r\n\r\n${body}`

/** A folder for a cache that outlives an engine. */
function folderOf(): string {
  const folder = mkdtempSync(join(tmpdir(), 'cache-'))
  undo.push(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

async function start(
  origin: Origin,
  settings = '',
  { folder = folderOf(), clock = fakeClock() }: { folder?: string; clock?: FakeClock } = {},
): Promise<Started> {
  const started = await startWith(
    `proxy_cache_path ${folder} keys_zone=c:1m levels=1:2;
     server { listen 80; location / { proxy_pass http://${origin.address}; proxy_cache c; ${settings} } }`,
    { clock },
  )
  undo.push(() => started.stop())
  return started
}

const bodyOf = (answer: string): string => answer.slice(answer.indexOf('\r\n\r\n') + 4)
const last = ({ exchanges }: Started): { cache?: string; cacheReason?: string; cacheNotStored?: string } => {
  const { cache, cacheReason, cacheNotStored } = exchanges.at(-1)?.record() ?? {}
  return {
    ...(cache && { cache }),
    ...(cacheReason && { cacheReason }),
    ...(cacheNotStored && { cacheNotStored }),
  }
}
const filesIn = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((item) => item.isFile())
    .map((item) => join(item.parentPath, item.name))

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

test.each([
  ['Set-Cookie: a=b', 'set-cookie'],
  ['Cache-Control: private', 'private'],
  ['Vary: *', 'vary-any'],
  ['X-Accel-Expires: 0', 'accel-expires-zero'],
  ['Content-Language: en', 'no-valid-time'],
])('an answer with %s is not stored, and the exchange says so', async (field, reason) => {
  const origin = await originWith((socket) => void socket.end(ok('x', field)))
  const started = await start(origin)
  await started.get('/a')
  expect(last(started)).toEqual({ cache: 'MISS', cacheReason: 'key-not-there', cacheNotStored: reason })
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

test('of many that want what is missing one asks the origin, with proxy_cache_lock', async () => {
  const held: Socket[] = []
  const origin = await originWith((socket) => void held.push(socket))
  const started = await start(origin, 'proxy_cache_lock on;')
  const answers = Array.from({ length: 50 }, () => started.get('/a'))
  await origin.until(1)
  held[0]?.end(ok('one'))
  expect(new Set((await Promise.all(answers)).map(bodyOf))).toEqual(new Set(['one']))
  expect(origin.asked.length).toBe(1)
})

test('of many that want what is expired one asks the origin, with proxy_cache_lock', async () => {
  const held: Socket[] = []
  const origin = await originWith((socket) => void socket.end(ok('old')))
  const clock = fakeClock()
  const started = await start(origin, 'proxy_cache_lock on;', { clock })
  await started.get('/a')
  clock.advance(12_000)
  origin.answer = (socket) => void held.push(socket)
  const answers = Array.from({ length: 50 }, () => started.get('/a'))
  await origin.until(2)
  held[0]?.end(ok('new'))
  expect(new Set((await Promise.all(answers)).map(bodyOf))).toEqual(new Set(['new']))
  expect(origin.asked.length).toBe(2)
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
