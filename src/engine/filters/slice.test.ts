import type { Socket } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { bodyOf, cleanUp, originWith, start, turnsUntil, type Origin } from '../testing/cache-stage.ts'

afterEach(cleanUp)

const whole = 'abcdefghijklmnopqrstuvwxyz'

/** An origin that knows ranges, and the ranges that were asked of it. */
async function rangedOrigin(etag = (_: string) => '"one"'): Promise<{ origin: Origin; ranges: string[] }> {
  const ranges: string[] = []
  const origin = await originWith((socket, request) => {
    const range = /^Range: bytes=(.*)\r$/im.exec(request)?.[1] ?? ''
    ranges.push(range)
    answer(socket, range, etag(range))
  })
  return { origin, ranges }
}

function answer(socket: Socket, range: string, etag: string): void {
  const [from = 0, to = 0] = range.split('-').map(Number)
  const part = whole.slice(from, to + 1)
  const fields = `Cache-Control: max-age=10\r\nETag: ${etag}\r\nContent-Length: ${part.length}`
  const said = `Content-Range: bytes ${from}-${from + part.length - 1}/${whole.length}`
  socket.end(`HTTP/1.1 206 Partial Content\r\n${fields}\r\n${said}\r\n\r\n${part}`)
}

const settings =
  'slice 10; proxy_set_header Range $slice_range; proxy_cache_key $uri$slice_range; proxy_cache_valid 206 1m;'

test('an answer is fetched and stored in slices, and goes out whole', async () => {
  const { origin, ranges } = await rangedOrigin()
  const started = await start(origin, settings)
  for (let i = 0; i < 2; i++) {
    const got = await started.get('/a')
    expect([got.split('\r\n')[0], bodyOf(got)]).toEqual(['HTTP/1.1 200 OK', whole])
    expect(got).toContain('Content-Length: 26\r\n')
    expect(got).not.toContain('Content-Range')
  }
  expect(ranges).toEqual(['0-9', '10-19', '20-29'])
  expect(started.engine.caches()[0]?.entries).toBe(3)
})

test.each([
  ['12-14', ['10-19'], 'mno', '12-14'],
  ['8-12', ['0-9', '10-19'], 'ijklm', '8-12'],
  ['20-', ['20-29'], 'uvwxyz', '20-25'],
  // Where it begins is known only when the length is.
  ['-3', ['0-9', '20-29'], 'xyz', '23-25'],
])('of a range of %s only the slices are fetched that hold it', async (range, asked, body, said) => {
  const { origin, ranges } = await rangedOrigin()
  const started = await start(origin, settings)
  const got = await started.get('/a', [`Range: bytes=${range}`])
  expect([got.split('\r\n')[0], bodyOf(got), ranges]).toEqual(['HTTP/1.1 206 Partial Content', body, asked])
  expect(got).toContain(`Content-Range: bytes ${said}/26\r\n`)
  expect(got).toContain(`Content-Length: ${body.length}\r\n`)
})

test('HEAD needs one slice', async () => {
  const { origin, ranges } = await rangedOrigin()
  const started = await start(origin, settings)
  const got = await started.ask('HEAD /a HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n')
  expect(got).toContain('Content-Length: 26\r\n')
  expect(ranges).toEqual(['0-9'])
})

test('an origin that sends all of it is passed on', async () => {
  const origin = await originWith(
    (socket) => void socket.end(`HTTP/1.1 200 OK\r\nContent-Length: 26\r\n\r\n${whole}`),
  )
  const started = await start(origin, settings)
  expect(bodyOf(await started.get('/a'))).toBe(whole)
  expect(origin.asked.length).toBe(1)
})

test('slices of different contents are not put together: the client sees that its answer is cut off', async () => {
  const { origin } = await rangedOrigin((range) => (range === '20-29' ? '"two"' : '"one"'))
  const started = await start(origin, settings)
  const got = await started.get('/a')
  expect([got.includes('Content-Length: 26\r\n'), bodyOf(got)]).toEqual([true, whole.slice(0, 20)])
  expect(started.log.some((line) => line.includes('etag mismatch in slice response'))).toBe(true)
})

test('a slice that cannot be had cuts the answer off', async () => {
  const { origin } = await rangedOrigin()
  const good = origin.answer
  origin.answer = (socket, request, count) =>
    count === 2 ? void socket.end('HTTP/1.1 404 Not Found\r\n\r\n') : good(socket, request, count)
  const started = await start(origin, settings)
  expect(bodyOf(await started.get('/a'))).toBe(whole.slice(0, 10))
  expect(started.log.some((line) => line.includes('unexpected status code 404 in slice response'))).toBe(true)
})

test('a client that leaves ends the fetching of its slices', async () => {
  const { origin } = await rangedOrigin()
  const good = origin.answer
  const held: Socket[] = []
  origin.answer = (socket, request, count) =>
    count === 2 ? void held.push(socket) : good(socket, request, count)
  const started = await start(origin, settings, { cache: 'off' })
  const leave = await started.open('GET /a HTTP/1.1\r\nHost: localhost\r\n\r\n')
  await origin.until(2)
  const closed = new Promise((resolve) => held[0]?.once('close', resolve))
  leave()
  await turnsUntil(() => started.exchanges.length === 1)
  // What is not to be stored is not fetched when nobody waits for it.
  held[0]?.resume()
  if (held[0]?.closed !== true) await closed
  expect(origin.asked.length).toBe(2)
})
