import { createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { fakeClock, type FakeClock } from '../testing/fake-clock.ts'
import { passTime } from '../testing/pass-time.ts'
import { rawClient } from '../testing/raw-client.ts'
import { scriptedOrigin, type ScriptedOrigin } from '../testing/scripted-origin.ts'
import { stalled } from '../testing/stalled.ts'
import { startWith, type Started } from '../testing/start-with.ts'

let clock: FakeClock
let origin: ScriptedOrigin
let deaf: Server
let started: Started
const held: Socket[] = []

const big = 'x'.repeat(30_000_000)

beforeAll(async () => {
  clock = fakeClock()
  origin = await scriptedOrigin(({ path }) => {
    if (path === '/big') return `HTTP/1.1 200 OK\r\nContent-Length: ${big.length}\r\n\r\n${big}`
    if (path === '/half') return 'HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf'
    if (path.startsWith('/kept')) return 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi'
    return undefined
  })
  // Takes connections and reads nothing: what is sent there waits.
  deaf = createServer({ pauseOnConnect: true }, (socket) => {
    held.push(socket)
    socket.on('error', () => undefined) // it is reset when the proxy gives up
  })
  await new Promise<void>((resolve) => deaf.listen(0, '127.0.0.1', resolve))
  started = await startWith(
    `
    error_log time-outs.log info;
    client_header_timeout 20s;
    client_body_timeout 30s;
    send_timeout 40s;
    keepalive_timeout 50s;
    lingering_timeout 5s;
    lingering_time 12s;
    client_max_body_size 100m;
    client_body_buffer_size 100m;
    proxy_buffering off;
    upstream kept { server 127.0.0.1:${origin.port}; keepalive 4; keepalive_timeout 70s; }
    server {
      listen 80;
      location / { proxy_read_timeout 25s; proxy_pass http://127.0.0.1:${origin.port}; }
      location /kept { proxy_http_version 1.1; proxy_set_header Connection ''; proxy_pass http://kept; }
      location /deaf {
        proxy_send_timeout 35s; proxy_read_timeout 90s;
        proxy_pass http://127.0.0.1:${(deaf.address() as AddressInfo).port};
      }
      location /local { return 200 ok; }
    }
    server { listen 81; keepalive_time 1h; keepalive_timeout 0; location / { return 200 ok; } }
    server { listen 82; keepalive_time 1m; keepalive_timeout 1h; location / { return 200 ok; } }
    server { listen 83; reset_timedout_connection on; client_header_timeout 20s; }`,
    { clock },
  )
})
afterAll(async () => {
  for (const socket of held) socket.destroy()
  deaf.close()
  await started.stop()
  await origin.close()
})

/** Whole steps of a second; what arrives over sockets may be seen a few steps late. */
const about = (seconds: number): { asymmetricMatch(value: unknown): boolean; toString(): string } => ({
  asymmetricMatch: (ms) => typeof ms === 'number' && ms >= seconds * 1000 && ms <= (seconds + 4) * 1000,
  toString: () => `about ${seconds} s`,
})

test('a head that does not come within client_header_timeout ends its connection with 408 and no answer', async () => {
  const rows = started.exchanges.length
  const client = await rawClient(started.port(80))
  client.send('GET / HTTP/1.1\r\nHost: ')
  expect(await passTime(clock, client.closed)).toEqual(about(20))
  expect([client.received, started.exchanges[rows]?.status]).toEqual(['', 408])
  expect(started.log.at(-1)).toBe(
    'info: client timed out (110: Connection timed out) while reading client request headers, client: 127.0.0.1, server: , request: "GET / HTTP/1.1"',
  )
})

test('who says nothing at all is let go after client_header_timeout without a row', async () => {
  const rows = started.exchanges.length
  const client = await rawClient(started.port(80))
  expect(await passTime(clock, client.closed)).toEqual(about(20))
  expect(started.exchanges).toHaveLength(rows)
})

test('a request begins with its first byte, however long its connection has been there', async () => {
  const client = await rawClient(started.port(80))
  // What has come before has been seen when a later request on another connection has been answered.
  await started.get('/local')
  clock.advance(5000)
  client.send('GET /local HTTP/1.1\r\nHost: a\r\n')
  await started.get('/local')
  await started.get('/local')
  clock.advance(2000)
  const rows = started.exchanges.length
  client.send('\r\n')
  await client.until('ok')
  expect(started.exchanges[rows]?.durationMs).toBe(2000)
  client.destroy()
})

test('reset_timedout_connection resets where it would close', async () => {
  const client = await rawClient(started.port(83))
  client.send('GET ')
  const reset = new Promise<string | undefined>((resolve) =>
    client.socket.on('error', (error: NodeJS.ErrnoException) => resolve(error.code)),
  )
  await passTime(clock, reset)
  expect(await reset).toBe('ECONNRESET')
})

test('client_body_timeout counts from one piece of the body to the next', async () => {
  const rows = started.exchanges.length
  const client = await rawClient(started.port(80))
  client.send('POST /kept HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\nExpect: 100-continue\r\n\r\n')
  await client.until('100 Continue')
  clock.advance(29_000)
  const bytes = started.engine.connections()
  client.send('abc')
  // The piece has been read when a later request on another connection has been answered.
  await started.get('/local')
  await started.get('/local')
  expect(bytes).toBeGreaterThan(0)
  expect(await passTime(clock, client.closed)).toEqual(about(30))
  expect(started.exchanges.slice(rows).map(({ status }) => status)).toEqual([200, 200, 408])
  expect(client.received).toBe('HTTP/1.1 100 Continue\r\n\r\n')
})

test('a kept connection is closed after keepalive_timeout, counted from the answer', async () => {
  const client = await rawClient(started.port(80))
  client.send('GET /local HTTP/1.1\r\nHost: a\r\n\r\n')
  await client.until('ok')
  clock.advance(49_000)
  client.send('GET /local HTTP/1.1\r\nHost: a\r\n\r\n')
  await client.until('ok', client.received.length)
  expect(await passTime(clock, client.closed)).toEqual(about(50))
})

test('keepalive_timeout 0 keeps no connection', async () => {
  expect(await started.ask('GET / HTTP/1.1\r\nHost: a\r\n\r\n', 81)).toContain('Connection: close\r\n')
})

test('a connection older than keepalive_time gets one more answer and is closed', async () => {
  const client = await rawClient(started.port(82))
  client.send('GET / HTTP/1.1\r\nHost: a\r\n\r\n')
  expect(await client.until('ok')).toContain('Connection: keep-alive\r\n')
  clock.advance(61_000)
  client.send('GET / HTTP/1.1\r\nHost: a\r\n\r\n')
  expect((await client.closed).split('HTTP/1.1')[2]).toContain('Connection: close\r\n')
})

test('a client that takes nothing of its answer is cut off after send_timeout', async () => {
  const rows = started.exchanges.length
  const client = await rawClient(started.port(80))
  client.socket.pause()
  const asked = origin.request(origin.requests.length + 1)
  client.send('GET /big HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n')
  await stalled((await asked).socket)
  const over = started.until(() => started.exchanges.length > rows)
  const passed = await passTime(clock, over)
  client.destroy()
  expect(passed).toEqual(about(40))
  expect(started.exchanges[rows]?.bytesSent).toBeLessThan(big.length)
})

test('behind a refusal the rest of a body is read for lingering_timeout', async () => {
  const client = await rawClient(started.port(80))
  client.send('POST /local HTTP/1.1\r\nHost: a\r\nContent-Length: 200000000\r\n\r\nabc')
  expect(await client.until('413 Request Entity Too Large')).toContain('Connection: close\r\n')
  // Our half stays open, or there would be nothing to linger for.
  client.socket.removeAllListeners('end')
  const gone = async (): Promise<void> => {
    while (started.engine.connections() > 0) await new Promise((resolve) => setImmediate(resolve))
  }
  expect(await passTime(clock, gone())).toEqual(about(5))
  client.destroy()
})

test('an upstream that does not answer within proxy_read_timeout is 504', async () => {
  const client = await rawClient(started.port(80))
  client.send('GET /silent HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n')
  await origin.request(origin.requests.length + 1)
  expect(await passTime(clock, client.closed)).toEqual(about(25))
  expect(client.received).toMatch(/^HTTP\/1\.1 504 Gateway Time-out\r\n/)
  expect(started.log.at(-1)).toMatch(
    /^error: upstream timed out \(110: Connection timed out\) while reading response header from upstream, client: /,
  )
})

test('an upstream that stops in the middle of its answer cuts the client off after proxy_read_timeout', async () => {
  const client = await rawClient(started.port(80))
  client.send('GET /half HTTP/1.1\r\nHost: a\r\n\r\n')
  await client.until('half')
  expect(await passTime(clock, client.closed)).toEqual(about(25))
  expect(started.log.at(-1)).toMatch(/ while reading upstream, client: /)
})

test('an upstream that takes nothing of the request is given up after proxy_send_timeout', async () => {
  const client = await rawClient(started.port(80))
  const length = 30_000_000
  client.send(
    `POST /deaf HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: ${length}\r\n\r\n${'x'.repeat(length)}`,
  )
  while (held.length === 0) await new Promise((resolve) => setImmediate(resolve))
  expect(await passTime(clock, client.closed)).toEqual(about(35))
  expect(client.received).toMatch(/^HTTP\/1\.1 504 /)
  expect(started.log.at(-1)).toMatch(
    /^error: upstream timed out .* while sending request to upstream, client: /,
  )
})

test('an idle connection to an upstream is used again until its keepalive_timeout', async () => {
  const of = async (path: string): Promise<number | undefined> => {
    await started.get(path)
    return origin.requests.at(-1)?.connection
  }
  const first = await of('/kept/1')
  clock.advance(69_000)
  const second = await of('/kept/2')
  clock.advance(71_000)
  const third = await of('/kept/3')
  expect([second === first, third === first]).toEqual([true, false])
})
