/**
 * TLS towards clients: the first message is read before the TLS library sees it, so that the context of
 * the name it asks for is there when the handshake begins, and plain HTTP on a TLS port can be answered.
 */
import type { Socket } from 'node:net'
import type { TLSSocket } from 'node:tls'
import type { ServerSettings, Virtual } from '../cycle/settings.ts'
import type { CertificateSource } from '../door.ts'
import { rememberHello } from '../request/client-hello.ts'
import type { Exchange } from '../request/exchange.ts'
import { systemError } from '../request/system-error.ts'
import { parseClientHello, type ClientHello } from '../wire/client-hello.ts'
import { validHost } from '../wire/host.ts'
import { handshakeExchange } from './handshake-exchange.ts'
import type { Listener, Retirable } from './listener.ts'
import { plainAddress } from './plain-address.ts'
import type { HandshakeUser, TlsContext } from './tls-contexts.ts'

const handshakeByte = 0x16
const sslv2Bit = 0x80

const noHello: ClientHello = { serverName: '', ciphers: [], groups: [] }

// Fatal alerts, in a record of their own.
const unrecognizedName = Buffer.from([21, 3, 3, 0, 2, 2, 112])
const internalError = Buffer.from([21, 3, 3, 0, 2, 2, 80])

/** One connection from its first byte to the end of its handshake. */
class Handshake implements Retirable {
  readonly idle = false
  readonly socket: Socket
  hello: ClientHello = noHello
  /** The client's address; a socket that is closed knows it no more. */
  readonly client: string
  readonly #front: TlsFront
  readonly #timer: { cancel(): void }
  #read: Buffer = Buffer.alloc(0)
  #error = ''
  #left = false

  constructor(front: TlsFront, socket: Socket, timeout: number) {
    this.#front = front
    this.socket = socket
    this.client = plainAddress(socket.remoteAddress)
    this.#timer = front.listener.cycle.clock.after(timeout, () => {
      front.log('info', this.client, 'client timed out (110: Connection timed out) while SSL handshaking')
      socket.destroy()
    })
    socket.on('error', this.#failed)
    socket.on('close', this.#closed)
    socket.on('end', this.#ended)
    socket.on('data', this.#data)
  }

  // What is in flight is not finished by a retirement; its time-out is the limit.
  retire(): void {}

  destroy(): void {
    this.socket.destroy()
  }

  readonly #closed = (): void => {
    this.#timer.cancel()
    if (this.#error !== '' && !this.#left)
      this.#front.log(
        'info',
        this.client,
        `peer closed connection in SSL handshake${this.#error} while SSL handshaking`,
      )
    this.#front.listener.connectionClosed(this)
  }

  readonly #failed = (error: Error): void => {
    this.#error = ` (${systemError(error)})`
  }

  readonly #ended = (): void => {
    this.#front.log('info', this.client, 'peer closed connection in SSL handshake while SSL handshaking')
    this.socket.destroy()
  }

  readonly #data = (piece: Buffer): void => {
    const read = this.#read.length === 0 ? piece : Buffer.concat([this.#read, piece])
    this.#read = read
    const first = read[0] ?? 0
    if (first !== handshakeByte && (first & sslv2Bit) === 0) {
      this.#leave()
      this.#front.plain(this, read)
      return
    }
    const result = first === handshakeByte ? parseClientHello(read) : undefined
    if (result?.kind === 'more') return
    if (result?.kind === 'hello') this.hello = result.hello
    this.#leave()
    this.socket.pause()
    this.socket.unshift(read)
    this.#front.begin(this)
  }

  /** The socket is handed to somebody else. */
  #leave(): void {
    this.#left = true
    this.#timer.cancel()
    this.#read = Buffer.alloc(0)
    this.socket.off('data', this.#data)
    this.socket.off('end', this.#ended)
  }

  /** Another object stands for this connection from now on. */
  over(): void {
    this.socket.off('close', this.#closed)
  }
}

export class TlsFront implements HandshakeUser {
  readonly listener: Listener
  readonly #source: CertificateSource | undefined
  readonly #running = new WeakMap<Socket, Handshake>()

  constructor(listener: Listener, source: CertificateSource | undefined) {
    this.listener = listener
    this.#source = source
  }

  /** A connection has come in: TLS, or somebody speaks plain HTTP to the wrong port. */
  accept(socket: Socket): void {
    const { clientHeaderTimeout } = this.listener.settings.virtual.default
    this.listener.adopt(new Handshake(this, socket, clientHeaderTimeout))
  }

  plain(handshake: Handshake, read: Buffer): void {
    const { socket } = handshake
    handshake.over()
    this.listener.replace(handshake, this.listener.plain(socket))
    socket.emit('data', read)
  }

  /** The first message is there: chooses the server, then its context. */
  begin(handshake: Handshake): void {
    const { settings } = this.listener
    const virtual = settings.byAddress?.get(plainAddress(handshake.socket.localAddress)) ?? settings.virtual
    const name = validHost(handshake.hello.serverName) ?? ''
    const match = name === '' ? undefined : virtual.names.find(name)
    const server = match?.server ?? virtual.default
    if (server.tls.reject) {
      this.#refuse(
        handshake,
        unrecognizedName,
        'info',
        'SSL_do_handshake() failed (SSL: error:0A0000EA:SSL routines::callback failed)',
      )
      return
    }
    try {
      const context = this.#context(handshake, virtual, server, match ? name : '')
      if (!(context instanceof Promise)) {
        this.#shake(handshake, context)
        return
      }
      context.then(
        (ready) => this.#shake(handshake, ready),
        (error: unknown) => this.#noCertificate(handshake, error),
      )
    } catch (error) {
      this.#noCertificate(handshake, error)
    }
  }

  #context(
    handshake: Handshake,
    virtual: Virtual,
    server: ServerSettings,
    name: string,
  ): TlsContext | Promise<TlsContext> {
    // Without a certificate of its own a server uses everything the default one has.
    const { tls } = server.tls.certificate ? server : virtual.default
    const { settings, cycle } = this.listener
    if (!tls.certificate || !settings.tls)
      throw new Error('no "ssl_certificate" is defined in server listening on SSL port')
    const exchange = (): Exchange =>
      handshakeExchange(this.listener, handshake.socket, server, handshake.hello.serverName)
    return settings.tls.find(
      tls.certificate,
      tls.options,
      name,
      exchange,
      this.#source,
      cycle.clock.monotonic(),
    )
  }

  #shake(handshake: Handshake, context: TlsContext): void {
    const { socket } = handshake
    if (socket.destroyed) return
    this.#running.set(socket, handshake)
    context.user = this
    context.server.emit('connection', socket)
  }

  secured(socket: TLSSocket, context: TlsContext): void {
    const { listener } = this
    const handshake = this.#handshakeOf(socket)
    socket.disableRenegotiation()
    if (context.bufferSize < defaultBufferSize) socket.setMaxSendFragment(context.bufferSize)
    if (handshake && listener.cycle.keepsClientHello) rememberHello(socket, handshake.hello)
    const sni = handshake?.hello.serverName ?? ''
    const connection =
      socket.alpnProtocol === 'h2' ? listener.securedHttp2(socket, sni) : listener.secured(socket, sni)
    if (handshake) {
      handshake.over()
      listener.replace(handshake, connection)
    } else listener.adopt(connection)
  }

  failed(error: Error, socket: TLSSocket): void {
    const { code } = error as NodeJS.ErrnoException
    const what =
      code === 'ERR_TLS_HANDSHAKE_TIMEOUT'
        ? 'client timed out (110: Connection timed out)'
        : code === 'ECONNRESET'
          ? `peer closed connection in SSL handshake${(error as NodeJS.ErrnoException).syscall === undefined ? '' : ` (${systemError(error)})`}`
          : `SSL_do_handshake() failed (SSL: ${error.message.trim()})`
    this.log(
      'info',
      this.#handshakeOf(socket)?.client ?? plainAddress(socket.remoteAddress),
      `${what} while SSL handshaking`,
    )
    socket.destroy()
  }

  // Node keeps the socket it made a TLS socket of under this name. Without it a finished handshake is
  // counted until its socket closes.
  #handshakeOf(socket: TLSSocket): Handshake | undefined {
    const { _parent: parent } = socket as TLSSocket & { _parent?: Socket }
    return parent && this.#running.get(parent)
  }

  #noCertificate(handshake: Handshake, error: unknown): void {
    const message = error instanceof Error ? error.message : String(error)
    this.#refuse(handshake, internalError, 'error', message)
  }

  #refuse({ socket, client }: Handshake, alert: Buffer, severity: 'info' | 'error', message: string): void {
    this.log(severity, client, `${message} while SSL handshaking`)
    if (socket.destroyed) return
    // What the client sent was put back: unread bytes would reset the connection before the alert is read.
    socket.resume()
    socket.end(alert)
    socket.destroySoon()
  }

  log(severity: 'info' | 'error', client: string, message: string): void {
    const { cycle, settings } = this.listener
    const at = settings.key.replace(/^\*/, '0.0.0.0')
    cycle.log(
      settings.virtual.default.root.errorLogs,
      severity,
      `${message}, client: ${client}, server: ${at}`,
    )
  }
}

const defaultBufferSize = 16_384
