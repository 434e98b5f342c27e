/**
 * One HTTP/2 connection of a client (ngx_http_v2.c). Unlike nginx, priorities are read and not followed:
 * RFC 9113 has done away with them.
 */
import type { Socket } from 'node:net'
import type { TLSSocket } from 'node:tls'
import type { ServerSettings } from '../cycle/settings.ts'
import type { LogSeverity } from '../../status/log-entry.ts'
import type { Exchange } from '../request/exchange.ts'
import { systemError } from '../request/system-error.ts'
import { validHost } from '../wire/host.ts'
import { errorCode, Http2Error, resetReason } from '../wire/http2-error.ts'
import { defaultWindow, maxFrameSize, maxWindow, setting } from '../wire/http2-frames.ts'
import type { TakeField } from '../wire/hpack-decoder.ts'
import { FrameReader, type FrameUser } from '../wire/http2-reader.ts'
import { Deadline } from './deadline.ts'
import { ClientSettings } from './http2-client-settings.ts'
import { Ending } from './http2-ending.ts'
import { HeadIn } from './http2-head-in.ts'
import { Http2Output } from './http2-output.ts'
import { Patience } from './http2-patience.ts'
import { Http2Stream } from './http2-stream.ts'
import type { Listener, Retirable } from './listener.ts'
import { plainAddress } from './plain-address.ts'
import type { ProxyProtocol } from './proxy-protocol.ts'
import { Reading } from './reading.ts'
import { readSecured, readShared } from './transport.ts'

export class Http2Connection implements FrameUser, Retirable {
  readonly socket: Socket
  readonly listener: Listener
  readonly ssl: TLSSocket | undefined
  readonly output: Http2Output
  /** The server of the handshake's name, or the default one: whose limits count for the connection. */
  readonly server: ServerSettings
  readonly textLimit: number
  readonly field: TakeField
  readonly remoteAddress: string
  readonly remotePort: number
  readonly localAddress: string
  readonly localPort: number
  readonly serverPort: number
  readonly sni: string
  readonly serial: number
  readonly startedMono: number
  readonly proxyProtocol: ProxyProtocol | undefined
  sendWindow = defaultWindow
  readonly clientSettings = new ClientSettings()
  /** Bytes of content in both directions. */
  payload = 0
  lastStream = 0
  requests = 0
  readonly #reader: FrameReader
  readonly #streams = new Map<number, Http2Stream>()
  /** Streams that wait for the connection's window or the socket, in turn. */
  readonly #waiting = new Set<Http2Stream>()
  readonly #touched: Http2Stream[] = []
  readonly #ending: Ending
  readonly #head: HeadIn
  readonly #sendTime: Deadline
  #dataStream: Http2Stream | undefined
  #receiveWindow = maxWindow
  #settingsAcknowledged = false
  /** Streams whose requests are being dealt with. */
  #processing = 0
  #reading = false
  readonly #socketReading: Reading
  /** What broke the connection, in the system's words. */
  #error: string | undefined
  readonly #patience: Patience

  constructor(
    listener: Listener,
    socket: Socket,
    ssl: TLSSocket | undefined,
    sni: string,
    proxyProtocol: ProxyProtocol | undefined,
  ) {
    this.listener = listener
    this.socket = ssl ? socket : readShared(socket, (piece) => this.#read(piece))
    this.ssl = ssl
    const { clock } = listener.cycle
    const localAddress = plainAddress(this.socket.localAddress)
    const { settings } = listener
    const virtual = settings.byAddress?.get(localAddress) ?? settings.virtual
    this.server =
      (sni === '' ? undefined : virtual.names.find(validHost(sni) ?? ''))?.server ?? virtual.default
    this.textLimit = this.server.headLimits.lineLimit
    this.#patience = new Patience(this.server)
    this.remoteAddress = plainAddress(this.socket.remoteAddress)
    this.remotePort = this.socket.remotePort ?? 0
    this.localAddress = localAddress
    this.localPort = this.socket.localPort ?? 0
    this.serverPort = settings.port ?? 0
    this.sni = sni
    this.serial = listener.nextSerial()
    this.startedMono = clock.monotonic()
    this.proxyProtocol = proxyProtocol
    this.output = new Http2Output(this.socket, () => this.#sendTime.set(this.server.root.sendTimeout))
    this.#head = new HeadIn(this)
    this.field = this.#head.take
    this.#reader = new FrameReader(this)
    this.#ending = new Ending(this)
    this.#sendTime = new Deadline(clock, () => this.socket.destroy())
    this.#socketReading = new Reading(this.socket)
    if (ssl) readSecured(ssl, (piece) => this.#read(piece))
    this.socket.on('end', () => this.#ended())
    this.socket.on('drain', () => this.#drained())
    // 'close' follows and says all there is to do.
    this.socket.on('error', (error) => (this.#error = systemError(error)))
    this.socket.on('close', () => this.#gone())
    this.#begin()
  }

  #begin(): void {
    const { maxConcurrentStreams, prereadSize } = this.server.http2
    this.output.settings([
      [setting.maxConcurrentStreams, maxConcurrentStreams],
      [setting.initialWindowSize, prereadSize],
      [setting.maxFrameSize, maxFrameSize],
      [setting.enableConnectProtocol, 1],
    ])
    this.output.windowUpdate(0, maxWindow - defaultWindow)
  }

  get idle(): boolean {
    return this.#processing === 0
  }

  running(each: (x: Exchange) => void): void {
    for (const stream of this.#streams.values()) stream.running(each)
  }

  /** No further requests: those that run are finished. */
  retire(): void {
    if (this.#ending.closed || this.#ending.goneAway) return
    if (this.#processing === 0) this.#ending.now(errorCode.noError)
    else this.#ending.goAway(errorCode.noError)
  }

  // As after nginx's reload: what runs is finished, what comes next comes by a new connection.
  renew(): void {
    this.retire()
  }

  destroy(): void {
    this.socket.destroy()
  }

  log(severity: LogSeverity, message: string): void {
    const at = this.listener.settings.key.replace(/^\*/, '0.0.0.0')
    this.listener.cycle.log(
      this.server.root.errorLogs,
      severity,
      `${message} while processing HTTP/2 connection, client: ${this.remoteAddress}, server: ${at}`,
    )
  }

  // ---- what comes ----

  #read(piece: Buffer): void {
    if (this.#ending.lingering) {
      this.#ending.goOnLingering()
      return
    }
    if (this.#ending.closed) return
    this.#reading = true
    this.#patience.read(piece.length)
    try {
      this.#reader.feed(piece)
    } catch (error) {
      this.#reading = false
      this.#broken(error)
      return
    }
    for (const stream of this.#touched) stream.endOfRead()
    this.#touched.length = 0
    this.#reading = false
    if (this.#patience.isFlood(this.output, this.payload)) {
      this.log('info', 'http2 flood detected')
      this.#ending.now(errorCode.noError)
      return
    }
    if (this.#reader.inBlock) this.#head.waitForMore()
    if (this.#processing === 0) this.#becomeIdle()
    this.#socketReading.share(piece.length)
  }

  #broken(error: unknown): void {
    if (!(error instanceof Http2Error)) throw error
    this.log('info', error.message)
    this.#ending.now(error.code)
  }

  headers(id: number, endStream: boolean, dependency: number, size: number): boolean {
    if (this.#ending.goneAway) return false
    if (id % 2 === 0 || id <= this.lastStream)
      throw new Http2Error(
        errorCode.protocolError,
        `client sent HEADERS frame with incorrect identifier ${id}, the last was ${this.lastStream}`,
      )
    if (dependency === id)
      throw new Http2Error(
        errorCode.protocolError,
        `client sent HEADERS frame for stream ${id} with incorrect dependency`,
      )
    this.lastStream = id
    if (this.#refuses(endStream)) {
      this.#head.begin(undefined, size)
      this.output.reset(id, errorCode.refusedStream)
      return true
    }
    this.#processing++
    this.requests++
    const { prereadSize } = this.server.http2
    const stream = new Http2Stream(
      this,
      id,
      this.requests,
      endStream,
      this.clientSettings.window,
      prereadSize,
    )
    this.#streams.set(id, stream)
    this.#patience.streamBegins()
    this.#ending.busy()
    this.#head.begin(stream, size)
    const { keepalive } = this.server.root
    const age = this.listener.cycle.clock.monotonic() - this.startedMono
    if (keepalive.timeout === 0 || this.requests >= keepalive.requests || age > keepalive.time)
      this.#ending.goAway(errorCode.noError)
    return true
  }

  #refuses(endStream: boolean): boolean {
    const reason = this.#patience.refusal(this.#processing, this.#settingsAcknowledged, endStream)
    if (reason === undefined) return false
    this.log('info', reason)
    this.#patience.refused()
    return true
  }

  continued(size: number): void {
    this.#head.continued(size)
  }

  headersEnd(): void {
    this.#head.end()
  }

  data(id: number, size: number, last: number): boolean {
    if (size > this.#receiveWindow)
      throw new Http2Error(
        errorCode.flowControlError,
        `client violated connection flow control: received DATA frame length ${size}, available window ${this.#receiveWindow}`,
      )
    this.#receiveWindow -= size
    if (this.#receiveWindow < maxWindow / 4) {
      this.output.windowUpdate(0, maxWindow - this.#receiveWindow)
      this.#receiveWindow = maxWindow
    }
    this.#dataStream = this.#streams.get(id)
    return this.#dataStream?.receiving.accepts(size, last) ?? false
  }

  dataPiece(buffer: Buffer, start: number, end: number): void {
    const stream = this.#dataStream
    if (!stream) return
    this.payload += end - start
    stream.receiving.data(buffer, start, end)
    if (this.#touched.at(-1) !== stream) this.#touched.push(stream)
  }

  dataEnd(endStream: boolean): void {
    const stream = this.#dataStream
    this.#dataStream = undefined
    if (endStream) stream?.dataEnd()
  }

  priority(id: number, dependency: number): void {
    this.#patience.priority()
    if (id === 0)
      throw new Http2Error(errorCode.protocolError, 'client sent PRIORITY frame with incorrect identifier')
    if (dependency === id)
      throw new Http2Error(
        errorCode.protocolError,
        `client sent PRIORITY frame for stream ${id} with incorrect dependency`,
      )
  }

  reset(id: number, code: number): void {
    const stream = this.#streams.get(id)
    if (!stream) return
    this.#head.drop(stream)
    stream.cancelled(resetReason(id, code))
  }

  setting(id: number, value: number): void {
    this.clientSettings.set(id, value)
  }

  settingsEnd(): void {
    this.output.settingsAcknowledged()
    const change = this.clientSettings.takeWindowChange()
    if (change === 0) return
    for (const stream of [...this.#streams.values()]) {
      const { sending } = stream
      if (change > 0 && sending.window > maxWindow - change) stream.terminate(errorCode.flowControlError)
      else {
        sending.window += change
        if (sending.window > 0 && sending.waiting) this.#goOn(stream)
      }
    }
  }

  settingsAcknowledged(): void {
    this.#settingsAcknowledged = true
  }

  ping(buffer: Buffer, start: number): void {
    this.output.ping(buffer, start)
  }

  windowUpdate(id: number, increment: number): void {
    if (id === 0) {
      if (increment > maxWindow - this.sendWindow)
        throw new Http2Error(
          errorCode.flowControlError,
          `client violated connection flow control: received WINDOW_UPDATE frame with window increment ${increment} not allowed for window ${this.sendWindow}`,
        )
      this.sendWindow += increment
      this.#allGoOn()
      return
    }
    const stream = this.#streams.get(id)
    if (!stream) return
    const { sending } = stream
    if (increment > maxWindow - sending.window) {
      this.log(
        'info',
        `client violated flow control for stream ${id}: received WINDOW_UPDATE frame with window increment ${increment} not allowed for window ${sending.window}`,
      )
      stream.terminate(errorCode.flowControlError)
      return
    }
    sending.window += increment
    if (sending.waiting && sending.window > 0) this.#goOn(stream)
  }

  unknown(type: number): void {
    this.log('info', `client sent frame with unknown type ${type}`)
  }

  // ---- what goes ----

  /** A head goes out; how many bytes it takes. */
  sendHead(id: number, block: Buffer, endStream: boolean): number {
    this.payload += block.length
    return this.output.headers(id, block, endStream, this.clientSettings.frameSize)
  }

  /** A stream has more to send than it may at present. */
  waits(stream: Http2Stream): void {
    this.#waiting.add(stream)
  }

  // Whoever had its turn goes to the end of the queue.
  #goOn(stream: Http2Stream): void {
    this.#waiting.delete(stream)
    if (stream.sending.goOn()) this.#waiting.add(stream)
  }

  #allGoOn(): void {
    for (const stream of [...this.#waiting]) {
      if (this.sendWindow <= 0 || this.output.blocked) return
      this.#goOn(stream)
    }
  }

  #drained(): void {
    this.#sendTime.clear()
    this.output.drained()
    this.#allGoOn()
  }

  // ---- the end ----

  streamClosed(stream: Http2Stream): void {
    if (!this.#streams.delete(stream.id)) return
    this.#waiting.delete(stream)
    this.#processing--
    if (this.#processing === 0 && !this.#reading) this.#becomeIdle()
  }

  #becomeIdle(): void {
    if (!this.#ending.closed && !this.#ending.goneAway && !this.listener.closing) this.#patience.idleRead()
    this.#ending.idle()
  }

  /** What runs is cut off. */
  dropStreams(): void {
    this.#head.drop()
    for (const stream of [...this.#streams.values()]) stream.gone()
  }

  #ended(): void {
    this.#logEnd('client prematurely closed connection')
    this.#ending.cutOff()
    this.socket.destroy()
  }

  /** The client has left; `broke` is what broke, of which nginx does not hear through TLS. */
  #logEnd(broke: string): void {
    if (this.#ending.closed || (this.#processing === 0 && !this.#reader.incomplete)) return
    this.log('info', this.ssl ? 'client prematurely closed connection' : broke)
  }

  #gone(): void {
    if (this.#error !== undefined) this.#logEnd(`recv() failed (${this.#error})`)
    for (const each of [this.#ending, this.#head, this.#sendTime]) each.dispose()
    this.#ending.cutOff()
    this.listener.connectionClosed(this)
  }
}
