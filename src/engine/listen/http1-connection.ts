/**
 * One HTTP/1 connection of a client: heads are read one after the other, answers go out in order, and
 * nothing is read that nobody asked for (ngx_http_request.c).
 */
import type { Socket } from 'node:net'
import type { TLSSocket } from 'node:tls'
import type { Activity } from '../cycle/settings.ts'
import { endExchange } from '../request/end.ts'
import type { Answer } from '../request/answer.ts'
import type { ClientAddress, ClientSide, Tunnel } from '../request/client-side.ts'
import type { Exchange } from '../request/exchange.ts'
import { systemError } from '../request/system-error.ts'
import { Deadline } from './deadline.ts'
import { Http1Body, type BodyOwner } from './http1-body.ts'
import { Http1Heads } from './http1-heads.ts'
import { Http1Output, type OutputOwner } from './http1-output.ts'
import type { Listener } from './listener.ts'
import { plainAddress } from './plain-address.ts'
import { Reading } from './reading.ts'
import { readSecured, readShared } from './transport.ts'
import { tunnelOf } from './tunnel.ts'
import { Unread } from './unread.ts'

// As long as nginx waits before it accepts again (accept_mutex_delay).
const leastIdleMs = 500

type Waiting = 'first byte' | 'head' | 'keepalive' | 'body' | 'send' | 'linger'
type State = 'head' | 'exchange' | 'lingering' | 'tunnel' | 'closed'

// How much may be waiting behind a running exchange before reading stops.
const readAheadLimit = 65_536

export class Http1Connection implements ClientSide, ClientAddress, OutputOwner, BodyOwner {
  readonly protocol = 'http/1'
  readonly socket: Socket
  readonly ssl: TLSSocket | undefined
  readonly listener: Listener
  readonly serial: number
  readonly startedMono: number
  readonly remoteAddress: string
  readonly remotePort: number
  readonly localAddress: string
  readonly localPort: number
  readonly serverPort: number
  proxyProtocol: { address: string; port: number; serverAddress: string; serverPort: number } | undefined
  /** The name asked for by SNI. */
  sni = ''
  requests = 0
  onDrain: (() => void) | undefined
  /** Plain HTTP came to a TLS port: every request gets nginx's 497. */
  readonly plainOnTls: boolean

  #state: State = 'head'
  #exchange: Exchange | undefined
  #processing = false
  readonly #reading: Reading
  inputEnded = false
  readonly #deadline: Deadline
  readonly #out = new Http1Output(this)
  readonly #unread = new Unread()
  readonly #body = new Http1Body(this, this.#unread)
  readonly #heads: Http1Heads
  /** What the deadline is for. */
  #waitingFor: Waiting = 'first byte'
  #lingerUntil = 0
  /** What broke the connection, in the system's words. */
  #error: string | undefined
  #tunnel:
    | (Tunnel & { feed(buffer: Buffer): void; ended(): void; closed(error?: string): void; drained(): void })
    | undefined

  constructor(listener: Listener, socket: Socket, ssl: TLSSocket | undefined, plainOnTls: boolean) {
    this.listener = listener
    // Plain HTTP on a TLS port has been read from before it came here.
    this.socket = ssl ? socket : readShared(socket, (piece) => this.#read(piece))
    if (ssl) readSecured(ssl, (piece) => this.#read(piece))
    this.#reading = new Reading(this.socket)
    this.ssl = ssl
    this.plainOnTls = plainOnTls
    const { clock } = listener.cycle
    this.serial = listener.nextSerial()
    this.startedMono = clock.monotonic()
    this.#heads = new Http1Heads(this, this.#unread, this.#body)
    this.remoteAddress = plainAddress(this.socket.remoteAddress)
    this.remotePort = this.socket.remotePort ?? 0
    this.localAddress = plainAddress(this.socket.localAddress)
    this.localPort = this.socket.localPort ?? 0
    this.serverPort = listener.settings.port ?? 0
    this.#deadline = new Deadline(clock, () => this.#expired())
    const server = listener.settings.virtual.default
    this.#wait('first byte', server.clientHeaderTimeout)
    this.socket.on('end', () => this.#readEnd())
    this.socket.on('drain', () => this.#drained())
    // 'close' follows and says all there is to do.
    this.socket.on('error', (error) => (this.#error = systemError(error)))
    this.socket.on('close', () => this.#closed())
  }

  /** No further request on this connection: after the running one, or now if it is idle. */
  retire(): void {
    if (
      this.#state === 'head' &&
      this.requests > 0 &&
      this.#unread.size === 0 &&
      this.#waitingFor === 'keepalive'
    )
      this.#close()
    else if (this.#exchange) this.#exchange.keepalive = false
  }

  /** Ends it if nothing of a request has come for a while: what was sent at once may not have been read yet. */
  drop(): boolean {
    if (this.#state !== 'head' || this.#unread.size > 0) return false
    if (this.listener.cycle.clock.monotonic() - this.#heads.startedAt < leastIdleMs) return false
    this.#close()
    return true
  }

  /** Waits for the next request, or for the first. */
  get idle(): boolean {
    return this.#state === 'head'
  }

  running(each: (x: Exchange) => void): void {
    if (this.#exchange && !this.#exchange.finished) each(this.#exchange)
  }

  count(activity: Activity): void {
    if (this.#state !== 'head') activity.writing++
    else if (this.#unread.size > 0) activity.reading++
    else activity.waiting++
  }

  destroy(): void {
    this.socket.destroy()
  }

  #wait(what: Waiting, ms: number): void {
    this.#waitingFor = what
    this.#deadline.set(ms)
  }

  #expired(): void {
    const x = this.#exchange
    switch (this.#waitingFor) {
      case 'first byte':
      case 'head':
        this.#headTimedOut()
        return
      case 'keepalive':
        this.#close()
        return
      case 'body':
        if (x) {
          x.keepalive = false
          if (x.body.discarded) this.#destroyTimedOut()
          else x.body.fail(408)
        } else this.#destroyTimedOut()
        return
      case 'send':
        if (x) {
          x.error ??= 'client timed out'
          x.status = 408
        }
        this.#destroyTimedOut()
        return
      case 'linger':
        this.socket.destroy()
    }
  }

  #headTimedOut(): void {
    const { cycle, settings } = this.listener
    const told = 'client timed out (110: Connection timed out)'
    if (this.#unread.size === 0) {
      const { errorLogs } = settings.virtual.default.root
      const line = `${told} while reading client request line, client: ${this.remoteAddress}`
      cycle.log(errorLogs, 'info', line)
    } else this.#heads.missing(408, told)
    this.#destroyTimedOut()
  }

  /** The client has sent its last byte: if that was in the middle of a head, it is logged with 400. */
  #cutOff(): void {
    if (this.#unread.size > 0) this.#heads.missing(400, 'client prematurely closed connection')
    this.#close()
  }

  #destroyTimedOut(): void {
    const settings = this.#exchange?.settings ?? this.listener.settings.virtual.default.root
    if (settings.resetTimedout && !this.ssl) this.socket.resetAndDestroy()
    else this.socket.destroy()
  }

  #read(chunk: Buffer): void {
    if (this.#state === 'tunnel') {
      this.#tunnel?.feed(chunk)
      return
    }
    if (this.#state === 'lingering') {
      const { lingering } = this.listener.settings.virtual.default.root
      this.#deadline.set(
        Math.max(1, Math.min(lingering.timeout, this.#lingerUntil - this.listener.cycle.clock.monotonic())),
      )
      return
    }
    this.#unread.add(chunk)
    this.#process()
    this.#unread.keep()
    this.#reading.share(chunk.length)
  }

  #process(): void {
    if (this.#processing) return
    this.#processing = true
    while (this.#step());
    this.#processing = false
    if (this.#state === 'exchange' && this.#unread.size > readAheadLimit) this.#reading.pause()
    if (this.inputEnded && this.#state === 'head') this.#cutOff()
  }

  /** One head, or what there is of a body; true: there may be more to do. */
  #step(): boolean {
    if (this.#state === 'head') return this.#unread.size > 0 && this.#readHead()
    if (this.#state === 'exchange' && this.#exchange) return this.#body.read(this.#exchange)
    return false
  }

  #readHead(): boolean {
    const { clock } = this.listener.cycle
    if (this.#waitingFor === 'keepalive') {
      this.#heads.startedAt = clock.monotonic()
      this.#wait('head', this.listener.settings.virtual.default.clientHeaderTimeout)
    } else if (this.#waitingFor === 'first byte') {
      this.#heads.startedAt = clock.monotonic()
      this.#waitingFor = 'head'
    }
    const x = this.#heads.read()
    if (!x) return false
    this.#deadline.clear()
    this.requests++
    this.#state = 'exchange'
    this.#exchange = x
    this.#out.begin()
    this.#heads.run(x)
    return true
  }

  #readEnd(): void {
    this.inputEnded = true
    if (this.#state === 'tunnel') this.#tunnel?.ended()
    else if (this.#state === 'lingering' || this.#state === 'closed') this.socket.destroy()
    else if (this.#state === 'head') this.#cutOff()
    else if (this.#exchange && !this.#exchange.body.whole && this.#exchange.body.wanted) this.#process()
    else this.#exchange?.onAbort?.()
  }

  // ---- the answer ----

  head(x: Exchange, answer: Answer): void {
    // Told in time, so that no client sends another request into a closing connection.
    if (x.cycle.retired || this.listener.closing) x.keepalive = false
    this.#out.head(x, answer)
  }

  interim(x: Exchange, status: number, lines: string): void {
    this.#out.interim(x, status, lines)
  }

  write(x: Exchange, buffer: Buffer, start: number, end: number): boolean {
    return this.#out.write(x, buffer, start, end)
  }

  flush(x: Exchange): void {
    this.#out.flush(x)
  }

  end(x: Exchange): void {
    this.#out.end(x)
  }

  waitToSend(ms: number): void {
    this.#wait('send', ms)
  }

  taken(): void {
    if (this.#waitingFor === 'send') this.#deadline.clear()
  }

  get answering(): Exchange | undefined {
    return this.#exchange
  }

  // ---- the body of a request ----

  get answer(): { ended: boolean; stuck: boolean } {
    return { ended: this.#out.ended, stuck: this.#waitingFor === 'send' && this.#out.blocked }
  }

  waitForBody(ms: number): void {
    this.#wait('body', ms)
  }

  bodyNotAwaited(): void {
    if (this.#waitingFor === 'body') this.#deadline.clear()
  }

  readOn(): void {
    this.#reading.resume()
    // Not inside the reader's own loop: it looks again by itself.
    if (!this.#processing && this.#state === 'exchange') this.#process()
  }

  answered(x: Exchange): void {
    if (x.finished) return
    // As nginx, a connection that is to be closed is closed when what was begun behind the answer is over.
    // Unlike nginx, one that is kept takes its next request at once.
    if (x.behind > 0 && (!x.keepalive || x.mirrored)) {
      x.onAlone = () => this.answered(x)
      return
    }
    x.complete = true
    endExchange(x)
    if (this.#exchange !== x) return
    if (!x.body.whole) {
      x.body.discard()
      if (x.body.halfRead) x.keepalive = false
      if (x.keepalive) this.#wait('body', x.settings.lingering.timeout)
    }
    if (!this.#processing) this.#process()
  }

  /** After the answer and the body: the next request, or the end. */
  settle(x: Exchange): boolean {
    if (!x.finished || this.#state !== 'exchange') return false
    if (x.keepalive && !x.body.whole) return false
    this.#exchange = undefined
    this.#out.blocked = false
    const { keepalive } = x.settings
    if (!x.keepalive || this.listener.closing) {
      if (x.body.whole ? x.settings.lingering.when === 'always' : x.settings.lingering.when !== 'off')
        this.#linger(x)
      else this.#close()
      return false
    }
    this.#state = 'head'
    this.#heads.startedAt = this.listener.cycle.clock.monotonic()
    this.#reading.resume()
    if (this.#unread.size === 0) {
      this.#unread.clear()
      this.#heads.pipelined = false
      this.#wait('keepalive', keepalive.timeout)
      return false
    }
    this.#heads.pipelined = true
    this.#wait('head', x.server.clientHeaderTimeout)
    return true
  }

  abort(x: Exchange): void {
    if (!x.finished) {
      this.#out.flushNow(x)
      x.keepalive = false
      endExchange(x)
    }
    if (this.#exchange === x) {
      this.#exchange = undefined
      this.#close(true)
    }
  }

  pending(): number {
    return this.#out.pending()
  }

  #drained(): void {
    if (this.#state === 'tunnel') this.#tunnel?.drained()
    else this.#out.drained()
  }

  upgrade(x: Exchange): Tunnel | undefined {
    this.#out.flushNow(x)
    this.#deadline.clear()
    this.#state = 'tunnel'
    const early = Buffer.from(this.#unread.rest())
    this.#unread.clear()
    this.#tunnel = tunnelOf(this.socket, early, (bytes) => {
      x.bytesSent += bytes
      x.bodyBytesSent += bytes
    })
    this.#reading.resume()
    if (this.inputEnded) queueMicrotask(() => this.#tunnel?.ended())
    return this.#tunnel
  }

  // ---- the end ----

  #close(cutOff = false): void {
    if (this.#state === 'closed') return
    this.#state = 'closed'
    // Unlike nginx, whose kernel has all that was written, this waits for a client that takes nothing at present.
    if (this.socket.writableLength > 0)
      this.#wait('linger', this.listener.settings.virtual.default.root.sendTimeout)
    else this.#deadline.dispose()
    // Unlike nginx: without the end of TLS, who waits for the end of the connection sees that this is not it.
    if (cutOff && this.ssl && this.#out.endsWithConnection) this.socket.destroy()
    else this.socket.destroySoon()
  }

  // Closing a socket with unread bytes resets it, and the client may lose the answer: read on for a while
  // (ngx_http_set_lingering_close).
  #linger(x: Exchange): void {
    this.#state = 'lingering'
    const { lingering } = x.settings
    this.#lingerUntil = this.listener.cycle.clock.monotonic() + lingering.time
    this.#reading.resume()
    this.socket.end()
    if (this.inputEnded) this.socket.destroy()
    else this.#wait('linger', lingering.timeout)
  }

  // nginx does not hear of a reset through TLS.
  #broke(error: string): string {
    return this.ssl ? 'client prematurely closed connection' : `recv() failed (${error})`
  }

  #closed(): void {
    const error = this.#error
    if (this.#state === 'head' && error !== undefined && this.#unread.size > 0)
      this.#heads.missing(400, this.#broke(error))
    this.#state = this.#state === 'tunnel' ? 'tunnel' : 'closed'
    this.#deadline.dispose()
    this.listener.connectionClosed(this)
    if (this.#tunnel) {
      this.#tunnel.closed(this.ssl ? undefined : error)
      return
    }
    const x = this.#exchange
    if (!x || x.finished) return
    x.keepalive = false
    if (!x.body.whole && x.body.wanted && !x.body.discarded) this.#body.broken(x, error && this.#broke(error))
    x.onAbort?.(error)
    if (!x.finished) {
      if (!x.headSent) x.status ||= 499
      endExchange(x)
    }
    this.#exchange = undefined
  }
}
