import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { fakeClock, type FakeClock } from '../testing/fake-clock.ts'
import { freshTurn } from '../testing/fresh-turn.ts'
import { passTime } from '../testing/pass-time.ts'
import { rawClient, type RawClient } from '../testing/raw-client.ts'
import { scriptedOrigin, type OriginRequest, type ScriptedOrigin } from '../testing/scripted-origin.ts'
import { startWith, type Started } from '../testing/start-with.ts'
import type { BodySink } from '../request/body.ts'
import type { Exchange } from '../request/exchange.ts'
import type { UpstreamConnection } from '../upstream/connection.ts'
import type { UpstreamRequest } from './request-head.ts'
import { RequestSender } from './request-sender.ts'

let clock: FakeClock
let origin: ScriptedOrigin
let started: Started

const ok = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'
/** More than the kernel holds between us and an origin that reads nothing. */
const large = 12_000_000

beforeAll(async () => {
  clock = fakeClock()
  // Answers are the test's to say.
  origin = await scriptedOrigin(({ path, socket }) => {
    if (path.endsWith('/stalls')) socket.pause()
    return undefined
  })
  started = await startWith(
    `
    error_log sender.log info;
    log_format tested '$uri $upstream_bytes_sent';
    access_log tested.log tested;
    client_max_body_size 0;
    proxy_send_timeout 20s;
    proxy_read_timeout 50s;
    proxy_http_version 1.1;
    server {
      listen 80;
      client_body_buffer_size 64k;
      location / { proxy_pass http://127.0.0.1:${origin.port}; }
      location /spooled/ { client_body_buffer_size 1k; proxy_pass http://127.0.0.1:${origin.port}; }
      location /streamed/ { proxy_request_buffering off; proxy_pass http://127.0.0.1:${origin.port}; }
      location /limited/ {
        proxy_request_buffering off; client_max_body_size 10; proxy_pass http://127.0.0.1:${origin.port};
      }
      location /set { proxy_set_body "set $arg_a"; proxy_pass http://127.0.0.1:${origin.port}; }
      location /without { proxy_pass_request_body off; proxy_pass http://127.0.0.1:${origin.port}; }
    }`,
    { clock },
  )
})
afterAll(async () => {
  await started.stop()
  await origin.close()
})

interface Sent {
  readonly client: RawClient
  readonly upstream: OriginRequest
  /** Resolves when so much of the body has reached the origin. */
  body(length: number): Promise<string>
}

/** Sends a request; what the origin sees of it. */
async function send(path: string, fields: string, body: string): Promise<Sent> {
  const number = origin.requests.length + 1
  const client = await rawClient(started.port(80))
  client.send(`POST ${path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n${fields}\r\n${body}`)
  const upstream = await origin.request(number)
  return { client, upstream, body: (length) => origin.body(number, length) }
}

const length = (size: number): string => `Content-Length: ${size}\r\n`
const chunked = 'Transfer-Encoding: chunked\r\n'
const statusOf = (answer: string): string => answer.slice(9, 12)

describe('a body reaches the origin byte for byte, and is counted', () => {
  const text = 'abcdefgh'.repeat(30_000)
  test.each<[what: string, path: string, size: number]>([
    ['small, in one write with the head', '/small', 100],
    ['larger than is copied', '/larger', 17_000],
    ['in memory, in the pieces it came in', '/pieces', 60_000],
    ['from a temporary file', '/spooled/a', 5000],
    ['from a temporary file, in several reads', '/spooled/b', 240_000],
    ['as it comes', '/streamed/a', 240_000],
  ])('%s', async (_, path, size) => {
    const sent = await send(path, length(size), text.slice(0, size))
    expect(await sent.body(size)).toBe(text.slice(0, size))
    sent.upstream.socket.write(ok)
    expect(statusOf(await sent.client.closed)).toBe('200')
    const bytes = sent.upstream.head.length + size
    expect(readFileSync(`${started.folder}tested.log`, 'latin1')).toContain(`${path} ${bytes}\n`)
  })

  test('of no bytes', async () => {
    const { upstream, client } = await send('/empty', length(0), '')
    expect([upstream.head.split('\r\n').includes('Content-Length: 0'), upstream.body]).toEqual([true, ''])
    upstream.socket.write(ok)
    await client.closed
  })
})

test('proxy_set_body goes out instead of what the client sent, with its own length', async () => {
  const { upstream, client } = await send('/set?a=1', length(6), 'client')
  upstream.socket.write(ok)
  await client.closed
  expect([/^Content-Length: .*$/m.exec(upstream.head)?.[0], upstream.body]).toEqual([
    'Content-Length: 5',
    'set 1',
  ])
})

test('proxy_pass_request_body off sends the head alone', async () => {
  const { upstream, client } = await send('/without', length(6), 'client')
  upstream.socket.write(ok)
  await client.closed
  expect(upstream.body).toBe('')
})

test('a chunked body that is streamed goes out in chunks, one for what came in one read', async () => {
  const sent = await send('/streamed/chunks', chunked, '')
  sent.client.send('1\r\na\r\n2\r\nbc\r\n')
  const first = '3\r\nabc\r\n'
  expect(await sent.body(first.length)).toBe(first)
  sent.client.send('3\r\ndef\r\n0\r\n\r\n')
  const whole = `${first}3\r\ndef\r\n0\r\n\r\n`
  expect(await sent.body(whole.length)).toBe(whole)
  sent.upstream.socket.write(ok)
  expect(statusOf(await sent.client.closed)).toBe('200')
})

test('a streamed body over client_max_body_size is refused, and its upstream let go without its end', async () => {
  const sent = await send('/limited/up', chunked, '')
  const ended = once(sent.upstream.socket, 'close')
  sent.client.send('5\r\nhello\r\n')
  expect(await sent.body(10)).toBe('5\r\nhello\r\n')
  sent.client.send('9\r\nand more.\r\n0\r\n\r\n')
  expect(statusOf(await sent.client.closed)).toBe('413')
  await ended
  expect(sent.upstream.body).toBe('5\r\nhello\r\n')
})

describe('an upstream that takes nothing', () => {
  const body = 'x'.repeat(large)

  test.each(['/stalls', '/spooled/stalls', '/streamed/stalls'])(
    'is waited for and gets the rest when it reads on: %s',
    async (path) => {
      const sent = await send(path, length(large), body)
      // What follows the wait for the socket: the time-out of sending is set.
      while (sent.upstream.socket.readableLength === 0) await new Promise((resolve) => setImmediate(resolve))
      sent.upstream.socket.resume()
      expect((await sent.body(large)).length).toBe(large)
      sent.upstream.socket.write(ok)
      expect(statusOf(await sent.client.closed)).toBe('200')
    },
  )

  test.each(['/stalls', '/streamed/stalls'])('is given up after proxy_send_timeout: %s', async (path) => {
    const { client } = await send(path, length(large), body)
    expect(await passTime(clock, client.closed)).toBeGreaterThanOrEqual(20_000)
    expect(statusOf(client.received)).toBe('504')
    expect(started.log.at(-1)).toMatch(
      /^error: upstream timed out \(110: Connection timed out\) while sending request to upstream, /,
    )
  })

  test('may answer before it has read, and is sent no more then', async () => {
    const sent = await send('/streamed/stalls', length(large), body.slice(0, large / 2))
    sent.upstream.socket.write('HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\nConnection: close\r\n\r\nno')
    expect(statusOf(await sent.client.until('\r\n\r\nno'))).toBe('403')
    const closed = once(sent.upstream.socket, 'close')
    sent.upstream.socket.resume()
    await closed
    expect(sent.upstream.body.length).toBeLessThan(large)
    sent.client.destroy()
  })
})

test('what still comes of a streamed body when the upstream has gone is dropped', async () => {
  const sent = await send('/streamed/gone', length(20), '0123456789')
  await sent.body(10)
  sent.upstream.socket.destroy()
  sent.client.send('0123456789')
  expect(statusOf(await sent.client.closed)).toBe('502')
})

// The same close up: a socket that takes what it is told to take.
describe('a request that is stopped', () => {
  function close({ chunked = false, spooled = 0 } = {}) {
    const told: string[] = []
    const socket = {
      destroyed: false,
      takes: true,
      writableLength: 0,
      cork: () => undefined,
      uncork: () => undefined,
      write: (piece: string | Buffer) => {
        told.push(piece.toString('latin1'))
        return socket.takes
      },
    }
    let sink: BodySink | undefined
    const spool = {
      size: spooled,
      read: (buffer: Buffer, at: number) => buffer.fill('s').length && Math.min(buffer.length, spooled - at),
    }
    const x = {
      attempts: [{ bytesSent: 0 }],
      body: {
        pieces: [],
        size: spooled,
        spool,
        stream: (_x: unknown, to: BodySink) => (sink = to),
        resume: () => void told.push('resume'),
      },
    } as unknown as Exchange
    const connection = {
      socket,
      deadline: { set: (ms: number) => void told.push(`within ${ms}`) },
    } as unknown as UpstreamConnection
    const sender = new RequestSender(
      x,
      connection,
      { head: 'head ', body: undefined, chunked } as unknown as UpstreamRequest,
      { passBody: true, sendTimeout: 20, readTimeout: 50 },
      { bodyUnreadable: () => void told.push('unreadable') },
      spooled > 0 ? undefined : () => void told.push('refused'),
    )
    sender.start()
    return { sender, socket, told, sink: () => sink as unknown as BodySink }
  }
  const piece = Buffer.from('piece')

  test.each([
    ['is stopped', (at: ReturnType<typeof close>) => at.sender.stop()],
    ['has lost its socket', (at: ReturnType<typeof close>) => (at.socket.destroyed = true)],
  ])('or that %s takes the rest of a body and sends nothing of it', (_, happens) => {
    const at = close({ chunked: true })
    happens(at)
    expect(at.sink().data(piece, 0, 5)).toBe(true)
    at.sink().flush()
    at.sink().end()
    expect(at.told).toEqual(['head '])
  })

  test('is not done, and one whose socket is lost has nothing more to do', () => {
    const stopped = close()
    stopped.sender.stop()
    stopped.sink().end()
    const lost = close()
    lost.socket.destroyed = true
    lost.sink().end()
    expect([stopped.sender.done, lost.sender.done]).toEqual([false, true])
  })

  test('does not go on when its socket takes more, or when it never waited', () => {
    const { sender, socket, told, sink } = close()
    sender.drained()
    expect(told.splice(0)).toEqual(['head '])
    socket.takes = false
    expect(sink().data(piece, 0, 5)).toBe(false)
    sink().data(piece, 0, 5)
    expect(told.splice(0)).toEqual(['piece', 'within 20', 'piece'])
    sender.drained()
    expect(told.splice(0)).toEqual(['within 50', 'resume'])
    sink().data(piece, 0, 5)
    told.length = 0
    sender.stop()
    sender.drained()
    expect(told).toEqual([])
  })

  test('does not read its file on when its turn comes', async () => {
    await freshTurn()
    const { sender, told } = close({ spooled: 100 * 131_072 })
    const sent = told.length
    expect([sent > 1, sender.done]).toEqual([true, false])
    sender.stop()
    for (let turns = 0; turns < 5; turns++) await new Promise((resolve) => setImmediate(resolve))
    expect([told.length, sender.done]).toEqual([sent, false])
  })
})
