/** Memory per exchange is bounded whatever the body's size: large bodies both ways, with either end slow. */
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { readdirSync, readlinkSync, statSync } from 'node:fs'
import http2 from 'node:http2'
import net from 'node:net'
import type { Writable } from 'node:stream'
import { setTimeout as delay } from 'node:timers/promises'
import { freePort } from '../support/nginx.ts'
import { hashOf, pieceOf } from './bodies.ts'
import { startOrigin } from './origin.ts'
import { Product } from './product.ts'
import { mebibyte, mib, type Report } from './report.ts'

interface Row {
  readonly name: string
  readonly protocol: 'HTTP/1' | 'HTTP/2'
  readonly path: string
  readonly up: boolean
  /** The end that takes the body does not begin for so long, in milliseconds. */
  readonly waits: number
  /** The most its temporary file may be, in bytes; a body that is collected is all in its file. */
  readonly file: number | 'body'
}

const ways: readonly Omit<Row, 'protocol'>[] = [
  { name: 'down, buffered, fast client', path: '/buffered', up: false, waits: 0, file: 32 * mebibyte },
  { name: 'down, buffered, slow client', path: '/buffered', up: false, waits: 1500, file: 32 * mebibyte },
  { name: 'down, no file, slow client', path: '/nofile', up: false, waits: 1500, file: 0 },
  { name: 'down, not buffered, slow client', path: '/direct', up: false, waits: 1500, file: 0 },
  { name: 'up, collected', path: '/buffered', up: true, waits: 0, file: 'body' },
  { name: 'up, streamed, fast upstream', path: '/direct', up: true, waits: 0, file: 0 },
  { name: 'up, streamed, slow upstream', path: '/direct', up: true, waits: 1500, file: 0 },
]

const rows: readonly Row[] = (['HTTP/1', 'HTTP/2'] as const).flatMap((protocol) =>
  ways.map((way) => ({ ...way, protocol })),
)

// What an exchange may add: buffers of both sockets, what is read at once, and room for the collector of garbage.
const allowance = 64 * mebibyte

export async function memory(report: Report, long: boolean): Promise<void> {
  const size = long ? 1024 * mebibyte : 48 * mebibyte
  report.begin(`bodies of ${mib(size)}`)
  const origin = await startOrigin()
  const ports = { 'HTTP/1': await freePort(), 'HTTP/2': await freePort() }
  const product = await Product.start(configuration(ports, origin.port), { logLevel: 'error' })
  try {
    const hash = hashOf(1, size)
    for (const row of rows) {
      const port = ports[row.protocol]
      // What the first large body of its kind makes the program take once and keep.
      await transfer({ ...row, waits: 0 }, port, 32 * mebibyte, () => undefined)
      const before = product.resident()
      product.forgetPeak()
      let file = 0
      const begun = performance.now()
      const got = await transfer(row, port, size, () => (file = Math.max(file, largestFile(product.pid))))
      const grown = product.peak() - before
      const right = row.up ? got === `${size} ${hash}` : got === hash
      const bound = row.file === 'body' ? size : row.file
      const found = [
        right ? 'right' : `wrong: ${got.slice(0, 80)}`,
        `memory + ${mib(grown)}, at most ${mib(product.peak())}`,
        `file ${mib(file)}`,
        `${((performance.now() - begun) / 1000).toFixed(1)} s`,
      ]
      report.check(
        `${row.protocol} ${row.name}`,
        right && grown < allowance && file <= bound + mebibyte,
        found.join(', '),
      )
    }
    report.equal('temporary files that are left', temporaryFiles(product), 0)
    report.equal('errors in the log', product.log, '')
  } finally {
    await product.stop()
    await origin.close()
  }
}

function configuration(ports: Readonly<Record<Row['protocol'], number>>, origin: number): string {
  return `events {}
http {
  access_log off; client_max_body_size 0; client_body_buffer_size 16k;
  server {
    listen 127.0.0.1:${ports['HTTP/1']}; listen 127.0.0.1:${ports['HTTP/2']} http2;
    proxy_http_version 1.1; proxy_max_temp_file_size 32m;
    location /buffered/ { proxy_pass http://127.0.0.1:${origin}/; }
    location /nofile/ { proxy_max_temp_file_size 0; proxy_pass http://127.0.0.1:${origin}/; }
    location /direct/ { proxy_buffering off; proxy_request_buffering off; proxy_pass http://127.0.0.1:${origin}/; }
  }
}
`
}

/** Files of a program that have no name any more or stand in a folder for temporary ones, by size. */
function largestFile(pid: number): number {
  let most = 0
  for (const fd of readdirSync(`/proc/${pid}/fd`)) {
    try {
      const path = `/proc/${pid}/fd/${fd}`
      if (/_temp\//.test(readlinkSync(path))) most = Math.max(most, statSync(path).size)
    } catch {
      // it was closed meanwhile
    }
  }
  return most
}

function temporaryFiles(product: Product): number {
  const open = product.descriptors().filter((each) => /_temp\//.test(each)).length
  const named = ['client_body_temp', 'proxy_temp'].map((folder) => {
    try {
      return readdirSync(`${product.prefix}/${folder}`).length
    } catch {
      return 0 // it was never needed
    }
  })
  return named.reduce((sum, each) => sum + each, open)
}

/** The hash that came down, or what the origin says of what went up. */
async function transfer(row: Row, port: number, size: number, look: () => void): Promise<string> {
  const timer = setInterval(look, 20)
  try {
    return row.protocol === 'HTTP/2' ? await overHttp2(row, port, size) : await overHttp1(row, port, size)
  } finally {
    clearInterval(timer)
  }
}

async function overHttp1(row: Row, port: number, size: number): Promise<string> {
  const socket = net.connect({ port, host: '127.0.0.1' })
  await once(socket, 'connect')
  try {
    return row.up ? await up(socket, row, size) : await down(socket, row, size)
  } finally {
    socket.destroy()
  }
}

async function overHttp2(row: Row, port: number, size: number): Promise<string> {
  // As large a window as browsers have.
  const session = http2.connect(`http://127.0.0.1:${port}`, {
    settings: { initialWindowSize: 6 * mebibyte },
  })
  try {
    const path = row.up ? `${row.path}/sum/${row.waits}` : `${row.path}/bytes/1/${size}`
    const fields = row.up ? { ':method': 'POST', 'content-length': size } : {}
    const stream = session.request({ ':path': path, ...fields }, { endStream: !row.up })
    if (row.up) {
      await send(stream, size)
      stream.end()
    } else await delay(row.waits)
    const hash = createHash('sha256')
    let text = ''
    for await (const piece of stream as AsyncIterable<Buffer>)
      if (row.up) text += piece.toString('latin1')
      else hash.update(piece)
    return row.up ? text : hash.digest('hex')
  } finally {
    session.destroy()
  }
}

/** Writes the body as it is taken. */
async function send(to: Writable, size: number): Promise<void> {
  const gone = once(to, 'close')
  for (let at = 0; at < size && !to.destroyed;) {
    const piece = pieceOf(1, at, Math.min(65_536, size - at))
    at += piece.length
    if (!to.write(piece)) await Promise.race([once(to, 'drain'), gone])
  }
}

async function down(socket: net.Socket, row: Row, size: number): Promise<string> {
  socket.pause()
  socket.write(`GET ${row.path}/bytes/1/${size} HTTP/1.0\r\nHost: localhost\r\n\r\n`)
  await delay(row.waits)
  const hash = createHash('sha256')
  let head: Buffer | undefined = Buffer.alloc(0)
  for await (const piece of socket as AsyncIterable<Buffer>) {
    if (!head) {
      hash.update(piece)
      continue
    }
    head = Buffer.concat([head, piece])
    const end = head.indexOf('\r\n\r\n')
    if (end < 0) continue
    hash.update(head.subarray(end + 4))
    head = undefined
  }
  return hash.digest('hex')
}

async function up(socket: net.Socket, row: Row, size: number): Promise<string> {
  let answer = ''
  socket.setEncoding('latin1')
  socket.on('data', (piece: string) => (answer += piece))
  const ended = once(socket, 'close')
  socket.write(
    `POST ${row.path}/sum/${row.waits} HTTP/1.0\r\nHost: localhost\r\nContent-Length: ${size}\r\n\r\n`,
  )
  await send(socket, size)
  await ended
  return answer.slice(answer.indexOf('\r\n\r\n') + 4)
}
