/** Reads the body of the request that an HTTP/1 connection is at, as far as somebody wants it. */
import type { Socket } from 'node:net'
import { logError } from '../request/error-log.ts'
import { RequestBody } from '../request/body.ts'
import type { Exchange } from '../request/exchange.ts'
import { ChunkedReader } from '../wire/chunked.ts'
import type { RequestFraming } from '../wire/request-framing.ts'
import type { Unread } from './unread.ts'

const continueLine = 'HTTP/1.1 100 Continue\r\n\r\n'

/** The connection that is read from. */
export interface BodyOwner {
  readonly socket: Socket
  readonly answering: Exchange | undefined
  /** The client has sent its last byte. */
  readonly inputEnded: boolean
  /** The answer is out, or waits for the client to take it. */
  readonly answer: { readonly ended: boolean; readonly stuck: boolean }
  waitForBody(ms: number): void
  /** Nothing of a body is waited for. */
  bodyNotAwaited(): void
  /** The body wants to be read: the socket may be read from, and what has come is looked at. */
  readOn(): void
  /** After answer and body: the next request, or the end. True: there may be more to do. */
  settle(x: Exchange): boolean
}

export class Http1Body {
  readonly #owner: BodyOwner
  readonly #unread: Unread
  #chunked: ChunkedReader | undefined
  #left = 0
  #paused = false
  #reading = false

  constructor(owner: BodyOwner, unread: Unread) {
    this.#owner = owner
    this.#unread = unread
  }

  /** The body of the request whose head has just been read. */
  begin(framing: Pick<RequestFraming, 'body' | 'length' | 'expectContinue'>): RequestBody {
    this.#chunked = framing.body === 'chunked' ? new ChunkedReader() : undefined
    this.#left = framing.length
    this.#paused = false
    return new RequestBody(this, framing.body, framing.length, framing.expectContinue)
  }

  sendContinue(): void {
    const x = this.#owner.answering
    if (!x || x.head.version < 11 || x.body.received > 0) return
    this.#owner.socket.write(continueLine, 'latin1')
    x.bytesSent += continueLine.length
    // nginx counts all that is not the answer's head.
    x.bodyBytesSent += continueLine.length
  }

  /** What there is of it; true: there may be more to do. */
  read(x: Exchange): boolean {
    const { body } = x
    if (body.whole || !body.wanted || this.#paused || (x.finished && !x.keepalive))
      return this.#owner.settle(x)
    if (this.#unread.start >= this.#unread.end) {
      if (this.#owner.inputEnded) this.#cutOff(x)
      return false
    }
    const from = this.#unread.start
    const { discarded } = body
    this.#reading = true
    if (this.#chunked) this.#readChunks(x, this.#chunked)
    else {
      const end = Math.min(this.#unread.end, from + this.#left)
      this.#left -= end - from
      this.#unread.start = end
      if (!body.push(this.#unread.buffer, from, end)) this.#paused = true
      if (this.#left === 0) this.#whole(x)
    }
    this.#reading = false
    body.received += this.#unread.start - from
    if (discarded) body.unwanted += this.#unread.start - from
    if (!body.whole) body.flush()
    if (!body.whole && this.#owner.answering === x) this.#wait(x)
    return true
  }

  readNow(): void {
    const x = this.#owner.answering
    if (!x || this.#reading) return
    while (!x.body.whole && x.body.wanted && !this.#paused && this.#unread.start < this.#unread.end)
      this.read(x)
  }

  #readChunks(x: Exchange, reader: ChunkedReader): void {
    const { body } = x
    // One piece at a time, so that a sink that is full stops the reader where it stands.
    this.#unread.start = reader.feed(
      this.#unread.buffer,
      this.#unread.start,
      this.#unread.end,
      (start, end) => {
        if (!body.push(this.#unread.buffer, start, end)) this.#paused = true
      },
    )
    if (reader.bad !== undefined) {
      x.keepalive = false
      this.#unread.start = this.#unread.end
      logError(x, 'error', 'client sent invalid chunked body')
      body.fail(400)
      body.whole = true
    } else if (reader.finished) this.#whole(x)
  }

  #whole(x: Exchange): void {
    this.#owner.bodyNotAwaited()
    x.body.finish()
  }

  #cutOff(x: Exchange): void {
    x.keepalive = false
    if (x.body.discarded) {
      x.body.whole = true
      this.#owner.settle(x)
    } else this.#bad(x, 'client prematurely closed connection')
  }

  /** The connection broke in the body: by a reset, which is a bad request, or it was ended from here. */
  broken(x: Exchange, told: string | undefined): void {
    if (told === undefined) x.body.fail(499)
    else this.#bad(x, told)
  }

  // As ngx_http_read_client_request_body_handler has it.
  #bad(x: Exchange, told: string): void {
    logError(x, 'info', x.attempts.length > 0 ? `${told} while sending request to upstream` : told)
    x.error ??= told
    x.clientGone = true
    x.body.fail(400)
  }

  #wait(x: Exchange): void {
    const owner = this.#owner
    const { ended, stuck } = owner.answer
    if (stuck) return
    const { settings } = x
    if (ended) owner.waitForBody(settings.lingering.timeout)
    else if (!this.#paused) owner.waitForBody(settings.clientBodyTimeout)
    else owner.bodyNotAwaited()
  }

  resumeBody(): void {
    this.#paused = false
    const x = this.#owner.answering
    if (x && !x.body.whole) this.#wait(x)
    this.#owner.readOn()
  }
}
