import { createHash, randomBytes } from 'node:crypto'
import net from 'node:net'
import { afterEach, expect, it } from 'vitest'
import { startWith, type Started } from '../testing/start-with.ts'

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
async function exchange(port: number, request: readonly (string | Buffer)[]): Promise<Buffer> {
  const socket = net.connect(port, '127.0.0.1')
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
