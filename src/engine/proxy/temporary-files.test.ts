/** Temporary files that cannot be made, written or read: one exchange ends, once told, and the program goes on. */
import { once } from 'node:events'
import {
  ftruncateSync,
  mkdirSync,
  readdirSync,
  readlinkSync,
  truncateSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs'
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { rawClient } from '../testing/raw-client.ts'
import { startWith, type Started } from '../testing/start-with.ts'

const large = 24 * 1024 * 1024
// More than the kernel takes for a client that reads nothing, and than the memory before it.
const answered = 16 * 1024 * 1024

let started: Started
let origin: Server
/** Connections that came to the origin, in order; nothing is read from them until somebody does. */
let came: Socket[]

beforeEach(async () => {
  came = []
  origin = createServer({ pauseOnConnect: true }, (socket) => {
    came.push(socket)
    socket.on('error', () => undefined) // the proxy may reset
  })
  origin.listen(0, '127.0.0.1')
  await once(origin, 'listening')
  const { port } = origin.address() as AddressInfo
  started = await startWith(`
    error_log run.log info;
    client_body_buffer_size 1k; client_max_body_size 0; proxy_buffers 2 4k; proxy_buffer_size 4k;
    server {
      listen 80;
      location = /alive { return 200 alive; }
      location / { proxy_pass http://127.0.0.1:${port}; }
    }`)
})

afterEach(async () => {
  for (const socket of came) socket.destroy()
  origin.close()
  await started.stop()
})

const told = (severity: string): string[] => started.log.filter((line) => line.startsWith(`${severity}: `))

async function connection(): Promise<Socket> {
  while (came.length === 0) await once(origin, 'connection')
  return came[0] as Socket
}

/** Answers with a large body as soon as a request has come. */
async function answerLarge(): Promise<void> {
  const socket = await connection()
  socket.resume()
  socket.once('data', () => {
    socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${answered}\r\n\r\n`)
    socket.end(Buffer.alloc(answered, 'a'))
  })
}

async function isAlive(): Promise<void> {
  expect(await started.get('/alive')).toMatch(/^HTTP\/1.1 200 OK[^]*alive$/)
}

const post = (path: string, length: number): string =>
  `POST ${path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: ${length}\r\n\r\n`

/** The name of the file that a body went to. */
async function bodyFile(): Promise<string> {
  const start = 'warn: a client request body is buffered to a temporary file '
  await started.logged(start)
  return (told('warn')[0]?.slice(start.length) ?? '').replace(/,.*/, '')
}

test('a body whose file cannot be made is refused with 500', async () => {
  mkdirSync(`${started.folder}temp`)
  writeFileSync(`${started.folder}temp/client_body_temp`, '')
  const answer = await started.ask(post('/', 5000) + 'x'.repeat(5000))
  expect(answer).toMatch(/^HTTP\/1.1 500 /)
  expect(told('crit')).toEqual([
    expect.stringMatching(
      /^crit: open\(\) ".*client_body_temp\/.*" failed \(20: Not a directory\), client: /,
    ),
  ])
  await isAlive()
})

test('a body whose file was cut short by somebody ends with 502', async () => {
  const client = await rawClient(started.port(80))
  client.send(post('/', large) + 'x'.repeat(large))
  const file = await bodyFile()
  const upstream = await connection()
  truncateSync(file, 0)
  upstream.resume()
  expect(await client.closed).toMatch(/^HTTP\/1.1 502 /)
  expect(told('alert')).toEqual([
    expect.stringMatching(
      /^alert: pread\(\) read only 0 of \d+ from ".*" while sending request to upstream, client: /,
    ),
  ])
  await isAlive()
})

test('a body whose file was removed by somebody is sent, and nothing is said', async () => {
  const client = await rawClient(started.port(80))
  client.send(post('/', 100_000) + 'x'.repeat(99_999))
  unlinkSync(await bodyFile())
  client.send('x')
  const upstream = await connection()
  let size = 0
  upstream.on('data', (piece: Buffer) => {
    size += piece.length
    if (size > 100_000) upstream.end('HTTP/1.0 200 OK\r\n\r\ndone')
  })
  upstream.resume()
  expect(await client.closed).toMatch(/^HTTP\/1.1 200 OK[^]*done/)
  expect([told('crit'), told('alert')]).toEqual([[], []])
  await isAlive()
})

test('an answer whose file cannot be made goes on at the pace of its client, and is told of once', async () => {
  mkdirSync(`${started.folder}temp`)
  writeFileSync(`${started.folder}temp/proxy_temp`, '')
  const client = await rawClient(started.port(80))
  client.socket.pause()
  client.send('GET / HTTP/1.0\r\n\r\n')
  await answerLarge()
  await started.logged('crit: ')
  client.socket.resume()
  const text = await client.closed
  expect([text.length - text.indexOf('\r\n\r\n') - 4, told('crit')]).toEqual([
    answered,
    [
      expect.stringMatching(
        /^crit: open\(\) ".*proxy_temp\/.*" failed \(20: Not a directory\) while reading upstream, client: /,
      ),
    ],
  ])
})

test('an answer whose file cannot be read is cut off', async () => {
  const client = await rawClient(started.port(80))
  client.socket.pause()
  client.send('GET / HTTP/1.0\r\n\r\n')
  await answerLarge()
  await started.logged('warn: an upstream response is buffered to a temporary file')
  await once(await connection(), 'close') // all of it has come
  ftruncateSync(fileOfAnswer() ?? -1, 0)
  client.socket.resume()
  const text = await client.closed
  expect(text).toMatch(/^HTTP\/1.1 200 OK/)
  expect(text.length).toBeLessThan(answered)
  expect(told('alert')).toEqual([
    expect.stringMatching(
      /^alert: pread\(\) read only 0 of \d+ from ".*proxy_temp\/.*" while sending to client, client: /,
    ),
  ])
  await isAlive()
})

/** It has no name, but a number. */
function fileOfAnswer(): number | undefined {
  for (const fd of readdirSync('/proc/self/fd')) {
    try {
      if (readlinkSync(`/proc/self/fd/${fd}`).startsWith(`${started.folder}temp/proxy_temp/`))
        return Number(fd)
    } catch {
      // it was closed meanwhile
    }
  }
  return undefined
}
