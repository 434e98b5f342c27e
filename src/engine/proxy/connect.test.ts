import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createServer as createTlsServer, type TLSSocket } from 'node:tls'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { fakeClock, type FakeClock } from '../testing/fake-clock.ts'
import { rawClient } from '../testing/raw-client.ts'
import { startWith, type Started } from '../testing/start-with.ts'

// Machines differ in whether `localhost` has one address or two; this one has two.
vi.mock('node:dns/promises', () => ({
  lookup: () =>
    Promise.resolve([
      { address: '127.0.0.1', family: 4 },
      { address: '::1', family: 6 },
    ]),
}))

const hello = 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello'
let folder = ''
const servers: Server[] = []

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'connect-'))
  const subject = [
    '-subj',
    '/CN=localhost',
    '-days',
    '1',
    '-keyout',
    file('key.pem'),
    '-out',
    file('cert.pem'),
  ]
  const ec = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']
  execFileSync('openssl', ['req', '-x509', ...ec, ...subject], { stdio: 'ignore' })
})
afterAll(() => {
  for (const server of servers) server.close()
  rmSync(folder, { recursive: true })
})

function file(name: string): string {
  return join(folder, name)
}

/** Answers a request with `hello`. */
function answer(socket: Socket): void {
  socket.on('error', () => undefined) // the proxy may be done with it first
  socket.once('data', () => socket.end(hello))
}

async function listening(
  server: Server,
  where: { host?: string; port?: number; path?: string },
): Promise<number> {
  servers.push(server)
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(where, resolve)
  })
  return where.path === undefined ? (server.address() as AddressInfo).port : 0
}

/** An origin with TLS of this version, and of each of its connections whether its session was resumed. */
async function tlsOrigin(version: 'TLSv1.2' | 'TLSv1.3'): Promise<{ port: number; resumed: boolean[] }> {
  const resumed: boolean[] = []
  const server = createTlsServer(
    {
      key: readFileSync(file('key.pem')),
      cert: readFileSync(file('cert.pem')),
      minVersion: version,
      maxVersion: version,
    },
    (socket: TLSSocket) => {
      resumed.push(socket.isSessionReused())
      answer(socket)
    },
  )
  return { port: await listening(server, { host: '127.0.0.1', port: 0 }), resumed }
}

describe('TLS to upstreams', () => {
  test.each([
    ['TLSv1.2', 'on', [false, true, true]],
    ['TLSv1.3', 'on', [false, true, true]],
    ['TLSv1.2', 'off', [false, false, false]],
    ['TLSv1.3', 'off', [false, false, false]],
  ] as const)('%s with proxy_ssl_session_reuse %s', async (version, reuse, expected) => {
    const { port, resumed } = await tlsOrigin(version)
    const started = await startWith(`
      proxy_ssl_protocols TLSv1.2 TLSv1.3;
      proxy_ssl_session_reuse ${reuse};
      server { listen 80; location / { proxy_pass https://127.0.0.1:${port}; } }`)
    for (let i = 0; i < 3; i++) expect(await started.get('/')).toContain('hello')
    expect(resumed).toEqual(expected)
    await started.stop()
  })
})

describe('where peers are', () => {
  test('a unix socket', async () => {
    const path = file('origin.sock')
    await listening(createServer(answer), { path })
    const started = await startWith(`server { listen 80; location / { proxy_pass http://unix:${path}:; } }`)
    expect(await started.get('/')).toContain('hello')
    await started.stop()
  })

  // `localhost` has two addresses; a development server often listens on one of them, and nobody knows which.
  test.each(['127.0.0.1', '::1'])('localhost, of which only %s listens', async (host) => {
    const port = await listening(createServer(answer), { host, port: 0 })
    const started = await startWith(`
      server { listen 80; location / { proxy_pass http://localhost:${port}; } }
      upstream u { server localhost:${port}; }
      server { listen 81; location / { proxy_pass http://u; } }`)
    for (const listen of [80, 81, 80, 81]) expect(await started.get('/', [], listen)).toContain('hello')
    await started.stop()
  })
})

describe('time-outs, to the millisecond', () => {
  let clock: FakeClock
  let started: Started
  let deaf: Server
  const held: Socket[] = []
  let onConnection: (() => void) | undefined

  beforeAll(async () => {
    clock = fakeClock()
    // Takes connections and says nothing.
    deaf = createServer((socket) => {
      held.push(socket)
      socket.on('error', () => undefined) // the proxy gives it up
      socket.resume()
      onConnection?.()
    })
    const port = await listening(deaf, { host: '127.0.0.1', port: 0 })
    started = await startWith(
      `
      proxy_connect_timeout 3s; proxy_read_timeout 5s; proxy_send_timeout 7s;
      server {
        listen 80;
        location /read { proxy_pass http://127.0.0.1:${port}; }
        location /handshake { proxy_pass https://127.0.0.1:${port}; }
        location /local { return 200 local; }
      }`,
      { clock },
    )
  })
  afterAll(async () => {
    for (const socket of held) socket.destroy()
    await started.stop()
  })

  test.each([
    ['/read', 5000],
    ['/handshake', 3000],
  ])('%s after %i', async (path, ms) => {
    const connected = new Promise<void>((resolve) => (onConnection = resolve))
    const client = await rawClient(started.port(80))
    client.send(`GET ${path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`)
    await connected
    // Our side of the connection may be a turn or two behind: the time stands still for it.
    for (let i = 0; i < 3; i++) await started.get('/local')
    clock.advance(ms - 1)
    await started.get('/local')
    expect(client.received).toBe('')
    clock.advance(1)
    expect(await client.closed).toMatch(/^HTTP\/1\.1 504 /)
  })
})
