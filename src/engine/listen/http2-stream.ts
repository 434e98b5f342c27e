/**
 * One stream of an HTTP/2 connection: the client's side of one exchange. What it sends is limited by the
 * windows of the stream and the connection; what it receives is held until somebody asks for it
 * (ngx_http_v2_filter_module.c, ngx_http_v2_read_request_body).
 */
import type { TLSSocket } from 'node:tls'
import type { Answer } from '../request/answer.ts'
import { RequestBody } from '../request/body.ts'
import type { ClientAddress, ClientSide, Tunnel } from '../request/client-side.ts'
import { endExchange } from '../request/end.ts'
import { logError } from '../request/error-log.ts'
import type { Exchange } from '../request/exchange.ts'
import { isBodyless } from '../request/finalize.ts'
import { limitOf, Pace } from '../request/pace.ts'
import { errorCode } from '../wire/http2-error.ts'
import { defaultWindow, maxWindow } from '../wire/http2-frames.ts'
import { Deadline } from './deadline.ts'
import { answerBlock, interimBlock, trailerBlock } from './http2-answer.ts'
import type { Http2Connection } from './http2-connection.ts'
import type { LastFrame } from './http2-output.ts'
import { Http2Tunnel } from './http2-tunnel.ts'
import type { ProxyProtocol } from './proxy-protocol.ts'

const defaultChunkSize = 8192
/** What a client may send ahead on a WebSocket, whatever it may of a body. */
const tunnelWindow = defaultWindow

export class Http2Stream implements ClientSide, ClientAddress {
  readonly protocol = 'h2'
  readonly id: number
  readonly connection: Http2Connection
  /** Requests on the connection, this one included. */
  readonly requests: number
  onDrain: (() => void) | undefined
  /** May go below zero when the client makes its windows smaller. */
  sendWindow: number
  receiveWindow: number
  /** The client has sent its last byte. */
  inClosed: boolean
  /** The answer is out, or will never be. */
  outClosed = false
  /** Waits for a window or for the socket. */
  waiting = false
  /** Its WebSocket, once there is one. */
  tunnel: Http2Tunnel | undefined
  #x: Exchange | undefined
  #webSocket = false
  /** Bytes the tunnel has taken and the client has not been told of. */
  #consumed = 0
  // The request's body.
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
  // The answer.
  #bodyless = false
  #ending = false
  #queue: Buffer[] = []
  #queued = 0
  #pace: Pace | undefined
  readonly #last: LastFrame = { buffer: undefined, fill: 0, at: 0, size: 0 }
  #deadline: Deadline | undefined
  #waitingFor: 'body' | 'send' = 'body'
  #timedOut = false

  constructor(
    connection: Http2Connection,
    id: number,
    requests: number,
    inClosed: boolean,
    sendWindow: number,
    window: number,
  ) {
    this.connection = connection
    this.requests = requests
    this.id = id
    this.inClosed = inClosed
    this.sendWindow = sendWindow
    this.receiveWindow = window
  }

  // ---- the address, which is the connection's ----

  get remoteAddress(): string {
    return this.connection.remoteAddress
  }

  get remotePort(): number {
    return this.connection.remotePort
  }

  get localAddress(): string {
    return this.connection.localAddress
  }

  get localPort(): number {
    return this.connection.localPort
  }

  get serverPort(): number {
    return this.connection.serverPort
  }

  get ssl(): TLSSocket | undefined {
    return this.connection.ssl
  }

  get sni(): string {
    return this.connection.sni
  }

  get serial(): number {
    return this.connection.serial
  }

  get startedMono(): number {
    return this.connection.startedMono
  }

  get proxyProtocol(): ProxyProtocol | undefined {
    return this.connection.proxyProtocol
  }

  running(each: (x: Exchange) => void): void {
    if (this.#x && !this.#x.finished) each(this.#x)
  }

  /** The exchange of this stream is known; `run` starts it. */
  begin(x: Exchange, webSocket: boolean, run: () => void): void {
    this.#x = x
    this.#webSocket = webSocket
    run()
  }

  // ---- the request's body ----

  /** A body of a length, of none, or of a length that is not told. */
  makeBody(kind: 'none' | 'length' | 'chunked', length: number): RequestBody {
    const body = new RequestBody(this.#source, kind, length, false)
    // A length of 0 on a stream that goes on: its end shows whether it is kept.
    if (kind === 'length' && !this.inClosed) body.whole = false
    return body
  }

  readonly #source = {
    resumeBody: (): void => this.resumeBody(),
    pauseBody: (): void => this.pauseBody(),
    readNow: (): void => this.#readNow(),
    // nginx sends no 100 over HTTP/2.
    sendContinue: (): void => undefined,
  }

  /** A DATA frame costs so much and, where it ends the stream, brings `last` bytes; false: it is skipped. */
  accepts(size: number, last: number): boolean {
    if (size > this.receiveWindow) {
      this.connection.log(
        'info',
        `client violated flow control for stream ${this.id}: received DATA frame length ${size}, available window ${this.receiveWindow}`,
      )
      this.terminate(errorCode.flowControlError)
      return false
    }
    this.receiveWindow -= size
    if (this.#window === maxWindow && this.receiveWindow < maxWindow / 4) this.#openWindow(maxWindow)
    if (this.inClosed) {
      this.connection.log('info', `client sent DATA frame for half-closed stream ${this.id}`)
      this.terminate(errorCode.streamClosed)
      return false
    }
    // What ends too early is not handed on any more; its end says so.
    this.#tooShort = last >= 0 && this.#received + last < (this.#x?.body.length ?? 0)
    return !this.#skipping
  }

  data(buffer: Buffer, start: number, end: number): void {
    this.#received += end - start
    if (this.tunnel) {
      this.tunnel.feed(Buffer.from(buffer.subarray(start, end)))
      return
    }
    const x = this.#x
    if (!x || this.#skipping || this.#tooShort) return
    const { body } = x
    if (body.length >= 0 && this.#received > body.length && !this.#webSocket) {
      logError(x, 'info', 'client intended to send body data larger than declared')
      this.#fail(400)
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
  dataEnd(): void {
    this.inClosed = true
    if (this.tunnel) {
      this.tunnel.ended()
      if (this.outClosed) this.connection.streamClosed(this)
    } else if (this.#held.length === 0 && !this.#paused && this.#x?.body.wanted) this.#finishBody(this.#x)
  }

  /** All that came in one read has been handed in. */
  endOfRead(): void {
    const x = this.#x
    if (!x || x.finished || this.tunnel) return
    if (!x.body.whole) {
      x.body.flush()
      this.#refillWindow()
      if (this.#window > 0 && !this.#paused && !this.inClosed)
        this.#wait('body', x.settings.clientBodyTimeout)
    }
  }

  resumeBody(): void {
    const x = this.#x
    if (!x || x.finished) return
    this.#paused = false
    if (x.body.discarded) {
      // What still comes is not looked at; the stream is reset when the answer is out.
      this.#held = []
      this.#skipping = true
      return
    }
    if (this.#window === 0) this.#askForBody(x)
    if (!this.#pushing) this.#readNow()
    if (!x.body.whole && !this.inClosed && !this.#paused) this.#wait('body', x.settings.clientBodyTimeout)
    this.#refillWindow()
  }

  pauseBody(): void {
    this.#paused = true
  }

  // A body that is gathered is taken as fast as it comes, one that is passed on as fast as it goes.
  #askForBody(x: Exchange): void {
    const { prereadSize } = this.connection.server.http2
    const { length, streaming } = x.body
    const buffer = x.settings.clientBodyBufferSize
    const wanted = length < 0 || length > buffer ? buffer : length + 1
    this.#window = streaming ? Math.min(Math.max(wanted, prereadSize), maxWindow) : maxWindow
    if (this.inClosed) return
    this.#openWindow(streaming ? this.receiveWindow + this.#window - prereadSize : this.#window)
  }

  /** Lets the client send until `window` bytes are on their way. */
  #openWindow(window: number): void {
    const increment = window - this.receiveWindow
    if (increment <= 0) return
    this.receiveWindow = window
    this.connection.output.windowUpdate(this.id, increment)
  }

  #refillWindow(): void {
    const x = this.#x
    if (!x?.body.streaming || this.#paused || this.inClosed || this.#held.length > 0) return
    this.#openWindow(this.#window)
  }

  #readNow(): void {
    const x = this.#x
    if (!x || this.#pushing) return
    while (this.#held.length > 0 && !this.#paused && !x.body.discarded) {
      const piece = this.#held.shift()
      if (piece) this.#push(x, piece, 0, piece.length)
    }
    if (this.inClosed && this.#held.length === 0 && !this.#paused && !x.body.whole) this.#finishBody(x)
  }

  #finishBody(x: Exchange): void {
    const { body } = x
    this.#deadline?.clear()
    if (body.whole) return
    if (body.length >= 0 && this.#received !== body.length && !body.discarded) {
      logError(
        x,
        'info',
        `client prematurely closed stream: only ${this.#received} out of ${body.length} bytes of request body received`,
      )
      this.#fail(400)
    } else body.finish()
  }

  #fail(status: number): void {
    this.#skipping = true
    this.#held = []
    this.#x?.body.fail(status)
  }

  // ---- the answer ----

  head(x: Exchange, answer: Answer): void {
    if (this.outClosed) return
    const { connection } = this
    const upgraded = answer.status === 101 && this.#webSocket
    if (this.#webSocket && answer.status >= 200 && answer.status < 300) refuseSuccess(x, answer)
    this.#bodyless = isBodyless(x, answer) && !upgraded
    const end = this.#bodyless || (answer.contentLength === 0 && !answer.trailers && !upgraded)
    const block = answerBlock(x, answer, connection.takeTableUpdate(), upgraded)
    x.bytesSent += connection.sendHead(this.id, block, end)
    this.outClosed = end
    const limit = end || upgraded ? undefined : limitOf(x)
    if (limit) this.#pace = this.#paced(x, limit)
  }

  // `limit_rate`: the body of each stream goes through one of its own.
  #paced(x: Exchange, limit: { rate: number; after: number }): Pace {
    return new Pace({
      ...limit,
      clock: x.cycle.clock,
      startedAt: x.startedAt,
      send: (piece) => this.#write(x, piece, 0, piece.length, true),
      ready: () => this.#ready(x),
    })
  }

  interim(x: Exchange, status: number, lines: string): void {
    if (this.outClosed || status === 100) return
    const { connection } = this
    x.bytesSent += connection.sendHead(
      this.id,
      interimBlock(status, lines, connection.takeTableUpdate()),
      false,
    )
    connection.output.send()
  }

  write(x: Exchange, buffer: Buffer, start: number, end: number, stays = false): boolean {
    if (end <= start || this.#bodyless || this.outClosed) return !this.waiting
    x.bodyBytesSent += end - start
    if (!this.#pace) return this.#write(x, buffer, start, end, stays)
    const piece = buffer.subarray(start, end)
    return this.#pace.push(stays ? piece : Buffer.from(piece))
  }

  #write(x: Exchange, buffer: Buffer, start: number, end: number, stays: boolean): boolean {
    const sent = this.waiting ? start : this.#send(x, buffer, start, end)
    if (sent < end) {
      const rest = buffer.subarray(sent, end)
      this.#queue.push(stays ? rest : Buffer.from(rest))
      this.#queued += end - sent
    }
    // A full socket is waited for before the next piece, not with this one.
    if (!this.waiting && (sent < end || this.connection.output.blocked)) this.#waitToSend(x)
    return !this.waiting
  }

  /** Sends as much as the windows allow; up to where. */
  #send(x: Exchange, buffer: Buffer, start: number, end: number): number {
    const { connection } = this
    const most = Math.min(x.settings.fields.http2ChunkSize ?? defaultChunkSize, connection.frameSize)
    let at = start
    while (at < end) {
      const room = most - (this.#last.size % most)
      const size = Math.min(end - at, room, this.sendWindow, connection.sendWindow)
      if (size <= 0) break
      x.bytesSent += size + connection.output.data(this.id, buffer, at, at + size, most, this.#last)
      connection.sendWindow -= size
      connection.payload += size
      this.sendWindow -= size
      at += size
    }
    return at
  }

  #waitToSend(x: Exchange): void {
    this.waiting = true
    this.connection.waits(this)
    this.#wait('send', x.settings.sendTimeout)
  }

  /** A window has opened or the socket takes more: goes on; true if it has to wait again. */
  goOn(): boolean {
    const x = this.#x
    if (!x || this.outClosed) return false
    while (this.#queue.length > 0) {
      if (this.connection.output.blocked) return true
      const piece = this.#queue[0] ?? Buffer.alloc(0)
      const sent = this.#send(x, piece, 0, piece.length)
      this.#queued -= sent
      if (sent < piece.length) {
        this.#queue[0] = piece.subarray(sent)
        if (sent > 0) this.#wait('send', x.settings.sendTimeout)
        return true
      }
      this.#queue.shift()
    }
    if (this.connection.output.blocked) return true
    this.waiting = false
    if (this.#waitingFor === 'send') this.#deadline?.clear()
    if (this.tunnel) this.#tunnelDrained(this.tunnel)
    else if (!this.#pace || this.#pace.drained()) this.#ready(x)
    return this.waiting
  }

  /** All that was written is on its way. */
  #ready(x: Exchange): void {
    if (this.#ending) {
      this.#finish(x)
      return
    }
    const run = this.onDrain
    this.onDrain = undefined
    run?.()
  }

  flush(_x: Exchange): void {
    // Everything goes out at the end of the turn.
  }

  end(x: Exchange): void {
    this.#ending = true
    if (this.#queue.length === 0 && !this.#pace?.pending) this.#finish(x)
  }

  #finish(x: Exchange): void {
    if (!this.outClosed) {
      this.outClosed = true
      const { connection } = this
      const trailers = x.answer?.trailers?.() ?? []
      if (trailers.length > 0)
        x.bytesSent += connection.sendHead(
          this.id,
          trailerBlock(trailers, connection.takeTableUpdate()),
          true,
        )
      else x.bytesSent += connection.output.end(this.id, this.#last)
    }
    this.#close(x)
  }

  /** The exchange is over and the answer is out. */
  #close(x: Exchange): void {
    this.#release()
    if (!this.inClosed) this.connection.output.reset(this.id, errorCode.noError)
    this.connection.streamClosed(this)
    endExchange(x)
  }

  abort(x: Exchange): void {
    // As nginx: what is late, and what `return 444` drops, has violated the protocol.
    const late = this.#timedOut || x.status === 408 || x.status === 444
    if (!this.outClosed)
      this.connection.output.reset(this.id, late ? errorCode.protocolError : errorCode.internalError)
    this.outClosed = true
    this.#release()
    this.connection.streamClosed(this)
    endExchange(x)
  }

  /** Ends the stream from this side for what the client did wrong. */
  terminate(code: number): void {
    if (this.outClosed && this.inClosed) return
    this.connection.output.reset(this.id, code)
    this.gone()
  }

  /** The client has reset the stream, or the connection is gone. */
  gone(): void {
    this.inClosed = true
    this.outClosed = true
    this.#release()
    this.connection.streamClosed(this)
    if (this.tunnel) {
      this.tunnel.closed()
      return
    }
    const x = this.#x
    if (!x || x.finished) return
    if (!x.body.whole && x.body.wanted && !x.body.discarded) x.body.fail(499)
    x.onAbort?.()
    if (x.finished) return
    if (!x.headSent) x.status ||= 499
    endExchange(x)
  }

  #release(): void {
    this.#deadline?.dispose()
    this.#deadline = undefined
    this.#pace?.dispose()
    this.#queue = []
    this.#held = []
    this.waiting = false
    this.#skipping = true
  }

  pending(): number {
    return this.#queued + (this.#pace?.pending ?? 0) + this.connection.socket.writableLength
  }

  upgrade(x: Exchange): Tunnel | undefined {
    if (!this.#webSocket || this.outClosed) return undefined
    this.#deadline?.clear()
    const early = Buffer.concat(this.#held)
    this.#held = []
    this.tunnel = new Http2Tunnel(early, {
      write: (buffer) => this.write(x, buffer, 0, buffer.length),
      end: () => {
        this.#ending = true
        if (this.#queue.length === 0) this.#finishTunnel()
      },
      destroy: () => this.#destroyTunnel(),
      consumed: (bytes) => this.#refillTunnel(bytes),
    })
    if (this.inClosed) queueMicrotask(() => this.tunnel?.ended())
    else this.#openWindow(tunnelWindow)
    return this.tunnel
  }

  // Half of the window at a time: small messages do not cost a frame each.
  #refillTunnel(bytes: number): void {
    this.#consumed += bytes
    if (this.inClosed || this.#consumed < tunnelWindow / 2) return
    this.#openWindow(this.receiveWindow + this.#consumed)
    this.#consumed = 0
  }

  #tunnelDrained(tunnel: Http2Tunnel): void {
    if (this.#ending) this.#finishTunnel()
    else tunnel.drained()
  }

  #finishTunnel(): void {
    if (this.outClosed) return
    this.outClosed = true
    this.connection.output.end(this.id, this.#last)
    if (!this.inClosed) return
    this.#release()
    this.connection.streamClosed(this)
  }

  /** What is not over by now is cut off; a client that has been told the end need only stop talking. */
  #destroyTunnel(): void {
    if (!this.outClosed) this.connection.output.reset(this.id, errorCode.cancel)
    else if (!this.inClosed) this.connection.output.reset(this.id, errorCode.noError)
    this.outClosed = true
    this.inClosed = true
    this.#release()
    this.connection.streamClosed(this)
  }

  // ---- time ----

  #wait(what: 'body' | 'send', ms: number): void {
    if (what === 'body' && this.waiting) return
    this.#waitingFor = what
    this.#deadline ??= new Deadline(this.connection.listener.cycle.clock, () => this.#expired())
    this.#deadline.set(ms)
  }

  #expired(): void {
    const x = this.#x
    if (!x || x.finished) return
    this.#timedOut = true
    if (this.tunnel) return
    if (this.#waitingFor === 'body') {
      logError(x, 'info', 'client timed out (110: Connection timed out) while reading client request body')
      this.#fail(408)
      return
    }
    logError(x, 'info', 'client timed out (110: Connection timed out) while sending response to client')
    x.status = 408
    x.onAbort?.()
    if (!x.finished) this.abort(x)
  }
}

/**
 * Unlike over HTTP/1.1, where 101 alone opens a WebSocket, any 2xx would tell an HTTP/2 client that it is open
 * (RFC 8441 §4): an upstream that has not switched has not opened it.
 */
function refuseSuccess(x: Exchange, answer: Answer): void {
  logError(x, 'error', `${answer.status} instead of 101 for a WebSocket over HTTP/2 is sent as 502`)
  answer.status = 502
  answer.reason = undefined
}
