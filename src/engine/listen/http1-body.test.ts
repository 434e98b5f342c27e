import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { fakeClock, type FakeClock } from '../testing/fake-clock.ts'
import { passTime } from '../testing/pass-time.ts'
import { rawClient, type RawClient } from '../testing/raw-client.ts'
import { scriptedOrigin, type ScriptedOrigin } from '../testing/scripted-origin.ts'
import { stalled } from '../testing/stalled.ts'
import { startWith, type Started } from '../testing/start-with.ts'
import type { BodySink } from '../request/body.ts'
import type { Exchange } from '../request/exchange.ts'
import { Http1Body, type BodyOwner } from './http1-body.ts'
import { Unread } from './unread.ts'

let clock: FakeClock
let origin: ScriptedOrigin
let started: Started

const ok = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'

beforeAll(async () => {
  clock = fakeClock()
  origin = await scriptedOrigin(({ path, socket }) => {
    if (path.endsWith('/stalls')) socket.pause()
    return path.endsWith('/at-once') ? ok : undefined
  })
  started = await startWith(
    `
    error_log body.log info;
    client_body_timeout 30s;
    lingering_timeout 5s;
    lingering_time 100s;
    client_max_body_size 0;
    proxy_http_version 1.1;
    server {
      listen 80;
      location / { proxy_pass http://127.0.0.1:${origin.port}; }
      location /streamed/ { proxy_request_buffering off; proxy_pass http://127.0.0.1:${origin.port}; }
      location /local { return 200 local; }
      location /short { client_max_body_size 3; proxy_pass http://127.0.0.1:${origin.port}; }
    }`,
    { clock },
  )
})
afterAll(async () => {
  await started.stop()
  await origin.close()
})

async function post(path: string, fields: string, body = ''): Promise<RawClient> {
  const client = await rawClient(started.port(80))
  client.send(`POST ${path} HTTP/1.1\r\nHost: a\r\n${fields}\r\n${body}`)
  return client
}
const length = (size: number): string => `Content-Length: ${size}\r\n`
const chunked = 'Transfer-Encoding: chunked\r\n'
const next = 'GET /local HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n'
const statuses = (answer: string): string[] =>
  [...answer.matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, status = '']) => status)
/** What the log says of this request, without where it came from. */
const logged = (from: number): string[] =>
  started.log.slice(from).map((line) => line.slice(0, line.indexOf(', client')))

describe('a body ends where it says, and the next request behind it is read', () => {
  test.each<[what: string, path: string, fields: string, body: string, passed: string]>([
    ['of a length', '/up', length(5), 'hello', 'hello'],
    ['chunked', '/up', chunked, '2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n', 'hello'],
    ['of a length, streamed', '/streamed/up', length(5), 'hello', 'hello'],
    [
      // It is whole before its upstream is asked, so its length is known.
      'chunked, streamed',
      '/streamed/up',
      chunked,
      '2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n',
      'hello',
    ],
  ])('%s', async (_, path, fields, body, passed) => {
    const number = origin.requests.length + 1
    const client = await post(path, fields, body + next)
    expect(await origin.body(number, passed.length)).toBe(passed)
    ;(await origin.request(number)).socket.write(ok)
    expect(statuses(await client.closed)).toEqual(['200', '200'])
  })

  test.each<[what: string, fields: string, body: string]>([
    ['of a length', length(5), 'hello'],
    ['chunked', chunked, '2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n'],
  ])('that nobody reads, too: %s', async (_, fields, body) => {
    const client = await post('/local', fields, body + next)
    expect(statuses(await client.closed)).toEqual(['200', '200'])
  })
})

describe('who expects 100', () => {
  const expects = 'Expect: 100-continue\r\n'

  test('gets it when the body is asked for, and then the answer', async () => {
    const number = origin.requests.length + 1
    const client = await post('/up', expects + length(5))
    await client.until('HTTP/1.1 100 Continue\r\n\r\n')
    client.send('hello')
    expect(await origin.body(number, 5)).toBe('hello')
    ;(await origin.request(number)).socket.write(ok)
    expect(statuses(await client.until('\r\n\r\nok'))).toEqual(['100', '200'])
    client.destroy()
  })

  test('is not sent it in HTTP/1.0, where it means nothing', async () => {
    const client = await rawClient(started.port(80))
    const number = origin.requests.length + 1
    client.send(`POST /up HTTP/1.0\r\n${expects}${length(5)}\r\nhello`)
    ;(await origin.request(number)).socket.write(ok)
    expect(statuses(await client.closed)).toEqual(['200'])
  })
})

describe('a chunked body that is broken', () => {
  test.each([
    ['gathered', '/up'],
    ['streamed', '/streamed/up'],
  ])('is 400, and what stands behind it is not read: %s', async (_, path) => {
    const from = started.log.length
    const client = await post(path, chunked, `2\r\nhe\r\nx\r\n${next}`)
    expect(statuses(await client.closed)).toEqual(['400'])
    expect(logged(from)[0]).toMatch(/^error: client sent invalid chunked body/)
  })

  test('ends the connection where the answer is out already', async () => {
    const client = await post('/local', chunked, '2\r\nhe\r\n')
    await client.until('local')
    client.send(`x\r\n${next}`)
    expect(statuses(await client.closed)).toEqual(['200'])
  })
})

describe('a client that goes in the middle of a body', () => {
  test('by its end, that is streamed', async () => {
    const [number, rows] = [origin.requests.length + 1, started.exchanges.length]
    const client = await post('/streamed/up', length(10), 'hello')
    await origin.body(number, 5)
    client.end()
    expect(await client.closed).toBe('')
    expect(started.exchanges[rows]?.status).toBe(400)
  })

  test('by its end, that nobody reads any more', async () => {
    const client = await post('/local', length(10), 'hello')
    await client.until('local')
    client.end()
    expect(statuses(await client.closed)).toEqual(['200'])
  })

  test('by a reset: a bad request, with the system’s word for it', async () => {
    const [number, rows, from] = [origin.requests.length + 1, started.exchanges.length, started.log.length]
    const client = await post('/streamed/up', length(10), 'hello')
    await origin.body(number, 5)
    client.socket.resetAndDestroy()
    await started.until(() => started.exchanges.length > rows)
    expect([started.exchanges[rows]?.status, logged(from)[0]]).toEqual([
      400,
      'info: recv() failed (104: Connection reset by peer) while sending request to upstream',
    ])
  })
})

describe('time', () => {
  test('client_body_timeout counts from the last piece', async () => {
    const client = await post('/up', length(10), 'hello')
    const passed = await passTime(clock, client.closed)
    expect(passed).toBeGreaterThanOrEqual(30_000)
    expect(client.received).toBe('')
  })

  test('does not count while it is the upstream that takes nothing', async () => {
    const size = 12_000_000
    const number = origin.requests.length + 1
    const client = await post('/streamed/stalls', length(size), 'x'.repeat(size))
    const { socket } = await origin.request(number)
    await stalled(client.socket)
    clock.advance(31_000)
    socket.resume()
    expect((await origin.body(number, size)).length).toBe(size)
    socket.write(ok)
    expect(statuses(await client.until('\r\n\r\nok'))).toEqual(['200'])
    client.destroy()
  })

  test('behind an answer the rest is read for lingering_timeout from the last piece', async () => {
    const client = await post('/short', length(100), 'abc')
    await client.until('413')
    // Our half stays open, or there would be nothing to linger for.
    client.socket.removeAllListeners('end')
    clock.advance(4000)
    client.send('def')
    // The piece has been read when later requests on other connections have been answered.
    for (let n = 0; n < 2; n++) await started.get('/local')
    const gone = async (): Promise<void> => {
      while (started.engine.connections() > 0) await new Promise((resolve) => setImmediate(resolve))
    }
    expect(await passTime(clock, gone())).toBeGreaterThanOrEqual(5000)
    expect(statuses(client.received)).toEqual(['413'])
    client.destroy()
  })
})

// The same close up: a connection that only writes down what is done to it.
describe('the reading of a body', () => {
  function close({ version = 11, chunked = false } = {}) {
    const told: string[] = []
    const unread = new Unread()
    const answer = { ended: false, stuck: false }
    const socket = { write: (text: string) => void told.push(text.slice(0, 12)) }
    const owner = {
      socket,
      answering: undefined as Exchange | undefined,
      inputEnded: false,
      answer,
      waitForBody: (ms: number) => void told.push(`wait ${ms}`),
      bodyNotAwaited: () => void told.push('wait no more'),
      readOn: () => void told.push('read on'),
      settle: () => told.push('settle') < 0,
    }
    const reading = new Http1Body(owner as unknown as BodyOwner, unread)
    const body = reading.begin({ body: chunked ? 'chunked' : 'length', length: 9, expectContinue: true })
    const x = {
      head: { version, fields: { names: [] } },
      body,
      settings: {
        clientBodyTimeout: 30,
        clientBodyBufferSize: 100,
        clientMaxBodySize: 0,
        lingering: { timeout: 5 },
        fields: {},
      },
      cycle: {
        tempFolder: '/nowhere',
        log: (_logs: unknown, _severity: string, message: string) => void told.push(message),
      },
      address: {},
      server: {},
      attempts: [],
      finished: false,
      keepalive: true,
      bytesSent: 0,
      bodyBytesSent: 0,
    } as unknown as Exchange
    owner.answering = x
    return { told, unread, answer, owner, reading, body, x }
  }
  /** Somebody who takes so many pieces before he is full. */
  const taker = (told: string[], room = Infinity): BodySink => ({
    data: (buffer, start, end) => {
      told.push(buffer.toString('latin1', start, end))
      return --room > 0
    },
    flush: () => void told.push('flush'),
    end: () => void told.push('end'),
  })

  test.each([
    ['speaks HTTP/1.0', (at: ReturnType<typeof close>) => at],
    ['has gone', (at: ReturnType<typeof close>) => (at.owner.answering = undefined)],
    ['has begun to send it', (at: ReturnType<typeof close>) => (at.body.received = 1)],
  ])('sends no 100 to a client that %s', (what, happens) => {
    const at = close(what === 'speaks HTTP/1.0' ? { version: 10 } : {})
    happens(at)
    at.reading.sendContinue()
    expect(at.told).toEqual([])
  })

  test('stops where its reader is full, and goes on from there', () => {
    const { told, unread, reading, body, x } = close()
    body.stream(x, taker(told, 1), () => undefined)
    told.length = 0
    unread.add(Buffer.from('abc'))
    reading.read(x)
    // Nothing is waited for from a client that is not read from.
    expect(told.splice(0)).toEqual(['abc', 'flush', 'wait no more'])
    unread.add(Buffer.from('def'))
    expect([reading.read(x), told.splice(0)]).toEqual([false, ['settle']])
    reading.readNow()
    expect(told).toEqual([])
    body.resume()
    reading.readNow()
    expect(told).toEqual(['wait 30', 'read on', 'def', 'flush', 'wait no more'])
  })

  test('hands in all chunks of a read, and stops behind them where its reader is full', () => {
    const { told, unread, reading, body, x } = close({ chunked: true })
    body.stream(x, taker(told, 1), () => undefined)
    told.length = 0
    unread.add(Buffer.from('1\r\na\r\n2\r\nbc\r\n'))
    reading.read(x)
    expect(told).toEqual(['a', 'bc', 'flush', 'wait no more'])
    expect(body.received).toBe(13)
  })

  test('is not begun again from within, nor for nobody', () => {
    const { told, unread, owner, reading, body, x } = close()
    const sink = taker(told)
    body.stream(
      x,
      { ...sink, data: (buffer, start, end) => (reading.readNow(), sink.data(buffer, start, end)) },
      () => undefined,
    )
    unread.add(Buffer.from('abc'))
    told.length = 0
    reading.read(x)
    expect(told.splice(0)).toEqual(['abc', 'flush', 'wait 30'])
    unread.add(Buffer.from('def'))
    owner.answering = undefined
    reading.readNow()
    body.resume()
    expect(told).toEqual(['read on'])
  })

  test('waits for nothing while the answer waits for the client, and for lingering_timeout behind it', () => {
    const { told, answer, reading } = close()
    answer.stuck = true
    reading.resumeBody()
    answer.stuck = false
    answer.ended = true
    reading.resumeBody()
    expect(told).toEqual(['read on', 'wait 5', 'read on'])
  })

  test('that breaks here is the client’s leaving, by a reset a bad request', () => {
    const here = close()
    const statuses: number[] = []
    here.body.collect(here.x, (status) => statuses.push(status))
    here.reading.broken(here.x, undefined)
    const reset = close()
    reset.body.collect(reset.x, (status) => statuses.push(status))
    reset.told.length = 0
    reset.reading.broken(reset.x, 'recv() failed (104: Connection reset by peer)')
    expect(statuses).toEqual([499, 400])
    expect([reset.told[0], reset.x.error]).toEqual([
      expect.stringContaining('recv() failed (104: Connection reset by peer)'),
      'recv() failed (104: Connection reset by peer)',
    ])
  })
})
