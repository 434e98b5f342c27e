/**
 * A client that says exactly the bytes it is given and reads HTTP/1 answers strictly enough to notice
 * when something is off. All text is latin1: one character is one byte.
 */
import net from 'node:net'
import tls from 'node:tls'
import { fieldValues, hasToken, parseFields, type Field } from './origin.ts'

export type RawResponse = {
  statusLine: string
  version: string
  status: number
  reason: string
  fields: Field[]
  /** Status line and field lines as received, without the blank line. */
  head: string
  /** The content with chunked coding removed. */
  body: string
  trailers: Field[]
}

export type RawClientOptions = {
  host?: string
  port?: number
  /** A unix socket instead of host and port. */
  path?: string
  /** Speak TLS and accept any certificate; `servername` is the SNI, `alpn` what is offered. */
  tls?: { servername?: string; alpn?: string[] }
  /** How long any single wait may last, in milliseconds. */
  deadlineMs?: number
}

/** What the client waited for did not come; `seen` is what had arrived and was not yet consumed. */
export class RawClientError extends Error {
  readonly seen: string
  constructor(message: string, seen: string) {
    super(message)
    this.name = 'RawClientError'
    this.seen = seen
  }
}

export class RawClient {
  readonly socket: net.Socket
  #deadlineMs: number
  #received = ''
  #ended = false
  #failure: Error | undefined
  #wake: (() => void) | undefined

  private constructor(socket: net.Socket, deadlineMs: number) {
    this.socket = socket
    this.#deadlineMs = deadlineMs
    socket.on('data', (chunk: Buffer) => {
      this.#received += chunk.toString('latin1')
      this.#wake?.()
    })
    socket.on('error', (error) => {
      this.#failure = error
      this.#ended = true
      this.#wake?.()
    })
    for (const event of ['end', 'close']) {
      socket.on(event, () => {
        this.#ended = true
        this.#wake?.()
      })
    }
  }

  /** Opens a connection; rejects when it is refused or not made within the deadline. */
  static connect(options: RawClientOptions): Promise<RawClient> {
    const deadlineMs = options.deadlineMs ?? 10_000
    const target = options.path
      ? { path: options.path }
      : { host: options.host ?? '127.0.0.1', port: options.port ?? 80, noDelay: true }
    // Half-open is allowed so that a client that said FIN can still read, and one that got FIN can still write.
    const socket = options.tls
      ? tls.connect({
          socket: net.connect({ ...target, allowHalfOpen: true }),
          rejectUnauthorized: false,
          servername: options.tls.servername,
          ALPNProtocols: options.tls.alpn,
        })
      : net.connect({ ...target, allowHalfOpen: true })
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        socket.destroy()
        reject(new RawClientError(`no connection within ${deadlineMs} ms`, ''))
      }, deadlineMs)
      const failed = (error: Error) => {
        clearTimeout(timer)
        reject(new RawClientError(`cannot connect: ${error.message}`, ''))
      }
      socket.once('error', failed)
      socket.once(options.tls ? 'secureConnect' : 'connect', () => {
        clearTimeout(timer)
        socket.off('error', failed)
        resolve(new RawClient(socket, deadlineMs))
      })
    })
  }

  /** What has arrived and was not yet consumed. */
  get unread(): string {
    return this.#received
  }

  get ended(): boolean {
    return this.#ended
  }

  write(bytes: string): void {
    this.socket.write(Buffer.from(bytes, 'latin1'))
  }

  /** Says FIN and goes on reading. */
  halfClose(): void {
    this.socket.end()
  }

  destroy(): void {
    this.socket.destroy()
  }

  /** Reads one answer; `method` is the request's, since it decides whether a body follows (RFC 9112 §6.3). */
  async response(method: string): Promise<RawResponse> {
    const response = await this.head()
    const { status, fields } = response
    if (method === 'HEAD' || status < 200 || status === 204 || status === 304) return response
    if (hasToken(fields, 'transfer-encoding', 'chunked')) {
      return { ...response, ...(await this.#chunkedBody()) }
    }
    const length = fieldValues(fields, 'content-length')[0]
    const body = length === undefined ? await this.untilClose() : await this.take(Number(length))
    return { ...response, body }
  }

  /** Reads the head of an answer and leaves what follows unread. */
  async head(): Promise<RawResponse> {
    await this.#until(() => this.#received.includes('\r\n\r\n'), 'the head of a response')
    const end = this.#received.indexOf('\r\n\r\n')
    const head = this.#received.slice(0, end)
    const [statusLine = '', ...lines] = head.split('\r\n')
    const parts = /^(HTTP\/\d\.\d) (\d{3})(?: (.*))?$/.exec(statusLine)
    if (!parts) throw new RawClientError('the answer does not begin with a status line', this.#received)
    this.#received = this.#received.slice(end + 4)
    return {
      statusLine,
      version: parts[1] ?? '',
      status: Number(parts[2]),
      reason: parts[3] ?? '',
      fields: parseFields(lines),
      head,
      body: '',
      trailers: [],
    }
  }

  /** Reads exactly this many bytes. */
  async take(length: number): Promise<string> {
    await this.#until(() => this.#received.length >= length, `${length} bytes`)
    const taken = this.#received.slice(0, length)
    this.#received = this.#received.slice(length)
    return taken
  }

  /** Reads everything until the other side closes. */
  async untilClose(): Promise<string> {
    await this.closed()
    const taken = this.#received
    this.#received = ''
    return taken
  }

  /** Waits for the other side to close; FIN and RST both count. */
  async closed(): Promise<void> {
    await this.#until(() => this.#ended, 'the end of the connection')
  }

  async #chunkedBody(): Promise<{ body: string; trailers: Field[] }> {
    let body = ''
    for (;;) {
      const line = await this.#line()
      const size = /^([0-9a-fA-F]+)[ \t]*(?:;.*)?$/.exec(line)?.[1]
      if (size === undefined)
        throw new RawClientError(`bad chunk size ${JSON.stringify(line)}`, this.#received)
      if (Number.parseInt(size, 16) === 0) return { body, trailers: parseFields(await this.#trailerLines()) }
      body += await this.take(Number.parseInt(size, 16))
      if ((await this.take(2)) !== '\r\n')
        throw new RawClientError('a chunk without its line end', this.#received)
    }
  }

  async #trailerLines(): Promise<string[]> {
    const lines: string[] = []
    for (let line = await this.#line(); line !== ''; line = await this.#line()) lines.push(line)
    return lines
  }

  async #line(): Promise<string> {
    await this.#until(() => this.#received.includes('\r\n'), 'a line')
    const end = this.#received.indexOf('\r\n')
    const line = this.#received.slice(0, end)
    this.#received = this.#received.slice(end + 2)
    return line
  }

  async #until(arrived: () => boolean, what: string): Promise<void> {
    const deadline = performance.now() + this.#deadlineMs
    while (!arrived()) {
      if (this.#ended) {
        const how = this.#failure ? `failed (${this.#failure.message})` : 'was closed'
        throw new RawClientError(`the connection ${how} while waiting for ${what}`, this.#received)
      }
      const left = deadline - performance.now()
      if (left <= 0) throw new RawClientError(`waited ${this.#deadlineMs} ms for ${what}`, this.#received)
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, left)
        this.#wake = () => {
          clearTimeout(timer)
          resolve()
        }
      })
      this.#wake = undefined
    }
  }
}
