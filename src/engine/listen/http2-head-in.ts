/** The head of a request while its block is being read (ngx_http_v2_state_header_block and what follows it). */
import { errorCode, Http2Error } from '../wire/http2-error.ts'
import type { TakeField } from '../wire/hpack-decoder.ts'
import { Deadline } from './deadline.ts'
import type { Http2Connection } from './http2-connection.ts'
import { RequestFields } from './http2-request.ts'
import { serverOf, startStream } from './http2-start.ts'
import type { Http2Stream } from './http2-stream.ts'

export class HeadIn {
  readonly #connection: Http2Connection
  readonly #late: Deadline
  #stream: Http2Stream | undefined
  #fields: RequestFields | undefined
  #bytes = 0
  /** Bytes of fields the head may still have. */
  #left = 0

  constructor(connection: Http2Connection) {
    this.#connection = connection
    this.#late = new Deadline(connection.listener.cycle.clock, () => this.#tooLate())
  }

  /** A block of so many bytes, or more, begins; without a stream, it is read for the table alone. */
  begin(stream: Http2Stream | undefined, bytes: number): void {
    this.#left = this.#connection.server.headLimits.totalLimit
    this.#stream = stream
    this.#fields = stream && new RequestFields()
    this.#bytes = bytes
  }

  /** So many bytes more are announced. */
  continued(bytes: number): void {
    this.#bytes += bytes
  }

  readonly take: TakeField = (name, value) => {
    this.#left -= name.length + value.length
    if (this.#left < 0) throw new Http2Error(errorCode.enhanceYourCalm, 'client sent too large header')
    this.#fields?.add(name, value)
  }

  /** The block is whole: its request runs. */
  end(): void {
    const connection = this.#connection
    const stream = this.#stream
    const fields = this.#fields
    this.drop()
    this.#late.clear()
    if (!stream || !fields) return
    connection.payload += this.#bytes
    const server = serverOf(connection, fields.authority)
    const read = fields.read(server.headLimits, this.#bytes)
    if (read.kind === 'malformed') {
      connection.log('info', read.reason)
      stream.terminate(errorCode.protocolError)
    } else startStream(connection, stream, read)
  }

  /** What has come of the block has been read, and it goes on. */
  waitForMore(): void {
    if (this.#stream) this.#late.set(this.#connection.server.clientHeaderTimeout)
  }

  #tooLate(): void {
    const stream = this.#stream
    if (!stream) return
    this.drop()
    this.#connection.log('info', 'client timed out (110: Connection timed out)')
    stream.terminate(errorCode.protocolError)
  }

  /** Nobody wants the head any more: at all, or if it is of this stream. */
  drop(stream = this.#stream): void {
    if (stream !== this.#stream) return
    this.#stream = undefined
    this.#fields = undefined
  }

  dispose(): void {
    this.#late.dispose()
  }
}
