/**
 * Resets in every phase, from either side: what the other side saw, what was logged, that nothing is left over, and
 * that the next request works. Each row is played on nginx first: what it does is what is expected.
 */
import { once } from 'node:events'
import net from 'node:net'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { certificateFor } from '../parity/certificate.ts'
import {
  freePort,
  makePrefix,
  removePrefix,
  startEngine,
  type Engine,
  type EngineName,
} from '../support/nginx.ts'
import { ask } from './ask.ts'
import { Product } from './product.ts'
import type { Report } from './report.ts'
import { PlayedOrigin } from './played-origin.ts'

/** The two ends of one play. */
interface Play {
  readonly origin: PlayedOrigin
  connect(): Promise<Client>
  readonly tlsPort: number
}

interface Row {
  readonly phase: string
  readonly by: 'client' | 'upstream'
  /** Plays it up to and with the reset. Answers what the other side saw. */
  play(stage: Play): Promise<string>
}

const request = (path: string, lines: readonly string[] = []): string =>
  `GET ${path} HTTP/1.1\r\nHost: localhost\r\n${lines.map((line) => `${line}\r\n`).join('')}\r\n`
const post = (path: string, length: number, body: string): string =>
  `POST ${path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${length}\r\n\r\n${body}`

/** A client that notes what it gets. */
class Client {
  received = ''
  over: 'no' | 'end' | 'reset' = 'no'
  readonly #socket: net.Socket
  #wake: (() => void) | undefined

  constructor(socket: net.Socket) {
    this.#socket = socket
    socket.setEncoding('latin1')
    socket.on('data', (piece: string) => {
      this.received += piece
      this.#wake?.()
    })
    socket.on('end', () => this.#ended('end'))
    socket.on('error', () => this.#ended('reset'))
    socket.on('close', () => this.#ended('end'))
  }

  #ended(how: 'end' | 'reset'): void {
    if (this.over === 'no') this.over = how
    this.#wake?.()
  }

  send(text: string): void {
    this.#socket.write(text, 'latin1')
  }

  reset(): void {
    this.#socket.resetAndDestroy()
  }

  pause(): void {
    this.#socket.pause()
  }

  resume(): void {
    this.#socket.resume()
  }

  async until(holds: (client: Client) => boolean): Promise<void> {
    const late = performance.now() + 10_000
    while (!holds(this)) {
      if (performance.now() > late)
        throw new Error(`never came: ${this.received.slice(0, 200)} (${this.over})`)
      await Promise.race([new Promise<void>((resolve) => (this.#wake = resolve)), delay(500)])
    }
  }

  /** `200, cut off` and the like. */
  async outcome(): Promise<string> {
    await this.until((client) => client.over !== 'no' || client.isWhole())
    const status = /^HTTP\/1\.1 (\d+)/.exec(this.received)?.[1] ?? 'nothing'
    this.#socket.destroy()
    return this.isWhole() ? `${status}, whole` : `${status}, cut off`
  }

  isWhole(): boolean {
    const at = this.received.indexOf('\r\n\r\n')
    if (at < 0) return false
    const head = this.received.slice(0, at)
    const body = this.received.slice(at + 4)
    const length = /\r\nContent-Length: (\d+)/i.exec(head)?.[1]
    if (length !== undefined) return body.length >= Number(length)
    return /\r\nTransfer-Encoding: chunked/i.test(head) && body.endsWith('0\r\n\r\n')
  }
}

const big = 400_000
const gone = 'the upstream connection was closed'
/** What the origin sees once its client has gone. */
const originSees = async (origin: PlayedOrigin): Promise<string> => {
  await origin.untilGone()
  return gone
}

const rows: readonly Row[] = [
  {
    phase: 'before a byte',
    by: 'client',
    play: async ({ connect }) => {
      ;(await connect()).reset()
      return 'nothing to see'
    },
  },
  {
    phase: 'in a TLS handshake',
    by: 'client',
    play: async ({ tlsPort }) => {
      const socket = net.connect({ port: tlsPort, host: '127.0.0.1' })
      await once(socket, 'connect')
      socket.write(Buffer.from([0x16, 3, 1, 1, 0, 1, 0, 0, 0xfc, 3, 3]))
      await delay(100)
      socket.resetAndDestroy()
      return 'nothing to see'
    },
  },
  {
    phase: 'in the head of the request',
    by: 'client',
    play: async ({ connect }) => {
      const client = await connect()
      client.send('GET /plain HTTP/1.1\r\nHost: lo')
      await delay(100)
      client.reset()
      return 'nothing to see'
    },
  },
  {
    phase: 'in the body, collected',
    by: 'client',
    play: async ({ connect }) => {
      const client = await connect()
      client.send(post('/plain', big, 'x'.repeat(100_000)))
      await delay(200)
      client.reset()
      return 'nothing to see'
    },
  },
  {
    phase: 'in the body, streamed',
    by: 'client',
    play: async ({ connect, origin }) => {
      const client = await connect()
      client.send(post('/streamed', big, 'x'.repeat(100_000)))
      await origin.untilRequest()
      client.reset()
      return originSees(origin)
    },
  },
  {
    phase: 'in the body, streamed',
    by: 'upstream',
    play: async ({ connect, origin }) => {
      const client = await connect()
      client.send(post('/streamed', big, 'x'.repeat(100_000)))
      await origin.untilRequest()
      origin.reset()
      return client.outcome()
    },
  },
  {
    phase: 'waiting for the head of the answer',
    by: 'client',
    play: async ({ connect, origin }) => {
      const client = await connect()
      client.send(request('/plain'))
      await origin.untilRequest()
      client.reset()
      return originSees(origin)
    },
  },
  {
    phase: 'waiting for the head of the answer',
    by: 'upstream',
    play: async ({ connect, origin }) => {
      const client = await connect()
      client.send(request('/plain'))
      await origin.untilRequest()
      origin.reset()
      return client.outcome()
    },
  },
  {
    phase: 'in the head of the answer',
    by: 'upstream',
    play: async ({ connect, origin }) => {
      const client = await connect()
      client.send(request('/plain'))
      await origin.untilRequest()
      origin.send('HTTP/1.1 200 OK\r\nContent-Le')
      await delay(100)
      origin.reset()
      return client.outcome()
    },
  },
  {
    phase: 'in the answer, buffered',
    by: 'client',
    play: async ({ connect, origin }) => {
      const client = await connect()
      client.send(request('/plain'))
      await origin.untilRequest()
      origin.send(`HTTP/1.1 200 OK\r\nContent-Length: ${big}\r\n\r\n${'y'.repeat(100_000)}`)
      await client.until((each) => each.received.includes('y'))
      client.reset()
      await delay(100)
      origin.send('y'.repeat(1000))
      return originSees(origin)
    },
  },
  {
    phase: 'in the answer, buffered',
    by: 'upstream',
    play: async ({ connect, origin }) => {
      const client = await connect()
      client.send(request('/plain'))
      await origin.untilRequest()
      origin.send(`HTTP/1.1 200 OK\r\nContent-Length: ${big}\r\n\r\n${'y'.repeat(100_000)}`)
      await client.until((each) => each.received.includes('y'))
      origin.reset()
      return client.outcome()
    },
  },
  {
    phase: 'in the answer, unbuffered',
    by: 'client',
    play: async ({ connect, origin }) => {
      const client = await connect()
      client.send(request('/streamed'))
      await origin.untilRequest()
      origin.send(`HTTP/1.1 200 OK\r\nContent-Length: ${big}\r\n\r\n${'y'.repeat(1000)}`)
      await client.until((each) => each.received.includes('y'))
      client.reset()
      return originSees(origin)
    },
  },
  {
    phase: 'in the answer, unbuffered',
    by: 'upstream',
    play: async ({ connect, origin }) => {
      const client = await connect()
      client.send(request('/streamed'))
      await origin.untilRequest()
      origin.send(`HTTP/1.1 200 OK\r\nContent-Length: ${big}\r\n\r\n${'y'.repeat(1000)}`)
      await client.until((each) => each.received.includes('y'))
      origin.reset()
      return client.outcome()
    },
  },
  {
    phase: 'in a chunked answer',
    by: 'upstream',
    play: async ({ connect, origin }) => {
      const client = await connect()
      client.send(request('/plain'))
      await origin.untilRequest()
      origin.send('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nyyyyy\r\n')
      await client.until((each) => each.received.includes('yyyyy'))
      origin.reset()
      return client.outcome()
    },
  },
  {
    phase: 'while a temporary file is sent',
    by: 'client',
    play: async ({ connect, origin }) => {
      const client = await connect()
      client.pause()
      client.send(request('/spooled'))
      await origin.untilRequest()
      origin.send(`HTTP/1.1 200 OK\r\nContent-Length: ${20 * big}\r\n\r\n${'y'.repeat(19 * big)}`)
      await origin.untilSent()
      await delay(100)
      client.reset()
      origin.send('y')
      return originSees(origin)
    },
  },
  {
    phase: 'kept, between requests',
    by: 'client',
    play: async ({ connect, origin }) => {
      const client = await connect()
      client.send(request('/plain'))
      await origin.untilRequest()
      origin.send('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok')
      await client.until((each) => each.isWhole())
      client.reset()
      return 'nothing to see'
    },
  },
  {
    phase: 'kept, between requests',
    by: 'upstream',
    play: async ({ connect, origin }) => {
      const client = await connect()
      client.send(request('/plain'))
      await origin.untilRequest()
      origin.send('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok')
      await client.until((each) => each.isWhole())
      origin.reset()
      await delay(100)
      client.received = ''
      client.send(request('/plain'))
      await origin.untilRequest(2)
      origin.send('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok')
      return client.outcome()
    },
  },
  {
    phase: 'in a tunnel',
    by: 'client',
    play: async ({ connect, origin }) => {
      await tunnel(await connect(), origin, (client) => client.reset())
      return originSees(origin)
    },
  },
  {
    phase: 'in a tunnel',
    by: 'upstream',
    play: async ({ connect, origin }) => {
      const client = await connect()
      await tunnel(client, origin, () => origin.reset())
      return client.outcome()
    },
  },
  {
    phase: 'while connecting',
    by: 'upstream',
    play: async ({ connect }) => {
      const client = await connect()
      client.send(request('/nobody'))
      return client.outcome()
    },
  },
  {
    phase: 'in a TLS handshake',
    by: 'upstream',
    play: async ({ connect, origin }) => {
      const client = await connect()
      client.send(request('/secure'))
      await origin.untilBytes()
      origin.reset()
      return client.outcome()
    },
  },
]

async function tunnel(client: Client, origin: PlayedOrigin, end: (client: Client) => void): Promise<void> {
  client.send(request('/tunnel', ['Connection: upgrade', 'Upgrade: raw']))
  await origin.untilRequest()
  origin.send('HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: raw\r\n\r\n')
  await client.until((each) => each.received.includes('101 '))
  client.send('ping')
  await origin.untilBytes('ping')
  end(client)
}

function configuration(
  ports: { http: number; https: number; origin: number; nobody: number },
  others: string,
): string {
  return `worker_processes 1; events {}
http {
  log_format row '"$request" $status'; access_log access.log row; client_body_temp_path temp_body; proxy_temp_path temp_proxy; ${others}
  client_body_buffer_size 16k;
  upstream kept { server 127.0.0.1:${ports.origin}; keepalive 4; }
  server {
    listen 127.0.0.1:${ports.http}; listen 127.0.0.1:${ports.https} ssl;
    ssl_certificate both.pem; ssl_certificate_key both.pem;
    proxy_http_version 1.1; proxy_set_header Connection '';
    location = /alive { return 200 alive; }
    location = /status { stub_status; }
    location /plain { proxy_pass http://kept; }
    location /streamed { proxy_pass http://kept; proxy_request_buffering off; proxy_buffering off; }
    location /spooled { proxy_pass http://kept; proxy_buffers 8 4k; }
    location /tunnel { proxy_pass http://kept; proxy_set_header Connection upgrade; proxy_set_header Upgrade $http_upgrade; }
    location /nobody { proxy_pass http://127.0.0.1:${ports.nobody}; }
    location /secure { proxy_pass https://127.0.0.1:${ports.origin}; }
  }
}
`
}

export async function resets(report: Report): Promise<void> {
  report.begin(`resets in ${rows.length} rows of phase and side, on nginx and here`)
  const expected = await playAll('nginx')
  const found = await playAll('sluicegate')
  rows.forEach((row, at) => {
    const [there, here] = [expected[at], found[at]]
    const name = `${row.phase}, by the ${row.by}`
    const same = JSON.stringify(there) === JSON.stringify(here)
    report.check(
      name,
      same && there !== undefined,
      same ? (here?.saw ?? '') : `nginx ${JSON.stringify(there)}\n     here  ${JSON.stringify(here)}`,
    )
  })
}

interface Played {
  readonly saw: string
  /** Statuses of the access log. */
  readonly access: string
  /** Severity and message of each line of the error log. */
  readonly logged: readonly string[]
  readonly left: string
  readonly next: string
}

async function playAll(name: EngineName): Promise<Played[]> {
  const prefix = await makePrefix()
  const { certificate, key } = await certificateFor(['localhost'])
  writeFileSync(`${prefix}/both.pem`, certificate + key)
  const origin = new PlayedOrigin()
  const ports = {
    http: await freePort(),
    https: await freePort(),
    origin: await origin.listen(),
    nobody: await freePort(),
  }
  const others =
    name === 'nginx' ? 'fastcgi_temp_path temp_f; uwsgi_temp_path temp_u; scgi_temp_path temp_s;' : ''
  const config = configuration(ports, others)
  let engine: Engine | undefined
  let product: Product | undefined
  try {
    if (name === 'nginx') engine = await startEngine({ engine: 'nginx', config, prefix })
    else product = await Product.start(config, { prefix })
    const played: Played[] = []
    for (const row of rows) played.push(await playRow(row, origin, ports, prefix))
    return played
  } finally {
    engine?.kill()
    await product?.stop()
    await removePrefix(prefix)
    await origin.close()
  }
}

async function playRow(
  row: Row,
  origin: PlayedOrigin,
  ports: { http: number; https: number },
  prefix: string,
): Promise<Played> {
  origin.forget()
  const sizeOf = (file: string): number => readFileSync(`${prefix}/${file}`, 'latin1').length
  const [errorsFrom, accessFrom] = [sizeOf('error.log'), sizeOf('access.log')]
  const connect = (): Promise<Client> =>
    new Promise((resolve, reject) => {
      const socket = net.connect({ port: ports.http, host: '127.0.0.1', noDelay: true })
      socket.once('error', reject)
      socket.once('connect', () => resolve(new Client(socket)))
    })
  let saw: string
  try {
    saw = await row.play({ origin, connect, tlsPort: ports.https })
  } catch (error) {
    saw = `failed: ${(error as Error).message}`
  }
  origin.release()
  // Only the connection that asks is there, and nothing of a body lies about.
  let left = ''
  for (let tries = 0; tries < 100; tries++) {
    const active = /Active connections: (\d+)/.exec((await ask(ports.http, '/status')).body)?.[1]
    left = `${active} connection, ${filesIn(prefix)} temporary files`
    if (left.startsWith('1 ') && left.includes(' 0 ')) break
    await delay(30)
  }
  const errors = readFileSync(`${prefix}/error.log`, 'latin1').slice(errorsFrom)
  const access = readFileSync(`${prefix}/access.log`, 'latin1').slice(accessFrom)
  const statuses = access
    .split('\n')
    .filter((line) => !/^"GET \/(status|alive) /.test(line))
    .join(' ')
    .trim()
  const messages = errors
    .split('\n')
    .map((line) => /\[(\w+)\] \S+ (?:\*\d+ )?(.*?)(?:, client: .*)?$/.exec(line))
    .flatMap((match) => (match ? [`${match[1]}: ${comparable(match[2] ?? '')}`] : []))
    .filter((message) => !ofIdleConnections.test(message))
  const next = (await ask(ports.http, '/alive')).body
  return { saw, access: statuses, logged: messages, left, next }
}

// Unlike nginx, the end of a connection that was asking for nothing is not told; nor are there workers to tell of.
const ofIdleConnections = /^notice: |closed keepalive connection|while waiting for request/

/** Without what differs by the calls that are made and by where files are. */
function comparable(message: string): string {
  return message
    .replace('epoll_wait() reported that ', '')
    .replace('readv() failed', 'recv() failed')
    .replace(/(temporary file) \S+/, '$1')
}

function filesIn(prefix: string): number {
  const count = (folder: string): number =>
    existsSync(folder)
      ? readdirSync(folder, { recursive: true, withFileTypes: true }).filter((each) => each.isFile()).length
      : 0
  return ['temp_body', 'temp_proxy', 'client_body_temp', 'proxy_temp'].reduce(
    (sum, each) => sum + count(`${prefix}/${each}`),
    0,
  )
}
