import { connect as connectHttp2 } from 'node:http2'
import { once } from 'node:events'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { fakeClock, type FakeClock } from '../testing/fake-clock.ts'
import {
  dataFrame,
  http2Client,
  parametersOf,
  resetFrame,
  windowUpdateFrame,
  type FieldList,
  type Http2Client,
} from '../testing/http2-client.ts'
import { scriptedOrigin, type OriginRequest, type ScriptedOrigin } from '../testing/scripted-origin.ts'
import { startWith, type Started } from '../testing/start-with.ts'
import { errorCode } from '../wire/http2-error.ts'
import { setting } from '../wire/http2-frames.ts'
import { Http2Tunnel } from './http2-tunnel.ts'

let clock: FakeClock
let origin: ScriptedOrigin
let started: Started

const switching =
  'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: x\r\nSec-WebSocket-Protocol: chat\r\n\r\n'

beforeAll(async () => {
  clock = fakeClock()
  origin = await scriptedOrigin(({ path }) => {
    if (path === '/refused') return 'HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\nX-Why: no\r\n\r\nno'
    if (path === '/plain') return 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello'
    if (path === '/talks') return `${switching}first words`
    return switching
  })
  started = await startWith(
    `
    error_log tunnel.log info;
    server {
      listen 80 http2;
      http2_body_preread_size 64k;
      location / {
        proxy_http_version 1.1;
        proxy_set_header Upgrade $http_upgrade;
        proxy_set_header Connection $http_connection;
        proxy_read_timeout 25s;
        proxy_pass http://127.0.0.1:${origin.port};
      }
      location /http-1.0 { proxy_pass http://127.0.0.1:${origin.port}/plain; }
      location /local { return 200 local; }
    }
    server {
      listen 81 http2;
      http2_body_preread_size 0;
      location / {
        proxy_http_version 1.1;
        proxy_set_header Upgrade $http_upgrade;
        proxy_set_header Connection $http_connection;
        proxy_pass http://127.0.0.1:${origin.port};
      }
    }`,
    { clock },
  )
})
afterAll(async () => {
  await started.stop()
  await origin.close()
})

function webSocket(path: string): FieldList {
  return [
    [':method', 'CONNECT'],
    [':protocol', 'websocket'],
    [':scheme', 'http'],
    [':path', path],
    [':authority', 'app.test'],
    ['sec-websocket-version', '13'],
    ['sec-websocket-protocol', 'chat'],
    ['origin', 'http://app.test'],
  ]
}

/** A client with a WebSocket open on a stream, and what the origin was asked. */
async function opened(
  path = '/ws',
  port = 80,
): Promise<{ client: Http2Client; stream: number; upstream: OriginRequest }> {
  const client = await http2Client(started.port(port))
  // RFC 8441 §3: only a client that has seen the server's settings knows that it may.
  await client.until(() => client.frames.length > 0)
  const asked = origin.request(origin.requests.length + 1)
  const stream = client.request(webSocket(path), false)
  await client.until(() => client.seen(stream).status > 0)
  const upstream = await asked
  // Its end is its own to say.
  upstream.socket.allowHalfOpen = true
  return { client, stream, upstream }
}

function upstreamSays(upstream: OriginRequest, length: number): Promise<string> {
  return origin.body(origin.requests.indexOf(upstream) + 1, length)
}

test('a server says that it takes extended CONNECT', async () => {
  const client = await http2Client(started.port(80))
  await client.until(() => client.frames.length > 0)
  expect(parametersOf(client.frames[0] as never)[setting.enableConnectProtocol]).toBe(1)
  client.destroy()
})

test('an extended CONNECT reaches an HTTP/1.1 upstream as an upgrade, and its 101 the client as 200', async () => {
  const { client, stream, upstream } = await opened()
  expect(
    upstream.head.replace(/(Sec-WebSocket-Key|sec-websocket-key): \S+/, '$1: KEY').split('\r\n'),
  ).toEqual([
    'GET /ws HTTP/1.1',
    'Upgrade: websocket',
    'Connection: Upgrade',
    `Host: 127.0.0.1:${origin.port}`,
    'sec-websocket-version: 13',
    'sec-websocket-protocol: chat',
    'origin: http://app.test',
    'sec-websocket-key: KEY',
    '',
    '',
  ])
  const { status, fields, body, whole } = client.seen(stream)
  expect({ status, fields, body, whole }).toEqual({
    status: 200,
    fields: {
      server: expect.any(String) as string,
      date: expect.any(String) as string,
      'sec-websocket-protocol': 'chat',
    },
    body: '',
    whole: false,
  })
  client.destroy()
})

test('bytes go both ways, those behind the 101 as well', async () => {
  const { client, stream, upstream } = await opened('/talks')
  await client.until(() => client.seen(stream).body === 'first words')
  client.send(dataFrame(stream, 'to the upstream'))
  expect(await upstreamSays(upstream, 15)).toBe('to the upstream')
  upstream.socket.write('and back')
  await client.until(() => client.seen(stream).body === 'first wordsand back')
  client.destroy()
})

test('what a client sends before the upstream has switched is kept for it', async () => {
  const client = await http2Client(started.port(80))
  const number = origin.requests.length + 1
  const stream = client.request(webSocket('/early'), false)
  client.send(dataFrame(stream, 'eager'))
  expect(await origin.body(number, 5)).toBe('eager')
  client.destroy()
})

test('more than the windows hold goes through in both directions', async () => {
  const { client, stream, upstream } = await opened()
  const size = 300_000
  let sent = 0
  // The client keeps to its window of 64 KiB: it sends as much as the server allows.
  const allowed = (): number =>
    65_536 +
    client.frames
      .filter((each) => each.stream === stream && each.type === 8)
      .reduce((sum, { payload }) => sum + payload.readUInt32BE(0), 0)
  while (sent < size) {
    await client.until(() => allowed() > sent)
    const piece = Math.min(8192, allowed() - sent, size - sent)
    client.send(dataFrame(stream, 'u'.repeat(piece)))
    sent += piece
  }
  expect((await upstreamSays(upstream, size)).length).toBe(size)
  upstream.socket.write('d'.repeat(size))
  await client.until(() => client.seen(stream).body.length === 65_535)
  client.send(windowUpdateFrame(0, size), windowUpdateFrame(stream, size))
  await client.until(() => client.seen(stream).body.length === size)
  client.destroy()
})

test('a WebSocket has a window where bodies have none', async () => {
  const { client, stream, upstream } = await opened('/ws', 81)
  await client.until(() => client.frames.some(({ stream: of, type }) => of === stream && type === 8))
  client.send(dataFrame(stream, 'hello'))
  expect(await upstreamSays(upstream, 5)).toBe('hello')
  client.destroy()
})

// A browser ends its stream behind the Close of the WebSocket and waits for the Close of the other side.
test('the end of the client reaches the upstream, which may still answer', async () => {
  const { client, stream, upstream } = await opened()
  const ended = once(upstream.socket, 'end')
  client.send(dataFrame(stream, 'bye', true))
  await ended
  expect(upstream.body).toBe('bye')
  upstream.socket.end('bye yourself')
  expect(await client.answer(stream)).toMatchObject({ body: 'bye yourself', whole: true, reset: undefined })
  const next = client.get('/local')
  expect((await client.answer(next)).body).toBe('local')
  client.destroy()
})

test('the end of the upstream ends the stream, after what it has sent', async () => {
  const { client, stream, upstream } = await opened()
  upstream.socket.end('last words')
  expect(await client.answer(stream)).toMatchObject({ body: 'last words', whole: true, reset: undefined })
  client.destroy()
})

test('an upstream that ends while the client takes nothing is heard to its last byte', async () => {
  const { client, stream, upstream } = await opened()
  upstream.socket.end('d'.repeat(100_000))
  await client.until(() => client.seen(stream).body.length === 65_535)
  const rows = started.exchanges.length
  client.send(windowUpdateFrame(0, 100_000), windowUpdateFrame(stream, 100_000))
  const { body, whole, reset } = await client.answer(stream)
  expect([body.length, whole, reset]).toEqual([100_000, true, undefined])
  expect(started.exchanges.length - rows).toBeLessThanOrEqual(1)
  client.destroy()
})

test('a client that leaves its stream open after the end is reset', async () => {
  const { client, stream, upstream } = await opened()
  upstream.socket.end()
  await client.until(() => client.seen(stream).whole)
  clock.advance(1000)
  await client.until(() => client.seen(stream).reset !== undefined)
  expect(client.seen(stream).reset).toBe(errorCode.noError)
  client.destroy()
})

test('a stream that is reset takes its upstream with it and leaves the connection alone', async () => {
  const { client, stream, upstream } = await opened()
  const ended = once(upstream.socket, 'end')
  client.send(resetFrame(stream, errorCode.cancel))
  await ended
  expect((await client.answer(client.get('/local'))).status).toBe(200)
  client.destroy()
})

test('a connection that breaks takes its upstream with it', async () => {
  const { client, upstream } = await opened()
  const ended = once(upstream.socket, 'end')
  client.destroy()
  await ended
})

test('an upstream that is reset ends the stream', async () => {
  const { client, stream, upstream } = await opened()
  upstream.socket.resetAndDestroy()
  expect((await client.answer(stream)).body).toBe('')
  client.destroy()
})

test('an upstream that ignores the end of the client is let go after proxy_read_timeout', async () => {
  const { client, stream, upstream } = await opened()
  const ended = once(upstream.socket, 'end')
  client.send(dataFrame(stream, '', true))
  await ended
  clock.advance(25_000)
  expect(await client.answer(stream)).toMatchObject({ whole: true })
  client.destroy()
})

test('proxy_read_timeout counts from the last byte of either side', async () => {
  const { client, stream, upstream } = await opened()
  clock.advance(24_000)
  client.send(dataFrame(stream, 'a'))
  await upstreamSays(upstream, 1)
  clock.advance(24_000)
  upstream.socket.write('b')
  await client.until(() => client.seen(stream).body === 'b')
  clock.advance(24_999)
  client.send(dataFrame(stream, 'c'))
  await upstreamSays(upstream, 2)
  clock.advance(25_000)
  expect(await client.answer(stream)).toMatchObject({ body: 'b', whole: true })
  expect(started.log.at(-1)).toMatch(
    /^error: upstream timed out \(110: Connection timed out\) while proxying upgraded connection, client: /,
  )
  client.destroy()
})

test('an upgrade that the upstream refuses is relayed as it is', async () => {
  const { client, stream } = await opened('/refused')
  const { status, fields, body } = await client.answer(stream)
  expect([status, fields['x-why'], body]).toEqual([403, 'no', 'no'])
  client.destroy()
})

// 2xx would tell the client that its WebSocket is open.
test.each(['/plain', '/local', '/http-1.0'])(
  'an answer that is no WebSocket is not taken for one: %s',
  async (path) => {
    const client = await http2Client(started.port(80))
    const stream = client.request(webSocket(path), false)
    const { status } = await client.answer(stream)
    expect(status).toBe(502)
    expect(started.exchanges.at(-1)?.status).toBe(502)
    client.destroy()
  },
)

test('another protocol than websocket is refused', async () => {
  const client = await http2Client(started.port(80))
  const fields = webSocket('/ws').map(
    ([name, value]) => [name, name === ':protocol' ? 'tcp' : value] as const,
  )
  expect((await client.answer(client.request(fields, false))).status).toBe(400)
  client.destroy()
})

test(':protocol beside another method than CONNECT is refused', async () => {
  const client = await http2Client(started.port(80))
  const fields = webSocket('/ws').map(([name, value]) => [name, name === ':method' ? 'GET' : value] as const)
  expect((await client.answer(client.request(fields, false))).status).toBe(400)
  client.destroy()
})

test('node:http2 opens a WebSocket and talks', async () => {
  const session = connectHttp2(`http://127.0.0.1:${started.port(80)}`)
  await once(session, 'remoteSettings')
  expect(session.remoteSettings.enableConnectProtocol).toBe(true)
  const number = origin.requests.length + 1
  const request = session.request({
    ':method': 'CONNECT',
    ':protocol': 'websocket',
    ':path': '/ws',
    ':scheme': 'http',
    ':authority': 'app.test',
  })
  const [head] = (await once(request, 'response')) as [{ ':status': number }]
  request.write('hello')
  const upstream = await origin.request(number)
  await origin.body(number, 5)
  upstream.socket.end('world')
  let body = ''
  request.setEncoding('latin1').on('data', (piece: string) => (body += piece))
  await once(request, 'end')
  expect([head[':status'], upstream.body, body]).toEqual([200, 'hello', 'world'])
  request.end()
  session.close()
  await once(session, 'close')
})

describe('a tunnel that is paused', () => {
  function stage(): { tunnel: Http2Tunnel; told: string[] } {
    const told: string[] = []
    const tunnel = new Http2Tunnel(Buffer.from('early'), {
      write: (buffer) => told.push(`write ${buffer.toString()}`) > 0,
      end: () => void told.push('end'),
      destroy: () => void told.push('destroy'),
      consumed: (bytes) => void told.push(`consumed ${bytes}`),
    })
    return { tunnel, told }
  }
  const listen = ({ tunnel, told }: ReturnType<typeof stage>): void => {
    tunnel.onData = (buffer) => void told.push(buffer.toString())
    tunnel.onEnd = () => void told.push('their end')
    tunnel.onClose = () => void told.push('closed')
    tunnel.onDrain = () => void told.push('drained')
  }

  test('hands on what came in order when it goes on, and only then says that it was taken', () => {
    const { tunnel, told } = stage()
    listen({ tunnel, told })
    tunnel.feed(Buffer.from('one'))
    tunnel.pause()
    tunnel.feed(Buffer.from('two'))
    tunnel.feed(Buffer.from('three'))
    expect(told).toEqual(['one', 'consumed 3'])
    tunnel.resume()
    expect(told.slice(2)).toEqual(['two', 'consumed 3', 'three', 'consumed 5'])
    tunnel.resume()
    expect(told).toHaveLength(6)
  })

  test('may be paused again by what it hands on', () => {
    const { tunnel, told } = stage()
    listen({ tunnel, told })
    tunnel.onData = (buffer) => {
      told.push(buffer.toString())
      tunnel.pause()
    }
    tunnel.pause()
    for (const piece of ['one', 'two']) tunnel.feed(Buffer.from(piece))
    tunnel.resume()
    expect(told).toEqual(['one', 'consumed 3'])
    tunnel.resume()
    expect(told.slice(2)).toEqual(['two', 'consumed 3'])
  })

  test('says the end behind what it holds', () => {
    const { tunnel, told } = stage()
    listen({ tunnel, told })
    tunnel.pause()
    tunnel.feed(Buffer.from('one'))
    tunnel.ended()
    expect(told).toEqual([])
    tunnel.resume()
    expect(told).toEqual(['one', 'consumed 3', 'their end'])
  })

  test('is its stream for whoever writes, and silent where nobody listens yet', () => {
    const { tunnel, told } = stage()
    tunnel.feed(Buffer.from('one'))
    tunnel.ended()
    tunnel.closed()
    tunnel.drained()
    expect([tunnel.write(Buffer.from('a')), tunnel.early.toString(), tunnel.halfCloses]).toEqual([
      true,
      'early',
      true,
    ])
    tunnel.end()
    tunnel.destroy()
    listen({ tunnel, told })
    tunnel.closed()
    tunnel.drained()
    expect(told).toEqual(['consumed 3', 'write a', 'end', 'destroy', 'closed', 'drained'])
  })
})
