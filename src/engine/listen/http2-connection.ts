/**
 * One HTTP/2 connection of a client (ngx_http_v2.c). Unlike nginx, priorities are read and not followed:
 * RFC 9113 has done away with them.
 */
import type { Socket } from 'node:net'
import type { TLSSocket } from 'node:tls'
import type { ServerSettings } from '../cycle/settings.ts'
import type { LogSeverity } from '../../status/log-entry.ts'
import type { Exchange } from '../request/exchange.ts'
import { validHost } from '../wire/host.ts'
import { errorCode, Http2Error } from '../wire/http2-error.ts'
import { defaultFrameSize, defaultWindow, maxFrameSize, maxWindow, setting } from '../wire/http2-frames.ts'
import { FrameReader, type FrameUser } from '../wire/http2-reader.ts'
import { Deadline } from './deadline.ts'
import { Http2Output } from './http2-output.ts'
import { Patience } from './http2-patience.ts'
import { RequestFields } from './http2-request.ts'
import { serverOf, startStream } from './http2-start.ts'
import { Http2Stream } from './http2-stream.ts'
import type { Listener, Retirable } from './listener.ts'
import { plainAddress } from './plain-address.ts'
import type { ProxyProtocol } from './proxy-protocol.ts'
import { readShared } from './transport.ts'

/** The head of a request while its block is being read. */
interface Building {
  readonly stream: Http2Stream
  readonly fields: RequestFields
  bytes: number
}

export class Http2Connection implements FrameUser, Retirable {
  readonly socket: Socket
  readonly listener: Listener
  readonly ssl: TLSSocket | undefined
  readonly output: Http2Output
  /** The server of the handshake's name, or the default one: whose limits count for the connection. */
  readonly server: ServerSettings
  readonly textLimit: number
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
  /** The largest frame the client takes. */
  frameSize = defaultFrameSize
  /** Bytes of content in both directions. */
  payload = 0
  readonly #reader: FrameReader
  readonly #streams = new Map<number, Http2Stream>()
  /** Streams that wait for the connection's window or the socket, in turn. */
  readonly #waiting = new Set<Http2Stream>()
  readonly #touched: Http2Stream[] = []
  readonly #idle: Deadline
  readonly #headTime: Deadline
  readonly #sendTime: Deadline
  #building: Building | undefined
  #headerLeft = 0
  #dataStream: Http2Stream | undefined
  #receiveWindow = maxWindow
  /** The window of a stream that begins. */
  #streamWindow = defaultWindow
  #windowChange = 0
  #tableUpdate = false
  #settingsAcknowledged = false
  #lastStream = 0
  #requests = 0
  /** Streams whose requests are being dealt with. */
  #processing = 0
  #goneAway = false
  #closed = false
  #lingering = false
  /** When no more is read, whatever comes. */
  #lingerUntil = 0
  #reading = false
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
    this.#reader = new FrameReader(this)
    this.#idle = new Deadline(clock, () => this.#idleTooLong())
    this.#headTime = new Deadline(clock, () => this.#headTooLate())
    this.#sendTime = new Deadline(clock, () => this.socket.destroy())
    if (ssl) socket.on('data', (piece: Buffer) => this.#read(piece))
    this.socket.on('end', () => this.#ended())
    this.socket.on('drain', () => this.#drained())
    this.socket.on('error', () => undefined) // 'close' follows and says all there is to do
    this.socket.on('close', () => this.#gone())
    this.#idle.set(this.server.clientHeaderTimeout)
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
    if (this.#closed || this.#goneAway) return
    if (this.#processing === 0) this.#finish(errorCode.noError)
    else this.#goAway(errorCode.noError)
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
    if (this.#lingering) {
      this.#goOnLingering()
      return
    }
    if (this.#closed) return
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
      this.#finish(errorCode.noError)
      return
    }
    if (this.#reader.inBlock && this.#building) this.#headTime.set(this.server.clientHeaderTimeout)
    if (this.#processing === 0) this.#becomeIdle()
  }

  #broken(error: unknown): void {
    if (!(error instanceof Http2Error)) throw error
    this.log('info', error.message)
    this.#finish(error.code)
  }

  headers(id: number, endStream: boolean, dependency: number, size: number): boolean {
    if (this.#goneAway) return false
    if (id % 2 === 0 || id <= this.#lastStream)
      throw new Http2Error(
        errorCode.protocolError,
        `client sent HEADERS frame with incorrect identifier ${id}, the last was ${this.#lastStream}`,
      )
    if (dependency === id)
      throw new Http2Error(
        errorCode.protocolError,
        `client sent HEADERS frame for stream ${id} with incorrect dependency`,
      )
    this.#lastStream = id
    this.#headerLeft = this.server.headLimits.totalLimit
    if (this.#refuses(endStream)) {
      this.output.reset(id, errorCode.refusedStream)
      return true
    }
    this.#processing++
    this.#requests++
    const { prereadSize } = this.server.http2
    const stream = new Http2Stream(this, id, this.#requests, endStream, this.#streamWindow, prereadSize)
    this.#streams.set(id, stream)
    this.#patience.streamBegins()
    this.#idle.clear()
    this.#building = { stream, fields: new RequestFields(), bytes: size }
    const { keepalive } = this.server.root
    const age = this.listener.cycle.clock.monotonic() - this.startedMono
    if (keepalive.timeout === 0 || this.#requests >= keepalive.requests || age > keepalive.time)
      this.#goAway(errorCode.noError)
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
    if (this.#building) this.#building.bytes += size
  }

  readonly field = (name: string, value: string): void => {
    this.#headerLeft -= name.length + value.length
    if (this.#headerLeft < 0) throw new Http2Error(errorCode.enhanceYourCalm, 'client sent too large header')
    this.#building?.fields.add(name, value)
  }

  headersEnd(): void {
    const building = this.#building
    this.#building = undefined
    this.#headTime.clear()
    if (!building) return
    this.payload += building.bytes
    const { fields, stream } = building
    const server = serverOf(this, fields.authority)
    const read = fields.read(server.headLimits, building.bytes)
    if (read.kind === 'malformed') {
      this.log('info', read.reason)
      stream.terminate(errorCode.protocolError)
    } else startStream(this, stream, read)
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
    return this.#dataStream?.accepts(size, last) ?? false
  }

  dataPiece(buffer: Buffer, start: number, end: number): void {
    const stream = this.#dataStream
    if (!stream) return
    this.payload += end - start
    stream.data(buffer, start, end)
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
    this.log('info', resetReason(id, code))
    if (this.#building?.stream === stream) this.#building = undefined
    stream.gone()
  }

  setting(id: number, value: number): void {
    const wrong = (name: string, code: number): Http2Error =>
      new Http2Error(code, `client sent SETTINGS frame with incorrect ${name} value ${value}`)
    switch (id) {
      case setting.initialWindowSize:
        if (value > maxWindow) throw wrong('INITIAL_WINDOW_SIZE', errorCode.flowControlError)
        this.#windowChange = value - this.#streamWindow
        return
      case setting.maxFrameSize:
        if (value > maxFrameSize || value < defaultFrameSize)
          throw wrong('MAX_FRAME_SIZE', errorCode.protocolError)
        this.frameSize = value
        return
      case setting.enablePush:
        if (value > 1) throw wrong('ENABLE_PUSH', errorCode.protocolError)
        return
      case setting.headerTableSize:
        this.#tableUpdate = true
    }
  }

  settingsEnd(): void {
    this.output.settingsAcknowledged()
    const change = this.#windowChange
    this.#windowChange = 0
    if (change === 0) return
    this.#streamWindow += change
    for (const stream of [...this.#streams.values()]) {
      if (change > 0 && stream.sendWindow > maxWindow - change) stream.terminate(errorCode.flowControlError)
      else {
        stream.sendWindow += change
        if (stream.sendWindow > 0 && stream.waiting) this.#goOn(stream)
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
    if (increment > maxWindow - stream.sendWindow) {
      this.log(
        'info',
        `client violated flow control for stream ${id}: received WINDOW_UPDATE frame with window increment ${increment} not allowed for window ${stream.sendWindow}`,
      )
      stream.terminate(errorCode.flowControlError)
      return
    }
    stream.sendWindow += increment
    if (stream.waiting && stream.sendWindow > 0) this.#goOn(stream)
  }

  unknown(type: number): void {
    this.log('info', `client sent frame with unknown type ${type}`)
  }

  // ---- what goes ----

  /** A head goes out; how many bytes it takes. */
  sendHead(id: number, block: Buffer, endStream: boolean): number {
    this.payload += block.length
    return this.output.headers(id, block, endStream, this.frameSize)
  }

  /** The client has changed its table since the last head: it is told that ours is empty. */
  takeTableUpdate(): boolean {
    const update = this.#tableUpdate
    this.#tableUpdate = false
    return update
  }

  /** A stream has more to send than it may at present. */
  waits(stream: Http2Stream): void {
    this.#waiting.add(stream)
  }

  // Whoever had its turn goes to the end of the queue.
  #goOn(stream: Http2Stream): void {
    this.#waiting.delete(stream)
    if (stream.goOn()) this.#waiting.add(stream)
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
    if (this.#closed) return
    if (this.#goneAway) {
      this.#linger()
      return
    }
    if (this.listener.closing) {
      this.#finish(errorCode.noError)
      return
    }
    this.#patience.idleRead()
    if (this.#requests > 0 && !this.#idle.pending) this.#idle.set(this.server.root.keepalive.timeout)
  }

  #idleTooLong(): void {
    if (this.#lingering) {
      this.socket.destroy()
      return
    }
    if (this.#requests === 0) this.log('info', 'client timed out (110: Connection timed out)')
    this.#finish(this.#requests === 0 ? errorCode.protocolError : errorCode.noError)
  }

  #headTooLate(): void {
    const building = this.#building
    if (!building) return
    this.#building = undefined
    this.log('info', 'client timed out (110: Connection timed out)')
    building.stream.terminate(errorCode.protocolError)
  }

  #goAway(code: number): void {
    if (this.#goneAway) return
    this.#goneAway = true
    this.output.goaway(this.#lastStream, code)
  }

  /** Ends the connection now; what still runs is cut off. */
  #finish(code: number): void {
    if (this.#closed) return
    this.#goAway(code)
    this.#dropStreams()
    this.#linger()
  }

  #dropStreams(): void {
    this.#closed = true
    this.#building = undefined
    for (const stream of [...this.#streams.values()]) stream.gone()
  }

  // What is unread when a socket is closed resets it, and the client may lose what was sent last.
  #linger(): void {
    if (this.#lingering) return
    this.#closed = true
    this.output.send()
    const { lingering } = this.server.root
    if (lingering.when === 'off') {
      this.#idle.dispose()
      this.socket.destroySoon()
      return
    }
    this.#lingering = true
    this.#lingerUntil = this.listener.cycle.clock.monotonic() + lingering.time
    this.socket.end()
    this.#idle.set(Math.min(lingering.time, lingering.timeout))
  }

  #goOnLingering(): void {
    const left = this.#lingerUntil - this.listener.cycle.clock.monotonic()
    if (left <= 0) this.socket.destroy()
    else this.#idle.set(Math.min(left, this.server.root.lingering.timeout))
  }

  #ended(): void {
    if (!this.#closed && (this.#processing > 0 || this.#reader.incomplete))
      this.log('info', 'client prematurely closed connection')
    this.#dropStreams()
    this.socket.destroy()
  }

  #gone(): void {
    for (const deadline of [this.#idle, this.#headTime, this.#sendTime]) deadline.dispose()
    this.#dropStreams()
    this.listener.connectionClosed(this)
  }
}

function resetReason(id: number, code: number): string {
  if (code === errorCode.cancel) return `client canceled stream ${id}`
  if (code === errorCode.refusedStream) return `client refused stream ${id}`
  if (code === errorCode.internalError) return `client terminated stream ${id} due to internal error`
  return `client terminated stream ${id} with status ${code}`
}
