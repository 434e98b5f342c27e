import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { fakeClock, type FakeClock } from '../testing/fake-clock.ts'
import {
  dataFrame,
  frame,
  headersFrame,
  http2Client,
  parametersOf,
  plainBlock,
  pseudo,
  resetFrame,
  settingsFrame,
  uint32,
  windowUpdateFrame,
  type Http2Client,
} from '../testing/http2-client.ts'
import { passTime } from '../testing/pass-time.ts'
import { scriptedOrigin, type ScriptedOrigin } from '../testing/scripted-origin.ts'
import { startWith, type Started } from '../testing/start-with.ts'
import { errorCode } from '../wire/http2-error.ts'
import { frameFlag, frameType, setting } from '../wire/http2-frames.ts'

let clock: FakeClock
let origin: ScriptedOrigin
let started: Started
const clients: Http2Client[] = []

const { endHeaders, endStream } = frameFlag
const { noError, protocolError, flowControlError, frameSizeError, refusedStream, enhanceYourCalm } = errorCode
const size = 200_000
const huge = 'x'.repeat(50_000_000)

beforeAll(async () => {
  clock = fakeClock()
  origin = await scriptedOrigin(({ path }) => {
    if (path === '/large') return `HTTP/1.1 200 OK\r\nContent-Length: ${size}\r\n\r\n${'x'.repeat(size)}`
    if (path === '/huge') return `HTTP/1.1 200 OK\r\nContent-Length: ${huge.length}\r\n\r\n${huge}`
    if (path.endsWith('/silent')) return undefined
    return 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'
  })
  started = await startWith(text(), { clock })
})
afterAll(async () => {
  for (const client of clients) client.destroy()
  await started.stop()
  await origin.close()
})

function text(): string {
  return `
    error_log http2.log info;
    client_header_timeout 20s;
    client_body_timeout 30s;
    send_timeout 40s;
    keepalive_timeout 50s;
    keepalive_requests 5000;
    lingering_timeout 5s;
    lingering_time 12s;
    proxy_buffering off;
    server {
      listen 80 http2;
      http2_max_concurrent_streams 10;
      http2_body_preread_size 1k;
      large_client_header_buffers 4 1k;
      location / { proxy_pass http://127.0.0.1:${origin.port}; }
      location /stream { proxy_request_buffering off; proxy_http_version 1.1; proxy_pass http://127.0.0.1:${origin.port}; }
      location /local { return 200 local; }
      location = /paced/large { limit_rate 50k; rewrite ^ /large break; proxy_pass http://127.0.0.1:${origin.port}; }
      location /trailer { add_trailer X-After "of $uri"; proxy_pass http://127.0.0.1:${origin.port}; }
    }
    server { listen 81 http2; keepalive_timeout 0; return 200 local; }
    server { listen 82 http2; keepalive_requests 2; return 200 local; }
    server { listen 83 http2; http2_chunk_size 1k; return 200 "$request_uri$request_uri"; }`
}

async function client(port = 80): Promise<Http2Client> {
  const opened = await http2Client(started.port(port))
  clients.push(opened)
  // Its acknowledgement of the server's settings is on its way before anything else.
  await opened.until(() => opened.frames.length > 0)
  return opened
}

/** Another client is served as ever. */
async function othersAreServed(): Promise<void> {
  const other = await client()
  expect((await other.answer(other.get('/local'))).body).toBe('local')
  other.destroy()
}

test('a server begins with its settings and a wide window for the connection', async () => {
  const { frames } = await client()
  expect(parametersOf(frames[0] as never)).toEqual({
    [setting.maxConcurrentStreams]: 10,
    [setting.initialWindowSize]: 1024,
    [setting.maxFrameSize]: 2 ** 24 - 1,
    [setting.enableConnectProtocol]: 1,
  })
  expect(frames[1]).toMatchObject({ type: frameType.windowUpdate, stream: 0 })
  expect(frames[1]?.payload.readUInt32BE(0)).toBe(2 ** 31 - 1 - 65_535)
})

test('what does not begin as HTTP/2 ends', async () => {
  const other = await http2Client(started.port(80), {
    begin: Buffer.from('GET / HTTP/1.1\r\nHost: a\r\n\r\n'),
  })
  expect(await other.goaway()).toBe(protocolError)
  expect(started.log.at(-1)).toMatch(
    /^info: invalid connection preface while processing HTTP\/2 connection, client: /,
  )
  other.destroy()
})

test('PING is answered with what it said', async () => {
  const c = await client()
  c.send(frame(frameType.ping, 0, 0, 'any eight'.slice(0, 8)))
  await c.until(() => c.frames.some(({ type }) => type === frameType.ping))
  expect(c.frames.find(({ type }) => type === frameType.ping)).toMatchObject({
    flags: frameFlag.ack,
    payload: Buffer.from('any eigh'),
  })
})

const open = headersFrame(1, pseudo('POST', '/silent'), false)
// Its body passes through a window of client_body_buffer_size, 16 KiB.
const streamed = headersFrame(1, [...pseudo('POST', '/stream/silent'), ['content-length', '100000']], false)

describe('what a connection cannot live with', () => {
  test.each<[what: string, frames: Buffer[], code: number]>([
    ['HEADERS on an even stream', [headersFrame(2, pseudo('GET', '/'))], protocolError],
    ['HEADERS on stream 0', [headersFrame(0, pseudo('GET', '/'))], protocolError],
    ['HEADERS on a stream again', [open, headersFrame(1, pseudo('GET', '/'))], protocolError],
    ['HEADERS on an earlier stream', [headersFrame(3, pseudo('GET', '/local')), open], protocolError],
    [
      'a stream that depends on itself',
      [
        frame(
          frameType.headers,
          endHeaders | 0x20,
          1,
          Buffer.concat([uint32(1), Buffer.of(0), plainBlock(pseudo('GET', '/'))]),
        ),
      ],
      protocolError,
    ],
    ['PRIORITY on stream 0', [frame(frameType.priority, 0, 0, Buffer.alloc(5))], protocolError],
    [
      'PRIORITY of a stream on itself',
      [frame(frameType.priority, 0, 1, Buffer.of(0, 0, 0, 1, 0))],
      protocolError,
    ],
    ['INITIAL_WINDOW_SIZE over 2^31 - 1', [settingsFrame([[4, 2 ** 31]])], flowControlError],
    ['MAX_FRAME_SIZE below 16,384', [settingsFrame([[5, 16_383]])], protocolError],
    ['MAX_FRAME_SIZE over 2^24 - 1', [settingsFrame([[5, 2 ** 24]])], protocolError],
    ['ENABLE_PUSH of 2', [settingsFrame([[2, 2]])], protocolError],
    ['a window over 2^31 - 1', [windowUpdateFrame(0, 2 ** 31 - 1)], flowControlError],
    ['PING of 7 bytes', [frame(frameType.ping, 0, 0, 'seven b')], frameSizeError],
  ])('%s', async (_, frames, code) => {
    const c = await client()
    c.send(...frames)
    expect(await c.goaway()).toBe(code)
    await othersAreServed()
  })
})

describe('what a stream cannot live with, and its connection can', () => {
  test.each<[what: string, frames: Buffer[], code: number]>([
    ['a window over 2^31 - 1', [open, windowUpdateFrame(1, 2 ** 31 - 1)], flowControlError],
    ['more of a body than the window', [streamed, dataFrame(1, 'x'.repeat(40_000))], flowControlError],
    [
      'DATA behind its end',
      [headersFrame(1, pseudo('GET', '/silent')), dataFrame(1, 'x')],
      errorCode.streamClosed,
    ],
    ['a field name with a capital', [headersFrame(1, [...pseudo('GET', '/'), ['X-A', '1']])], protocolError],
    ['a line feed in a value', [headersFrame(1, [...pseudo('GET', '/'), ['x-a', '1\nb: 2']])], protocolError],
    ['a CR in a pseudo-field', [headersFrame(1, pseudo('GET', '/\r'))], protocolError],
    ['a NUL in a name of a server', [headersFrame(1, pseudo('GET', '/', 'a\0'))], protocolError],
  ])('%s', async (_, frames, code) => {
    const c = await client()
    c.send(...frames)
    expect((await c.answer(1)).reset).toBe(code)
    c.send(headersFrame(3, pseudo('GET', '/local')))
    expect((await c.answer(3)).body).toBe('local')
  })
})

test('frames of streams that are over, or were never there, are not taken amiss', async () => {
  const c = await client()
  expect((await c.answer(c.get('/local'))).status).toBe(200)
  c.send(windowUpdateFrame(1, 10), resetFrame(1, 8), dataFrame(99, ''), frame(0x77, 0, 5, 'unknown'))
  expect((await c.answer(c.get('/local'))).status).toBe(200)
})

test('streams beyond http2_max_concurrent_streams are refused, and those within go on', async () => {
  const c = await client()
  const streams = Array.from({ length: 12 }, () => c.get('/silent'))
  expect((await c.answer(streams[10] ?? 0)).reset).toBe(refusedStream)
  expect((await c.answer(streams[11] ?? 0)).reset).toBe(refusedStream)
  c.send(resetFrame(1, errorCode.cancel))
  expect((await c.answer(c.get('/local'))).status).toBe(200)
})

describe('floods', () => {
  // CVE-2023-44487: each request is begun and given up at once, and costs us an upstream connection.
  test('requests that are reset at once are refused, and then their connection is ended', async () => {
    const c = await client()
    const before = origin.requests.length
    const pairs: Buffer[] = []
    for (let stream = 1; stream < 4000; stream += 2)
      pairs.push(headersFrame(stream, pseudo('GET', '/silent')), resetFrame(stream, errorCode.cancel))
    c.send(...pairs)
    expect(await c.goaway()).toBe(noError)
    expect(started.log).toContainEqual(expect.stringMatching(/^info: client sent too many streams at once/))
    await othersAreServed()
    // Sixty-four KiB are read at a time; in each only twice as many begin as may run at once.
    expect(origin.requests.length - before).toBeLessThan(200)
  })

  test.each<[what: string, one: Buffer]>([
    ['SETTINGS', settingsFrame()],
    ['PING', frame(frameType.ping, 0, 0, 'pingping')],
    [
      'SETTINGS that change the windows',
      settingsFrame(Array.from({ length: 100 }, (_, i) => [4, i] as const)),
    ],
    ['frames of an unknown type', frame(0x77, 0, 0, 'x'.repeat(16_000))],
    ['WINDOW_UPDATE of a stream that is over', windowUpdateFrame(1, 1)],
    ['RST_STREAM of a stream that is over', resetFrame(1, 8)],
    ['empty DATA', dataFrame(1, '')],
  ])('%s, again and again, ends the connection', async (_, one) => {
    const c = await client()
    c.send(open)
    const many = Buffer.concat(Array.from({ length: Math.ceil(65_536 / one.length) }, () => one))
    const before = started.log.length
    const noticed = (): boolean =>
      started.log.slice(before).some((line) => line.startsWith('info: http2 flood detected'))
    let sent = 0
    // What is on its way when it is noticed is sent in vain.
    while (!noticed() && !c.socket.destroyed && sent < 40_000_000) {
      await new Promise((resolve) => c.socket.write(many, resolve))
      sent += many.length
    }
    expect(noticed()).toBe(true)
    await c.closed
    await othersAreServed()
  })

  test('answers to PING are not piled up for a client that reads nothing', async () => {
    const c = await client()
    c.socket.pause()
    const many = Buffer.concat(Array.from({ length: 4000 }, () => frame(frameType.ping, 0, 0, 'pingping')))
    const before = started.log.length
    const floods = (): boolean =>
      started.log.slice(before).some((line) => line.includes('http2 flood detected'))
    const write = (): void => {
      if (!floods() && !c.socket.destroyed) c.socket.write(many, write)
    }
    write()
    await started.until(floods)
    c.destroy()
    await othersAreServed()
  })

  test('PRIORITY again and again ends the connection', async () => {
    const c = await client()
    c.send(...Array.from({ length: 200 }, () => frame(frameType.priority, 0, 3, Buffer.alloc(5))))
    expect(await c.goaway()).toBe(enhanceYourCalm)
    await othersAreServed()
  })

  test('CONTINUATION without end is cut off where a head is too large', async () => {
    const c = await client()
    c.send(frame(frameType.headers, endStream, 1, plainBlock(pseudo('GET', '/'))))
    const piece = frame(frameType.continuation, 0, 1, plainBlock([['x-a', 'a'.repeat(500)]]))
    c.send(...Array.from({ length: 100 }, () => piece))
    expect(await c.goaway()).toBe(enhanceYourCalm)
    expect(started.log).toContainEqual(expect.stringMatching(/^info: client sent too large header while /))
    await othersAreServed()
  })

  test('empty CONTINUATION without end is a flood', async () => {
    const c = await client()
    c.send(frame(frameType.headers, endStream, 1, plainBlock(pseudo('GET', '/'))))
    const many = Buffer.concat(Array.from({ length: 8000 }, () => frame(frameType.continuation, 0, 1)))
    const isOver = (): boolean => c.frames.some(({ type }) => type === frameType.goaway)
    for (let i = 0; i < 1000 && !isOver(); i++) await new Promise((resolve) => c.socket.write(many, resolve))
    expect(await c.goaway()).toBe(noError)
    c.destroy()
    await othersAreServed()
  })

  // One byte a field: 4 KB in the table, named a thousand times in one block.
  test('a block that grows beyond the limit when it is read ends the connection', async () => {
    const c = await client()
    const value = 'a'.repeat(900)
    const kept = Buffer.concat([Buffer.of(0x40), plainBlock([['x-bomb', value]]).subarray(1)])
    const bomb = Buffer.concat([plainBlock(pseudo('GET', '/')), kept, Buffer.alloc(1000, 0xbe)])
    c.send(frame(frameType.headers, endHeaders | endStream, 1, bomb))
    expect(await c.goaway()).toBe(enhanceYourCalm)
    await othersAreServed()
  })

  test('one field larger than a buffer ends the connection before it has come', async () => {
    const c = await client()
    const start = Buffer.concat([
      plainBlock(pseudo('GET', '/')),
      Buffer.of(0, 3),
      Buffer.from('x-a'),
      Buffer.of(0x7f, 0xff, 0x7f),
    ])
    c.send(frame(frameType.headers, 0, 1, start))
    expect(await c.goaway()).toBe(enhanceYourCalm)
  })
})

describe('windows', () => {
  test('a body goes as far as the windows of stream and connection, and on when they open', async () => {
    const c = await client()
    const stream = c.get('/large')
    const length = (): number => c.seen(stream).body.length
    await c.until(() => length() === 65_535)
    c.send(windowUpdateFrame(stream, 1000))
    // Only the connection's is shut now.
    c.send(frame(frameType.ping, 0, 0, 'pingping'))
    await c.until(() => c.frames.some(({ type }) => type === frameType.ping))
    expect(length()).toBe(65_535)
    c.send(windowUpdateFrame(0, 500))
    await c.until(() => length() === 66_035)
    c.send(windowUpdateFrame(0, size), windowUpdateFrame(stream, size))
    expect((await c.answer(stream)).body.length).toBe(size)
  })

  test('INITIAL_WINDOW_SIZE moves the windows of streams that run, below zero too', async () => {
    const c = await client()
    c.send(settingsFrame([[4, 1000]]))
    const stream = c.get('/large')
    const length = (): number => c.seen(stream).body.length
    await c.until(() => length() === 1000)
    c.send(settingsFrame([[4, 100]]), windowUpdateFrame(stream, 800), frame(frameType.ping, 0, 0, 'pingping'))
    await c.until(() => c.frames.some(({ type }) => type === frameType.ping))
    expect(length()).toBe(1000)
    c.send(settingsFrame([[4, 300]]))
    await c.until(() => length() === 1100)
    c.send(settingsFrame([[4, size]]), windowUpdateFrame(0, size))
    expect((await c.answer(stream)).body.length).toBe(size)
  })

  test('a client that opens no window is cut off after send_timeout, and its upstream with it', async () => {
    const c = await http2Client(started.port(80), { settings: [[setting.initialWindowSize, 0]] })
    clients.push(c)
    const rows = started.exchanges.length
    const stream = c.get('/large')
    await c.until(() => c.seen(stream).status === 200)
    const over = c.answer(stream)
    expect(await passTime(clock, over)).toBeGreaterThanOrEqual(40_000)
    expect((await over).reset).toBe(protocolError)
    await started.until(() => started.exchanges.length > rows)
    expect(started.exchanges[rows]?.bytesSent).toBeLessThan(1000)
    expect(started.log).toContainEqual(
      expect.stringMatching(/^info: client timed out .* while sending response to client/),
    )
  })

  test('streams whose windows are shut hold little in memory, and their upstreams wait', async () => {
    const c = await http2Client(started.port(80), { settings: [[setting.initialWindowSize, 0]] })
    clients.push(c)
    const before = origin.requests.length
    const streams = Array.from({ length: 10 }, () => c.get('/huge'))
    await c.until(() => streams.every((stream) => c.seen(stream).status === 200))
    await othersAreServed()
    // Of 50 MB the kernel takes some for each connection, and we a read or two.
    const sockets = origin.requests.slice(before, before + 10).map(({ socket }) => socket)
    const passed = sockets.map((socket) => socket.bytesWritten - socket.writableLength)
    expect(Math.max(...passed)).toBeLessThan(20_000_000)
    c.destroy()
  })

  test('a body may come as fast as it is gathered, beyond http2_body_preread_size', async () => {
    const c = await client()
    const number = origin.requests.length + 1
    const stream = c.request([...pseudo('POST', '/up'), ['content-length', '5000']], false)
    c.send(dataFrame(stream, 'a'.repeat(1000)))
    await c.until(() =>
      c.frames.some((each) => each.stream === stream && each.type === frameType.windowUpdate),
    )
    c.send(dataFrame(stream, 'b'.repeat(4000), true))
    expect((await origin.body(number, 5000)).length).toBe(5000)
    expect((await c.answer(stream)).body).toBe('ok')
  })
})

describe('bodies', () => {
  test.each([
    ['gathered', '/up', true],
    ['gathered', '/up', false],
    ['streamed', '/stream', true],
    ['streamed', '/stream', false],
  ])(
    'one that is %s (%s) and larger than it said is refused, whether it ends (%s) or not',
    async (_, path, ends) => {
      const c = await client()
      const stream = c.request([...pseudo('POST', path), ['content-length', '4']], false)
      c.send(dataFrame(stream, 'hello', ends))
      expect((await c.answer(stream)).status).toBe(400)
    },
  )

  test('one that is streamed and ends too early is refused', async () => {
    const c = await client()
    const asked = origin.request(origin.requests.length + 1)
    const stream = c.request([...pseudo('POST', '/stream/silent'), ['content-length', '6']], false)
    c.send(dataFrame(stream, 'hello'))
    await asked
    c.send(dataFrame(stream, '', true))
    expect((await c.answer(stream)).status).toBe(400)
  })

  test('the frame that ends it too early does not reach the upstream', async () => {
    const c = await client()
    const number = origin.requests.length + 1
    const stream = c.request([...pseudo('POST', '/stream/silent'), ['content-length', '10']], false)
    c.send(dataFrame(stream, '0123'))
    expect(await origin.body(number, 4)).toBe('0123')
    const upstream = await origin.request(number)
    const ended = new Promise((resolve) => upstream.socket.on('close', resolve))
    c.send(dataFrame(stream, '56789', true))
    expect((await c.answer(stream)).status).toBe(400)
    await ended
    expect(upstream.body).toBe('0123')
  })

  test('one that stops coming is refused after client_body_timeout', async () => {
    const c = await client()
    const stream = c.request([...pseudo('POST', '/up'), ['content-length', '6']], false)
    c.send(dataFrame(stream, 'hello'))
    await c.until(() =>
      c.frames.some((each) => each.stream === stream && each.type === frameType.windowUpdate),
    )
    const over = c.answer(stream)
    expect(await passTime(clock, over)).toBeGreaterThanOrEqual(30_000)
    expect((await over).reset).toBe(protocolError)
  })

  test('an answer that does not wait for the body resets the rest of it without an error', async () => {
    const c = await client()
    const stream = c.request([...pseudo('POST', '/local'), ['content-length', '6']], false)
    expect(await c.answer(stream)).toMatchObject({ status: 200, body: 'local' })
    await c.until(() => c.seen(stream).reset !== undefined)
    expect(c.seen(stream).reset).toBe(noError)
    c.send(dataFrame(stream, 'late'))
    expect((await c.answer(c.get('/local'))).status).toBe(200)
  })
})

test('trailers of an answer come behind its body', async () => {
  const c = await client()
  expect(await c.answer(c.get('/trailer'))).toMatchObject({
    body: 'ok',
    trailers: { 'x-after': 'of /trailer' },
    whole: true,
  })
})

test('http2_chunk_size is the most that one DATA frame holds', async () => {
  const c = await client(83)
  const stream = c.get(`/${'a'.repeat(1299)}`)
  expect((await c.answer(stream)).body.length).toBe(2600)
  const sizes = c.frames.filter(({ type }) => type === frameType.data).map(({ payload }) => payload.length)
  expect(sizes).toEqual([1024, 1024, 552])
})

describe('the end of a connection', () => {
  test('without a request, after client_header_timeout', async () => {
    const c = await client()
    expect(await passTime(clock, c.goaway())).toBeGreaterThanOrEqual(20_000)
    expect(await c.goaway()).toBe(protocolError)
  })

  test('a head that stops coming resets its stream after client_header_timeout', async () => {
    const c = await client()
    c.send(frame(frameType.headers, endStream, 1, plainBlock(pseudo('GET', '/'))))
    const over = c.answer(1)
    expect(await passTime(clock, over)).toBeGreaterThanOrEqual(20_000)
    expect((await over).reset).toBe(protocolError)
  })

  test('idle, after keepalive_timeout', async () => {
    const c = await client()
    await c.answer(c.get('/local'))
    expect(await passTime(clock, c.goaway())).toBeGreaterThanOrEqual(50_000)
    expect(await c.goaway()).toBe(noError)
  })

  test('keepalive_timeout 0 answers one request', async () => {
    const c = await client(81)
    expect((await c.answer(c.get('/local'))).status).toBe(200)
    expect(await c.goaway()).toBe(noError)
    await passTime(clock, c.closed)
  })

  test('the last of keepalive_requests is answered behind GOAWAY', async () => {
    const c = await client(82)
    await c.answer(c.get('/local'))
    const last = c.get('/local')
    expect((await c.answer(last)).status).toBe(200)
    const goaway = c.frames.find(({ type }) => type === frameType.goaway)
    expect([goaway?.payload.readUInt32BE(0), goaway?.payload.readUInt32BE(4)]).toEqual([last, noError])
  })

  test('an apply ends idle connections and lets the others finish what runs', async () => {
    const idle = await client()
    await idle.answer(idle.get('/local'))
    const busy = await client()
    const number = origin.requests.length + 1
    const stream = busy.get('/silent')
    const upstream = await origin.request(number)
    expect(await started.apply(text())).toEqual([])
    expect(await idle.goaway()).toBe(noError)
    expect(await busy.goaway()).toBe(noError)
    // What comes behind GOAWAY is not begun.
    busy.get('/local')
    upstream.socket.write('HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nlate')
    expect((await busy.answer(stream)).body).toBe('late')
    await passTime(clock, busy.closed)
    await othersAreServed()
  })

  test('a client that goes on talking behind the end is heard for lingering_time at most', async () => {
    const c = await client()
    c.socket.allowHalfOpen = true
    c.send(frame(frameType.ping, 0, 0, 'too short'.slice(0, 7)))
    expect(await c.goaway()).toBe(frameSizeError)
    const talking = async (): Promise<void> => {
      while (!c.socket.destroyed) {
        c.socket.write('more')
        await new Promise((resolve) => setImmediate(resolve))
      }
    }
    c.socket.on('error', () => undefined) // reset when it is no longer listened to
    const passed = await passTime(clock, Promise.race([c.closed, talking()]))
    expect(passed).toBeGreaterThanOrEqual(12_000)
    expect(passed).toBeLessThan(20_000)
  })

  test('a graceful stop waits for what runs', async () => {
    const other = await startWith(
      `server { listen 80 http2; location / { proxy_pass http://127.0.0.1:${origin.port}; } }`,
    )
    const c = await http2Client(other.port(80))
    const number = origin.requests.length + 1
    const stream = c.get('/silent')
    const upstream = await origin.request(number)
    const stopped = other.engine.stop({ graceful: true })
    expect(await c.goaway()).toBe(noError)
    upstream.socket.write('HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nlate')
    expect((await c.answer(stream)).body).toBe('late')
    c.destroy()
    await stopped
    await other.stop()
  })
})

test('limit_rate holds for each stream by itself', async () => {
  const c = await client()
  c.send(settingsFrame([[setting.initialWindowSize, 2 ** 30]]), windowUpdateFrame(0, 2 ** 30))
  const paced = c.get('/paced/large')
  const other = c.get('/large')
  expect((await c.answer(other)).body.length).toBe(size)
  expect(c.seen(paced).body.length).toBeLessThanOrEqual(51_200)
  const answered = c.answer(paced)
  // 200,000 bytes at 51,200 a second, the first second's at once.
  expect(await passTime(clock, answered, 100)).toBeGreaterThanOrEqual(2000)
  expect((await answered).body).toBe('x'.repeat(size))
})
