/**
 * What the client sends on one stream: the body of its request, which is held until somebody asks for it, or the bytes
 * of its WebSocket. How much it may send is the stream's window (ngx_http_v2_read_request_body).
 */
import { RequestBody } from '../request/body.ts'
import { logError } from '../request/error-log.ts'
import type { Exchange } from '../request/exchange.ts'
import { errorCode } from '../wire/http2-error.ts'
import { defaultWindow, maxWindow } from '../wire/http2-frames.ts'
import type { Http2Stream } from './http2-stream.ts'

/** What a client may send ahead on a WebSocket, whatever it may of a body. */
const tunnelWindow = defaultWindow

export class Receiving {
  readonly #stream: Http2Stream
  /** Bytes the client may still send. */
  #left: number
  /** What came before anybody asked, or while the reader could take no more. */
  #held: Buffer[] = []
  #received = 0
  /** The frame at hand ends the body before its length. */
  #tooShort = false
  #paused = false
  #pushing = false
  /** The window a streamed body is read through; 0: nobody has asked for the body. */
  #window = 0
  #skipping = false
  /** Bytes the tunnel has taken and the client has not been told of. */
  #consumed = 0

  constructor(stream: Http2Stream, window: number) {
    this.#stream = stream
    this.#left = window
  }

  /** A body of a length, of none, or of a length that is not told. */
  makeBody(kind: 'none' | 'length' | 'chunked', length: number): RequestBody {
    const body = new RequestBody(this, kind, length, false)
    // A length of 0 on a stream that goes on: its end shows whether it is kept.
    if (kind === 'length' && !this.#stream.inClosed) body.whole = false
    return body
  }

  // ---- what comes ----

  /** A DATA frame costs so much and, where it ends the stream, brings `last` bytes; false: it is skipped. */
  accepts(size: number, last: number): boolean {
    const stream = this.#stream
    if (size > this.#left) {
      stream.connection.log(
        'info',
        `client violated flow control for stream ${stream.id}: received DATA frame length ${size}, available window ${this.#left}`,
      )
      stream.terminate(errorCode.flowControlError)
      return false
    }
    this.#left -= size
    if (this.#window === maxWindow && this.#left < maxWindow / 4) this.#openWindow(maxWindow)
    if (stream.inClosed) {
      stream.connection.log('info', `client sent DATA frame for half-closed stream ${stream.id}`)
      stream.terminate(errorCode.streamClosed)
      return false
    }
    // What ends too early is not handed on any more; its end says so.
    this.#tooShort = last >= 0 && this.#received + last < (stream.x?.body.length ?? 0)
    return !this.#skipping
  }

  data(buffer: Buffer, start: number, end: number): void {
    const { tunnel, x, webSocket } = this.#stream
    this.#received += end - start
    if (tunnel) {
      tunnel.feed(Buffer.from(buffer.subarray(start, end)))
      return
    }
    if (!x || this.#skipping || this.#tooShort) return
    const { body } = x
    if (body.length >= 0 && this.#received > body.length && !webSocket) {
      logError(x, 'info', 'client intended to send body data larger than declared')
      this.fail(x, 400)
      return
    }
    if (!body.wanted || this.#paused || this.#held.length > 0)
      this.#held.push(Buffer.from(buffer.subarray(start, end)))
    else this.#push(x, buffer, start, end)
  }

  #push(x: Exchange, buffer: Buffer, start: number, end: number): void {
    this.#pushing = true
    if (!x.body.push(buffer, start, end)) this.#paused = true
    this.#pushing = false
    x.body.received += end - start
  }

  /** The client has sent its last byte. */
  end(): void {
    const { x } = this.#stream
    if (this.#held.length === 0 && !this.#paused && x?.body.wanted) this.#finishBody(x)
  }

  /** All that came in one read has been handed in. */
  endOfRead(x: Exchange): void {
    if (x.body.whole) return
    x.body.flush()
    this.#refillWindow()
    if (this.#window > 0 && !this.#paused) this.#waitForMore(x)
  }

  // ---- who reads it ----

  resumeBody(): void {
    const { x } = this.#stream
    if (!x || x.finished) return
    this.#paused = false
    if (x.body.discarded) {
      // What still comes is not looked at; the stream is reset when the answer is out.
      this.drop()
      return
    }
    if (this.#window === 0) this.#askForBody(x)
    if (!this.#pushing) this.readNow()
    if (!x.body.whole && !this.#paused) this.#waitForMore(x)
    this.#refillWindow()
  }

  sendContinue(): void {
    // nginx sends no 100 over HTTP/2.
  }

  readNow(): void {
    const { x, inClosed } = this.#stream
    if (this.#pushing || !x) return
    const waited = this.#held.length > 0
    for (let piece = this.#held[0]; piece && !this.#paused && !x.body.discarded; piece = this.#held[0]) {
      this.#held.shift()
      this.#push(x, piece, 0, piece.length)
    }
    if (waited && !x.body.whole) x.body.flush()
    if (inClosed && this.#held.length === 0 && !this.#paused && !x.body.whole) this.#finishBody(x)
  }

  #waitForMore(x: Exchange): void {
    if (!this.#stream.inClosed) this.#stream.wait('body', x.settings.clientBodyTimeout)
  }

  #finishBody(x: Exchange): void {
    const { body } = x
    this.#stream.clearWait()
    if (body.whole) return
    if (body.length >= 0 && this.#received !== body.length && !body.discarded) {
      logError(
        x,
        'info',
        `client prematurely closed stream: only ${this.#received} out of ${body.length} bytes of request body received`,
      )
      this.fail(x, 400)
    } else body.finish()
  }

  fail(x: Exchange, status: number): void {
    this.drop()
    x.body.fail(status)
  }

  /** What is held, and what still comes, is nobody's any more. */
  drop(): void {
    this.#skipping = true
    this.#held = []
  }

  // ---- the window ----

  // A body that is gathered is taken as fast as it comes, one that is passed on as fast as it goes.
  #askForBody(x: Exchange): void {
    const { prereadSize } = this.#stream.connection.server.http2
    const { length, streaming } = x.body
    const buffer = x.settings.clientBodyBufferSize
    const wanted = length < 0 || length > buffer ? buffer : length + 1
    this.#window = streaming ? Math.min(Math.max(wanted, prereadSize), maxWindow) : maxWindow
    if (this.#stream.inClosed) return
    this.#openWindow(streaming ? this.#left + this.#window - prereadSize : this.#window)
  }

  /** Lets the client send until `window` bytes are on their way. */
  #openWindow(window: number): void {
    const increment = window - this.#left
    if (increment <= 0) return
    this.#left = window
    this.#stream.connection.output.windowUpdate(this.#stream.id, increment)
  }

  #refillWindow(): void {
    const { x, inClosed } = this.#stream
    if (!x?.body.streaming || this.#paused || inClosed || this.#held.length > 0) return
    this.#openWindow(this.#window)
  }

  // ---- a WebSocket ----

  /** What has come before there was a tunnel; from now on it has a window of its own. */
  becomeTunnel(): Buffer {
    const early = Buffer.concat(this.#held)
    this.#held = []
    if (!this.#stream.inClosed) this.#openWindow(tunnelWindow)
    return early
  }

  /** The tunnel has taken so many bytes. Half of the window at a time: small messages do not cost a frame each. */
  taken(bytes: number): void {
    this.#consumed += bytes
    if (this.#stream.inClosed || this.#consumed < tunnelWindow / 2) return
    this.#openWindow(this.#left + this.#consumed)
    this.#consumed = 0
  }
}
