/**
 * One stream of an HTTP/2 connection: the client's side of one exchange, from the head of the request to the end of the
 * answer. What comes on it is the matter of `http2-receiving`, what goes that of `http2-sending`.
 */
import type { TLSSocket } from 'node:tls'
import type { Answer } from '../request/answer.ts'
import type { ClientAddress, ClientSide, Tunnel } from '../request/client-side.ts'
import { endExchange } from '../request/end.ts'
import { logError } from '../request/error-log.ts'
import type { Exchange } from '../request/exchange.ts'
import { isBodyless } from '../request/finalize.ts'
import { limitOf } from '../request/pace.ts'
import { errorCode } from '../wire/http2-error.ts'
import { Deadline } from './deadline.ts'
import { answerBlock, interimBlock, trailerBlock } from './http2-answer.ts'
import type { Http2Connection } from './http2-connection.ts'
import { Receiving } from './http2-receiving.ts'
import { Sending } from './http2-sending.ts'
import { Http2Tunnel } from './http2-tunnel.ts'
import type { ProxyProtocol } from './proxy-protocol.ts'

export class Http2Stream implements ClientSide, ClientAddress {
  readonly protocol = 'h2'
  readonly id: number
  readonly connection: Http2Connection
  /** Requests on the connection, this one included. */
  readonly requests: number
  readonly receiving: Receiving
  readonly sending: Sending
  onDrain: (() => void) | undefined
  /** The client has sent its last byte. */
  inClosed: boolean
  /** The answer is out, or will never be. */
  outClosed = false
  /** Its exchange, once the head is whole. */
  x: Exchange | undefined
  /** A WebSocket is asked for. */
  webSocket = false
  /** Its WebSocket, once there is one. */
  tunnel: Http2Tunnel | undefined
  #bodyless = false
  #ending = false
  #deadline: Deadline | undefined
  #waitingFor: 'body' | 'send' = 'body'
  #timedOut = false

  constructor(
    connection: Http2Connection,
    id: number,
    requests: number,
    inClosed: boolean,
    sendWindow: number,
    receiveWindow: number,
  ) {
    this.connection = connection
    this.requests = requests
    this.id = id
    this.inClosed = inClosed
    this.receiving = new Receiving(this, receiveWindow)
    this.sending = new Sending(this, sendWindow)
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
    if (this.x && !this.x.finished) each(this.x)
  }

  /** The exchange of this stream is known; `run` starts it. */
  begin(x: Exchange, webSocket: boolean, run: () => void): void {
    this.x = x
    this.webSocket = webSocket
    run()
  }

  // ---- the request's body ----

  /** The client has sent its last byte. */
  dataEnd(): void {
    this.inClosed = true
    if (!this.tunnel) this.receiving.end()
    else {
      this.tunnel.ended()
      if (this.outClosed) this.connection.streamClosed(this)
    }
  }

  /** All that came in one read has been handed in. */
  endOfRead(): void {
    const { x } = this
    if (x && !x.finished && !this.tunnel) this.receiving.endOfRead(x)
  }

  // ---- the answer ----

  head(x: Exchange, answer: Answer): void {
    if (this.outClosed) return
    const { connection } = this
    const upgraded = answer.status === 101 && this.webSocket
    if (answer.status === 101 && !upgraded) refuseSwitch(x, answer)
    else if (this.webSocket && answer.status >= 200 && answer.status < 300) refuseSuccess(x, answer)
    this.#bodyless = isBodyless(x, answer) && !upgraded
    const end = this.#bodyless || (answer.contentLength === 0 && !answer.trailers && !upgraded)
    const block = answerBlock(x, answer, connection.clientSettings.takeTableUpdate(), upgraded)
    x.bytesSent += connection.sendHead(this.id, block, end)
    this.outClosed = end
    const limit = end || upgraded ? undefined : limitOf(x)
    if (limit) this.sending.limit(x, limit)
  }

  interim(x: Exchange, status: number, lines: string): void {
    if (this.outClosed || status === 100) return
    const { connection } = this
    const block = interimBlock(status, lines, connection.clientSettings.takeTableUpdate())
    x.bytesSent += connection.sendHead(this.id, block, false)
    connection.output.send()
  }

  write(x: Exchange, buffer: Buffer, start: number, end: number, stays = false): boolean {
    if (end <= start || this.#bodyless || this.outClosed) return !this.sending.waiting
    x.bodyBytesSent += end - start
    return this.sending.write(x, buffer, start, end, stays)
  }

  /** All that was written is on its way. */
  sent(x: Exchange): void {
    if (this.#ending) {
      if (this.tunnel) this.#finishTunnel()
      else this.#finish(x)
    } else if (this.tunnel) this.tunnel.drained()
    else {
      const run = this.onDrain
      this.onDrain = undefined
      run?.()
    }
  }

  flush(_x: Exchange): void {
    // Everything goes out at the end of the turn.
  }

  pending(): number {
    return this.sending.pending + this.connection.socket.writableLength
  }

  end(x: Exchange): void {
    this.#ending = true
    if (this.sending.pending === 0) this.#finish(x)
  }

  #finish(x: Exchange): void {
    if (!this.outClosed) {
      this.outClosed = true
      const { connection } = this
      const trailers = x.answer?.trailers?.() ?? []
      x.bytesSent +=
        trailers.length > 0
          ? connection.sendHead(
              this.id,
              trailerBlock(trailers, connection.clientSettings.takeTableUpdate()),
              true,
            )
          : this.sending.end()
    }
    this.#release()
    if (!this.inClosed) this.connection.output.reset(this.id, errorCode.noError)
    this.connection.streamClosed(this)
    x.complete = true
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

  /** The client has reset the stream; `told` is how nginx says so. */
  cancelled(told: string): void {
    const { x } = this
    if (!x || x.finished) this.connection.log('info', told)
    else {
      const { upstream } = x
      logError(x, 'info', upstream ? `${told} while ${upstream.doing}` : told)
    }
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
    const { x } = this
    // Unlike nginx, a stream whose head never came has no line in the log.
    if (!x || x.finished) return
    if (!x.body.whole && x.body.wanted && !x.body.discarded) breakBody(x)
    x.onAbort?.()
    if (x.finished) return
    if (!x.headSent) x.status ||= 499
    endExchange(x)
  }

  #release(): void {
    this.#deadline?.dispose()
    this.#deadline = undefined
    this.sending.drop()
    this.receiving.drop()
  }

  // ---- a WebSocket ----

  upgrade(x: Exchange): Tunnel | undefined {
    if (!this.webSocket || this.outClosed) return undefined
    this.clearWait()
    this.tunnel = new Http2Tunnel(this.receiving.becomeTunnel(), {
      write: (buffer) => this.write(x, buffer, 0, buffer.length),
      end: () => {
        this.#ending = true
        if (this.sending.pending === 0) this.#finishTunnel()
      },
      destroy: () => this.#destroyTunnel(),
      consumed: (bytes) => this.receiving.taken(bytes),
    })
    if (this.inClosed) queueMicrotask(() => this.tunnel?.ended())
    return this.tunnel
  }

  #finishTunnel(): void {
    if (this.outClosed) return
    this.outClosed = true
    this.sending.end()
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

  /** Waits for so long for the client to send (`body`) or to take (`send`) something. */
  wait(what: 'body' | 'send', ms: number): void {
    if (what === 'body' && this.sending.waiting) return
    this.#waitingFor = what
    this.#deadline ??= new Deadline(this.connection.listener.cycle.clock, () => this.#expired())
    this.#deadline.set(ms)
  }

  /** Waits no more, for this alone or for anything. */
  clearWait(what = this.#waitingFor): void {
    if (what === this.#waitingFor) this.#deadline?.clear()
  }

  #expired(): void {
    const { x } = this
    if (!x || x.finished) return
    this.#timedOut = true
    if (this.tunnel) return
    if (this.#waitingFor === 'body') {
      logError(x, 'info', 'client timed out (110: Connection timed out) while reading client request body')
      this.receiving.fail(x, 408)
      return
    }
    logError(x, 'info', 'client timed out (110: Connection timed out) while sending response to client')
    x.status = 408
    x.onAbort?.()
    if (!x.finished) this.abort(x)
  }
}

/** As nginx: a body that is gathered breaks off with the client, one that is handed on is a bad request. */
function breakBody(x: Exchange): void {
  x.clientGone = true
  if (x.body.streaming) x.body.fail(400)
  else {
    logError(x, 'info', 'client prematurely closed stream')
    x.body.fail(499)
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

/** Unlike nginx, 101 is not sent to who has not asked for a WebSocket: HTTP/2 does not know it (RFC 9113 §8.6). */
function refuseSwitch(x: Exchange, answer: Answer): void {
  logError(x, 'error', '101 over HTTP/2 is sent as 502 while reading response header from upstream')
  answer.status = 502
  answer.reason = undefined
  answer.contentLength = 0
}
