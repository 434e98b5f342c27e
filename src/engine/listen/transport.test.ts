import { execFileSync } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { EventEmitter } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import net from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import tls from 'node:tls'
import { afterEach, expect, it } from 'vitest'
import { scriptedOrigin } from '../testing/scripted-origin.ts'
import { startWith, type Started } from '../testing/start-with.ts'
import { readSecured } from './transport.ts'

const stops: (() => unknown)[] = []

afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop()
})

// Larger than what the kernel takes on its way, so that memory is lent, kept and used again.
const large = randomBytes(16 * 1024 * 1024)
const hashOf = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex')

/** An origin that answers `/down` with `large`, and anything else with the hash of the body it got. */
async function origin(chunkSize: number): Promise<number> {
  const chunked = chunkSize > 0
  const server = net.createServer((socket) => {
    let head = ''
    const hash = createHash('sha256')
    let left = -1
    socket.on('error', () => undefined)
    socket.on('data', (piece: Buffer) => {
      let body = piece
      if (left < 0) {
        head += piece.toString('latin1')
        const end = head.indexOf('\r\n\r\n')
        if (end < 0) return
        body = Buffer.from(head.slice(end + 4), 'latin1')
        left = Number(/content-length: (\d+)/i.exec(head)?.[1] ?? 0)
      }
      hash.update(body)
      left -= body.length
      if (left > 0) return
      if (!head.includes('/down')) {
        socket.end(`HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n${hash.digest('hex')}`)
        return
      }
      if (chunked) {
        socket.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n')
        for (let at = 0; at < large.length; at += chunkSize) {
          const chunk = large.subarray(at, at + chunkSize)
          socket.write(`${chunk.length.toString(16)}\r\n`)
          socket.write(chunk)
          socket.write('\r\n')
        }
        socket.write('0\r\n\r\n')
      } else {
        socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${large.length}\r\n\r\n`)
        socket.write(large)
      }
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  stops.push(() => server.close())
  return (server.address() as net.AddressInfo).port
}

/** `chunkSize` 0: an answer with a length. */
async function started(chunkSize: number, directives = ''): Promise<Started> {
  const port = await origin(chunkSize)
  const running = await startWith(
    `server { listen 80; client_max_body_size 0;
       location / { proxy_pass http://127.0.0.1:${port}; proxy_http_version 1.1; ${directives} } }`,
  )
  stops.push(() => running.stop())
  return running
}

/** Sends a request in pieces, reads the answer with pauses, and gives its body; chunks are taken off. */
async function exchange(
  port: number,
  request: readonly (string | Buffer)[],
  secure = false,
): Promise<Buffer> {
  const socket = secure
    ? tls.connect({ port, host: '127.0.0.1', rejectUnauthorized: false })
    : net.connect(port, '127.0.0.1')
  for (const piece of request) socket.write(piece)
  const pieces: Buffer[] = []
  for await (const piece of socket) {
    pieces.push(piece as Buffer)
    await new Promise((resolve) => setImmediate(resolve))
  }
  const all = Buffer.concat(pieces)
  const end = all.indexOf('\r\n\r\n')
  const body = all.subarray(end + 4)
  if (!/^transfer-encoding: chunked/im.test(all.toString('latin1', 0, end))) return body
  const data: Buffer[] = []
  for (let at = 0; ;) {
    const line = body.indexOf('\r\n', at)
    const size = parseInt(body.toString('latin1', at, line), 16)
    if (size === 0) return Buffer.concat(data)
    data.push(body.subarray(line + 2, line + 2 + size))
    at = line + 4 + size
  }
}

const get = 'GET /down HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n'
const put = `PUT /up HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: ${large.length}\r\n\r\n`

it.each([
  ['a length', 0, ''],
  ['one chunk', large.length, ''],
  // Several pieces of one read are under way at once.
  ['chunks', 40_000, ''],
  ['chunks, unbuffered', 40_000, 'proxy_buffering off;'],
  ['larger chunks', 65_536, ''],
  ['a length, unbuffered', 0, 'proxy_buffering off;'],
  ['one chunk, unbuffered', large.length, 'proxy_buffering off;'],
  ['a length, in a file once it is full', 0, 'proxy_buffers 2 4k; proxy_buffer_size 4k;'],
])('a large answer comes whole to a client that reads slowly: %s', async (_name, chunkSize, directives) => {
  const running = await started(chunkSize, directives)
  expect(hashOf(await exchange(running.port(80), [get]))).toBe(hashOf(large))
})

it.each([
  ['collected in a file', ''],
  ['streamed', 'proxy_request_buffering off;'],
])('a large request body comes whole: %s', async (_name, directives) => {
  const running = await started(0, directives)
  const answer = await exchange(running.port(80), [put, large])
  expect(answer.toString('latin1')).toBe(hashOf(large))
})

/** Directives of a server with TLS. */
function certificate(): string {
  const folder = mkdtempSync(join(tmpdir(), 'transport-'))
  stops.push(() => rmSync(folder, { recursive: true }))
  const [key, certificate] = [join(folder, 'key.pem'), join(folder, 'certificate.pem')]
  const subject = ['-subj', '/CN=localhost', '-days', '1', '-keyout', key, '-out', certificate]
  const ec = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']
  execFileSync('openssl', ['req', '-x509', ...ec, ...subject], { stdio: 'ignore' })
  return `ssl_certificate ${certificate}; ssl_certificate_key ${key};`
}

it.each([
  ['of a client', 'http', ''],
  ['of both sides', 'https', ''],
  ['of both sides, unbuffered', 'https', 'proxy_buffering off; proxy_request_buffering off;'],
])('large bodies come whole both ways over the TLS %s', async (_name, scheme, directives) => {
  const port = await origin(0)
  const running = await startWith(
    `client_max_body_size 0; proxy_http_version 1.1; ${directives} ${certificate()}
     server { listen 443 ssl; location / { proxy_pass ${scheme}://127.0.0.1:${scheme === 'http' ? port : 444}; } }
     server { listen 444 ssl; location / { proxy_pass http://127.0.0.1:${port}; } }`,
  )
  stops.push(() => running.stop())
  expect(hashOf(await exchange(running.port(443), [get], true))).toBe(hashOf(large))
  const answer = await exchange(running.port(443), [put, large], true)
  expect(answer.toString('latin1')).toBe(hashOf(large))
})

// Around what is copied, what one read brings, and what the memory of a turn holds.
const sizes = [1, 1024, 16_383, 16_384, 16_385, 20_000, 32_768, 40_000, 65_535, 65_536, 65_537, 100_000]

it.each([
  ['lengths', (body: string) => `Content-Length: ${body.length}\r\n\r\n${body}`],
  [
    'chunks',
    (body: string) => `Transfer-Encoding: chunked\r\n\r\n${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`,
  ],
  [
    'lengths, behind heads larger than the memory of a turn',
    (body: string) => `X: ${'x'.repeat(70_000)}\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
  ],
])('answers of every size come whole and in order to a client that reads late: %s', async (_name, rest) => {
  const bodyOf = (n: number): string =>
    `${n} `.repeat(sizes[n % sizes.length] ?? 0).slice(0, sizes[n % sizes.length])
  const upstream = await scriptedOrigin(
    ({ path }) => `HTTP/1.1 200 OK\r\n${rest(bodyOf(Number(path.slice(1))))}`,
  )
  stops.push(() => upstream.close())
  const running = await startWith(
    `proxy_http_version 1.1; proxy_set_header Connection ''; proxy_buffer_size 128k; proxy_buffers 8 128k;
     proxy_busy_buffers_size 256k;
     upstream u { server 127.0.0.1:${upstream.port}; keepalive 8; }
     server { listen 80; location / { proxy_pass http://u; } }`,
  )
  stops.push(() => running.stop())
  const count = 4 * sizes.length
  const socket = net.connect(running.port(80), '127.0.0.1')
  socket.pause()
  for (let n = 0; n < count; n++)
    socket.write(`GET /${n} HTTP/1.1\r\nHost: a\r\n${n === count - 1 ? 'Connection: close\r\n' : ''}\r\n`)
  await upstream.request(2 * sizes.length)
  let text = ''
  for await (const piece of socket) text += (piece as Buffer).toString('latin1')
  const bodies: string[] = []
  for (let at = 0; at < text.length;) {
    const end = text.indexOf('\r\n\r\n', at)
    const head = text.slice(at, end)
    const length = /content-length: (\d+)/i.exec(head)?.[1]
    at = end + 4
    let body = ''
    if (length !== undefined) body = text.slice(at, (at += Number(length)))
    else
      for (let size = -1; size !== 0;) {
        const line = text.indexOf('\r\n', at)
        size = parseInt(text.slice(at, line), 16)
        body += text.slice(line + 2, line + 2 + size)
        at = line + 4 + size
      }
    bodies.push(body)
  }
  expect(bodies.length).toBe(count)
  expect(bodies.findIndex((body, n) => body !== bodyOf(n))).toBe(-1)
})

it.each([
  [
    'somebody has begun to read',
    { readableFlowing: true, _handle: { useUserBuffer: (): void => undefined } },
  ],
  ['this Node keeps its buffer elsewhere', { readableFlowing: null, _handle: {} }],
])('a TLS socket is read from as documented where %s', (_name, inside) => {
  const socket = Object.assign(new EventEmitter(), { readableLength: 0, ...inside })
  const taken: string[] = []
  readSecured(socket as unknown as tls.TLSSocket, (piece) => void taken.push(piece.toString()))
  socket.emit('data', Buffer.from('came'))
  expect(taken).toEqual(['came'])
})
