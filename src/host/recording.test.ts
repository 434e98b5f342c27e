// Bodies, messages, replays and kept replies, with the real engine: asked over the contract, looked at on the wire.
import { once } from 'node:events'
import { createServer, get, request, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { connect, type AddressInfo, type Socket } from 'node:net'
import { gunzipSync, gzipSync } from 'node:zlib'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { defaultLocal } from '../config/local.ts'
import type { FrameBatch, TrafficBatch } from '../contract/traffic.ts'
import type { HostClient } from '../contract/contract.ts'
import type { BodySide, ExchangeFrame } from '../status/exchange-body.ts'
import type { ExchangeRecord } from '../status/exchange-record.ts'
import { startHost, type Host } from './index.ts'
import { removeScratch, scratchFolder } from './testing/scratch.ts'

let origin: Server
let answer: (request: IncomingMessage, response: ServerResponse, body: string) => void
let host: Host
let client: HostClient
let port: number
const records = new Map<number, ExchangeRecord>()
let rows: number[] = []

beforeEach(async () => {
  answer = (_request, response) => void response.end('hello')
  origin = createServer((request, response) => {
    let body = ''
    request.setEncoding('latin1')
    request.on('data', (piece: string) => (body += piece))
    request.on('end', () => answer(request, response, body))
  })
  origin.listen(0, '127.0.0.1')
  await once(origin, 'listening')
  const upstream = (origin.address() as AddressInfo).port
  host = await startHost({ folder: await scratchFolder(), face: 'browser', trustStores: [] })
  client = host.connect()
  await host.editLocal(() => ({ ...defaultLocal, ports: { '80': 0 } }))
  const { config } = await client.call('nginx.import', {
    main: 'nginx.conf',
    files: [
      {
        name: 'nginx.conf',
        text: `http { server { listen 80; server_name app.localhost;
          location / { proxy_pass http://127.0.0.1:${upstream}; proxy_http_version 1.1;
            proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection $http_connection; }
          location /zip { proxy_pass http://127.0.0.1:${upstream}; gzip on; gzip_min_length 0; gzip_types text/plain; }
          location /set { proxy_pass http://127.0.0.1:${upstream}; proxy_set_body "instead of $request_body"; }
        } }`,
      },
    ],
  })
  await host.replaceConfig(config, 'test')
  await host.start()
  port = host.proxyState().listeners[0]?.port ?? 0
  records.clear()
  rows = []
  client.watch('traffic.watch', ({ records: batch }: TrafficBatch) => {
    for (const record of batch) {
      records.set(record.id, record)
      rows.push(record.id)
    }
  })
})
afterEach(async () => {
  origin.closeAllConnections()
  origin.close()
  await host.stop({ graceful: false })
  await removeScratch()
})

interface Ask {
  readonly method?: string
  readonly fields?: Readonly<Record<string, string>>
  readonly body?: string
}

/** Asks the engine and resolves with what came, once its row is there. */
async function ask(path: string, { method = 'GET', fields = {}, body = '' }: Ask = {}) {
  const before = new Set(records.keys())
  const asked = request({ port, path, method, agent: false, headers: { host: 'app.localhost', ...fields } })
  asked.end(body)
  const [response] = (await once(asked, 'response')) as [IncomingMessage]
  const pieces: Buffer[] = []
  for await (const piece of response) pieces.push(piece as Buffer)
  const id = await vi.waitFor(() => {
    const found = [...records.values()].find((record) => !before.has(record.id) && !record.running)
    if (!found) throw new Error('no row yet')
    return found.id
  })
  return { id, status: response.statusCode, bytes: Buffer.concat(pieces) }
}

const bytesOf = async (id: number, side: BodySide, decoded = false): Promise<string | undefined> => {
  const body = await client.call('traffic.body', { id, side, decoded })
  return body ? Buffer.from(body.base64, 'base64').toString('latin1') : undefined
}

test('nothing of a body is kept unless that was asked for', async () => {
  const { id } = await ask('/', { method: 'POST', body: 'secret' })
  expect([await client.call('traffic.bodies', { id }), await bytesOf(id, 'request')]).toEqual([
    null,
    undefined,
  ])
})

test('bodies are there as they were received and as they were sent', async () => {
  await client.call('traffic.record', { on: true })
  answer = (_request, response, body) => {
    response.setHeader('content-type', 'text/plain')
    response.end(`got ${body} `.repeat(20))
  }
  const plain = await ask('/', { method: 'POST', body: 'abc' })
  expect(await bytesOf(plain.id, 'request')).toBe('abc')
  expect(await bytesOf(plain.id, 'response')).toBe('got abc '.repeat(20))
  expect((await client.call('traffic.bodies', { id: plain.id }))?.bodies).toEqual([
    { side: 'request', size: 3, kept: 3 },
    { side: 'upstream-response', size: 160, kept: 160 },
    { side: 'response', size: 160, kept: 160, same: 'upstream-response' },
  ])
  const set = await ask('/set', { method: 'POST', body: 'abc' })
  expect(await bytesOf(set.id, 'upstream-request')).toBe('instead of abc')
  const zipped = await ask('/zip', { fields: { 'accept-encoding': 'gzip' } })
  expect(await bytesOf(zipped.id, 'response')).toBe(zipped.bytes.toString('latin1'))
  expect(gunzipSync(zipped.bytes).toString()).toBe('got  '.repeat(20))
  expect(await bytesOf(zipped.id, 'response', true)).toBe('got  '.repeat(20))
  expect(await bytesOf(zipped.id, 'upstream-response')).toBe('got  '.repeat(20))
})

test('of a long body the beginning is kept, and it is told how long it was', async () => {
  await client.call('traffic.record', { on: true, bodyLimit: 1024 })
  const whole = 'x'.repeat(100_000)
  answer = (_request, response) => {
    response.setHeader('content-encoding', 'gzip')
    response.write(gzipSync(whole, { level: 0 }).subarray(0, 50_000))
    response.end(gzipSync(whole, { level: 0 }).subarray(50_000))
  }
  const { id } = await ask('/')
  const body = await client.call('traffic.body', { id, side: 'response', decoded: true })
  expect(body).toMatchObject({ kept: 1024, coding: 'gzip', decoded: true })
  expect(body?.size).toBeGreaterThan(100_000)
  expect(Buffer.from(body?.base64 ?? '', 'base64').toString()).toMatch(/^x{900,1024}$/)
})

test('the setting is remembered by the next start', async () => {
  await client.call('traffic.record', { on: true, bodyLimit: 4096 })
  await host.stop({ graceful: false })
  host = await startHost({ folder: host.folder, face: 'browser', trustStores: [] })
  client = host.connect()
  const now = await new Promise((resolve) => client.watch('traffic.recording', resolve))
  expect(now).toMatchObject({ on: true, bodyLimit: 4096 })
})

test('exchanges are found by what their bodies say, compressed or not', async () => {
  await client.call('traffic.record', { on: true })
  answer = (request, response) => {
    response.setHeader('content-encoding', 'gzip')
    response.end(gzipSync(request.url === '/a' ? '{"Token":1}' : '{}'))
  }
  const a = await ask('/a')
  await ask('/b')
  const c = await ask('/c', { method: 'POST', body: 'a TOKEN of mine' })
  expect(await client.call('traffic.find', { text: 'token', from: 0 })).toEqual({ ids: [a.id, c.id] })
  expect(await client.call('traffic.find', { text: 'token', from: c.id })).toEqual({ ids: [c.id] })
})

/** Frames of an exchange as they come. */
function watchFrames(id: number): ExchangeFrame[] {
  const frames: ExchangeFrame[] = []
  client.watch('traffic.frames', (batch: FrameBatch) => frames.push(...batch.frames), undefined, { id })
  return frames
}

/** Opens a WebSocket through the engine; the origin answers with these fields. */
async function openWebSocket(fields: string) {
  const upgraded = once(origin, 'upgrade') as Promise<[IncomingMessage, Socket]>
  const socket = connect({ port, host: '127.0.0.1' })
  socket.write(
    'GET /ws HTTP/1.1\r\nHost: app.localhost\r\nUpgrade: websocket\r\nConnection: upgrade\r\nSec-WebSocket-Key: x\r\nSec-WebSocket-Version: 13\r\n\r\n',
  )
  const [, peer] = await upgraded
  peer.write(`HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: upgrade\r\n${fields}\r\n`)
  await once(socket, 'data')
  // It has a row before it ends.
  const id = await vi.waitFor(() => {
    const [running] = [...records.values()]
    if (!running?.running) throw new Error('no row yet')
    return running.id
  }, 3000)
  return { socket, peer, id }
}

const shownFrame = ({ from, kind, text, base64, code, compressed, problem }: ExchangeFrame): object =>
  Object.fromEntries(
    Object.entries({ from, kind, text, base64, code, compressed, problem }).filter(
      ([, value]) => value !== undefined,
    ),
  )

test('messages of a WebSocket are seen as they come', async () => {
  await client.call('traffic.record', { on: true })
  const { socket, peer, id } = await openWebSocket('')
  const frames = watchFrames(id)
  // "Hi", masked; the answer in two frames; bytes; a close each way.
  socket.write(Buffer.from([0x81, 0x82, 1, 2, 3, 4, 0x48 ^ 1, 0x69 ^ 2]))
  await vi.waitFor(() => expect(frames).toHaveLength(1))
  peer.write(Buffer.from([0x01, 1, 0x48, 0x80, 1, 0x69]))
  peer.write(Buffer.from([0x82, 3, 1, 2, 3]))
  await vi.waitFor(() => expect(frames).toHaveLength(3))
  peer.end(Buffer.from([0x88, 5, 3, 0xe8, 0x62, 0x79, 0x65]))
  await vi.waitFor(() => expect(frames).toHaveLength(4))
  socket.destroy()
  expect(frames.map(shownFrame)).toEqual([
    { from: 'client', kind: 'text', text: 'Hi' },
    { from: 'upstream', kind: 'text', text: 'Hi' },
    { from: 'upstream', kind: 'binary', base64: 'AQID' },
    { from: 'upstream', kind: 'close', text: 'bye', code: 1000 },
  ])
  expect(frames.map(({ fragments }) => fragments)).toEqual([undefined, 2, undefined, undefined])
  await vi.waitFor(() => expect(records.get(id)).toMatchObject({ status: 101, upgraded: true }))
  await vi.waitFor(() => expect(records.get(id)?.running).toBeUndefined())
})

// The compressed messages are the examples of RFC 7692 §7.2.3.
test.each([
  [
    'permessage-deflate',
    [
      { text: 'Hello', compressed: true },
      { text: 'Hello', compressed: true },
    ],
  ],
  [
    'permessage-deflate; server_no_context_takeover',
    [
      { text: 'Hello', compressed: true },
      { compressed: true, problem: expect.stringContaining('could not be decompressed') as string },
    ],
  ],
  [
    'x-other',
    [
      { compressed: true, problem: expect.stringContaining('no compression was agreed on') as string },
      { compressed: true, problem: expect.stringContaining('no compression was agreed on') as string },
    ],
  ],
])('compressed messages are read as %s says, or it is said why not', async (extension, expected) => {
  await client.call('traffic.record', { on: true })
  const { socket, peer, id } = await openWebSocket(`Sec-WebSocket-Extensions: ${extension}\r\n`)
  const frames = watchFrames(id)
  peer.write(Buffer.from('c107f248cdc9c90700', 'hex'))
  peer.write(Buffer.from('c105f200110000', 'hex'))
  await vi.waitFor(() => expect(frames).toHaveLength(2))
  socket.destroy()
  expect(frames.map(({ text, compressed, problem }) => ({ text, compressed, problem }))).toEqual(
    expected.map((frame) => ({ problem: undefined, text: undefined, ...frame })),
  )
})

test('server-sent events are seen as they come', async () => {
  await client.call('traffic.record', { on: true })
  let stream: ServerResponse | undefined
  answer = (_request, response) => {
    stream = response
    response.setHeader('content-type', 'text/event-stream')
    response.write('event: tick\nid: 1\ndata: one\n\n')
  }
  const asked = get({ port, path: '/events', agent: false, headers: { host: 'app.localhost' } })
  const [response] = (await once(asked, 'response')) as [IncomingMessage]
  response.resume()
  const id = await vi.waitFor(() => {
    const [running] = [...records.values()]
    if (!running) throw new Error('no row yet')
    return running.id
  }, 3000)
  expect(records.get(id)).toMatchObject({ running: true, status: 200 })
  const frames = watchFrames(id)
  stream?.end('data: two\n\n')
  await vi.waitFor(() => expect(frames).toHaveLength(2))
  expect(frames.map(({ kind, text, event, id }) => ({ kind, text, event, id }))).toEqual([
    { kind: 'event', text: 'one', event: 'tick', id: '1' },
    { kind: 'event', text: 'two', event: undefined, id: undefined },
  ])
})

test('a replay is new traffic with the same request', async () => {
  await client.call('traffic.record', { on: true })
  const seen: string[] = []
  answer = (request, response, body) => {
    seen.push(`${request.method} ${request.url} ${request.headers['x-one'] as string} ${body}`)
    response.end('done')
  }
  const first = await ask('/a?b=c', { method: 'PUT', fields: { 'x-one': '1' }, body: 'content' })
  const again = await client.call('traffic.replay', { id: first.id })
  const edited = await client.call('traffic.replay', {
    id: first.id,
    request: { method: 'POST', target: '/b', fields: [['X-One', '2']], body: btoa('other') },
  })
  await vi.waitFor(() => expect(records.get(edited.id)?.status).toBe(200))
  expect(seen).toEqual(['PUT /a?b=c 1 content', 'PUT /a?b=c 1 content', 'POST /b 2 other'])
  expect(records.get(again.id)).toMatchObject({ method: 'PUT', target: '/a?b=c', status: 200 })
  expect(new Set([first.id, again.id, edited.id]).size).toBe(3)
})

test.each([
  ['no method', { method: 'GE T' }, /no method/],
  ['a target with a space', { target: '/a b' }, /%20/],
  ['a field that would begin another', { fields: [['X', 'a\r\nY: b']] as [string, string][] }, /line break/],
  ['no host', { authority: 'a b' }, /no host/],
])('a replay with %s is refused in words and sends nothing', async (_name, written, words) => {
  const { id } = await ask('/')
  const before = rows.length
  await expect(client.call('traffic.replay', { id, request: written })).rejects.toMatchObject({
    code: 'invalid-input',
    message: expect.stringMatching(words) as string,
  })
  expect(rows.length).toBe(before)
})

test('a replay of a request whose body was not kept says what to do', async () => {
  const { id } = await ask('/', { method: 'POST', body: 'x' })
  await expect(client.call('traffic.replay', { id })).rejects.toMatchObject({
    code: 'cannot',
    message: expect.stringContaining('turn on the recording') as string,
  })
})

test('a kept reply is sent while the upstream is down, and only then', async () => {
  await client.call('traffic.record', { on: true })
  answer = (_request, response) => {
    response.writeHead(201, { 'content-type': 'application/json', 'set-cookie': 'a=b', 'x-from': 'origin' })
    response.end('{"kept":true}')
  }
  const { id } = await ask('/thing?x=1')
  const upstream = (origin.address() as AddressInfo).port
  expect(await client.call('traffic.keepReply', { id })).toMatchObject({ outcome: 'applied' })
  answer = (_request, response) => void response.end('alive')
  expect((await ask('/thing?x=1')).bytes.toString()).toBe('alive')
  origin.closeAllConnections()
  origin.close()
  await once(origin, 'close')
  const down = await ask('/thing?x=1')
  expect([down.status, down.bytes.toString()]).toEqual([201, '{"kept":true}'])
  expect(records.get(down.id)).toMatchObject({ keptReply: true, status: 201 })
  const fields = (await client.call('traffic.get', { id: down.id }))?.response?.fields ?? []
  expect(fields).toContainEqual(['x-from', 'origin'])
  expect(fields.map(([name]) => name.toLowerCase())).not.toContain('set-cookie')
  expect((await ask('/thing?x=2')).status).toBe(502)
  const { text } = await client.call('nginx.export', {})
  expect(text).not.toContain('kept')
  await client.call('traffic.dropReply', { host: 'app.localhost', method: 'GET', target: '/thing?x=1' })
  expect((await ask('/thing?x=1')).status).toBe(502)
  origin.listen(upstream, '127.0.0.1')
  await once(origin, 'listening')
})
