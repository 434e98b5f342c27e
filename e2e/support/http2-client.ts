/**
 * A client that asks over HTTP/2 what it is given as the text of an HTTP/1 request, right or wrong, and shows
 * the answers in the same way, one stream after the other. All text is latin1: one character is one byte.
 */
import tls from 'node:tls'
import {
  allStreamsWide,
  dataFrame,
  http2Client,
  windowUpdateFrame,
  type FieldList,
  type Http2Client as FrameClient,
} from '../../src/engine/testing/http2-client.ts'
import { RawClientError, type RawResponse } from './raw-client.ts'

export type Http2ClientOptions = {
  port: number
  tls?: { servername?: string }
  /** How long any single wait may last, in milliseconds. */
  deadlineMs: number
}

export class Http2Client {
  /** HTTP/2 leaves nothing unread: what nobody expects shows as a response that is not expected. */
  readonly unread = ''
  #client: FrameClient
  #scheme: string
  #deadlineMs: number
  #asked: number[] = []
  #ended = false

  private constructor(client: FrameClient, scheme: string, deadlineMs: number) {
    this.#client = client
    this.#scheme = scheme
    this.#deadlineMs = deadlineMs
    void client.closed.then(() => (this.#ended = true))
  }

  /** With `tls` by ALPN, otherwise with prior knowledge. */
  static async connect({ port, tls: secure, deadlineMs }: Http2ClientOptions): Promise<Http2Client> {
    const client = await http2Client(port, {
      settings: allStreamsWide,
      ...(secure && {
        connect: () =>
          tls.connect({
            port,
            host: '127.0.0.1',
            rejectUnauthorized: false,
            servername: secure.servername,
            ALPNProtocols: ['h2', 'http/1.1'],
          }),
      }),
    })
    const { socket } = client
    if (secure && (socket as tls.TLSSocket).alpnProtocol !== 'h2')
      throw new RawClientError('the server did not choose h2', '')
    client.send(windowUpdateFrame(0, 2 ** 31 - 1 - 65_535))
    const connected = new Http2Client(client, secure ? 'https' : 'http', deadlineMs)
    // A server may want the acknowledgement of its settings before it takes bodies.
    await connected.#within(
      client.until(() => client.frames.length > 0),
      'SETTINGS',
    )
    return connected
  }

  get ended(): boolean {
    return this.#ended
  }

  /** `METHOD PATH HTTP/2.0` and fields, of which Host is `:authority`; or pseudo-fields as they shall be sent. */
  write(text: string): void {
    const end = text.indexOf('\r\n\r\n')
    const [first = '', ...lines] = text.slice(0, end).split('\r\n')
    const body = text.slice(end + 4)
    const fields = first.startsWith(':') ? [first, ...lines].map(fieldOf) : this.#requestOf(first, lines)
    const stream = this.#client.request(fields, body === '')
    if (body !== '') this.#client.send(dataFrame(stream, body, true))
    this.#asked.push(stream)
  }

  #requestOf(line: string, lines: string[]): FieldList {
    const [, method = '', path = ''] = /^(\S+) (\S+) HTTP\/2\.0$/.exec(line) ?? []
    if (method === '') throw new Error(`${JSON.stringify(line)} is no request line for HTTP/2.0`)
    const fields = lines.map(fieldOf)
    const host = fields.find(([name]) => name === 'Host')
    return [
      [':method', method],
      [':scheme', this.#scheme],
      [':path', path],
      ...(host ? [[':authority', host[1]] as const] : []),
      ...fields.filter((field) => field !== host),
    ]
  }

  /** The answer on the next stream: a head and a body, or `RST_STREAM code`, or `GOAWAY code`. */
  async response(): Promise<RawResponse> {
    const stream = this.#asked.shift()
    if (stream === undefined) throw new RawClientError('nothing was asked that is not answered', '')
    const client = this.#client
    const over = client.answer(stream).catch(() => client.seen(stream))
    const { status, lines, body, reset, whole } = await this.#within(over, 'the end of the stream')
    const code = reset ?? (whole ? undefined : await client.goaway())
    const statusLine = whole
      ? `HTTP/2.0 ${status}`
      : `${reset === undefined ? 'GOAWAY' : 'RST_STREAM'} ${code ?? 'without code'}`
    const fields = lines.map(([name, value]): [string, string] => [name, value])
    const head = [statusLine, ...fields.map(([name, value]) => `${name}: ${value}`)].join('\r\n')
    return { statusLine, version: 'HTTP/2.0', status, reason: '', fields, head, body, trailers: [] }
  }

  /** Waits for the other side to close. */
  closed(): Promise<void> {
    return this.#within(this.#client.closed, 'the end of the connection')
  }

  halfClose(): void {
    this.#client.socket.end()
  }

  destroy(): void {
    this.#client.destroy()
  }

  head(): Promise<RawResponse> {
    return this.#http1Only('expect head')
  }

  take(): Promise<string> {
    return this.#http1Only('expect raw')
  }

  untilClose(): Promise<string> {
    return this.#http1Only('expect until close')
  }

  #http1Only(what: string): Promise<never> {
    return Promise.reject(new RawClientError(`${what} is for HTTP/1`, ''))
  }

  async #within<T>(coming: Promise<T>, what: string): Promise<T> {
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(
        () => reject(new RawClientError(`waited ${this.#deadlineMs} ms for ${what}`, '')),
        this.#deadlineMs,
      )
    })
    try {
      return await Promise.race([coming, late])
    } finally {
      clearTimeout(timer)
    }
  }
}

function fieldOf(line: string): readonly [name: string, value: string] {
  const colon = line.indexOf(':', 1)
  return [line.slice(0, colon), line.slice(colon + 1).replace(/^ /, '')]
}
