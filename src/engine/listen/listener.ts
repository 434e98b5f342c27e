/**
 * One listening socket and the connections that came in by it. It stays open across applies: only what
 * it serves (`settings`, `cycle`) is exchanged.
 */
import { createServer, type Server, type Socket } from 'node:net'
import type { TLSSocket } from 'node:tls'
import type { Activity, Cycle, ListenSettings } from '../cycle/settings.ts'
import type { Exchange } from '../request/exchange.ts'
import { newcomer } from '../turn-share.ts'
import type { Descriptors } from './descriptors.ts'
import { Http1Connection } from './http1-connection.ts'
import { Http2Connection } from './http2-connection.ts'
import type { ProxyProtocol } from './proxy-protocol.ts'
import { readProxyHeader } from './proxy-header.ts'
import { removeStaleSocket } from './stale-socket.ts'
import type { TlsFront } from './tls.ts'

/** What all listeners of an engine share. */
export interface Counting {
  connections: number
  exchanges: number
  readonly descriptors: Descriptors
  /** Lets go of clients that have asked for nothing, of any listener; how many. */
  drain(): number
}

/** Anything that can be told to take no more requests. */
export interface Retirable {
  readonly idle: boolean
  /** Adds what it does; one that does nothing yet is not counted. */
  count?(activity: Activity): void
  /** Calls back with every exchange that runs on it. */
  running?(each: (x: Exchange) => void): void
  retire(): void
  destroy(): void
  /** Ends it if its client has asked for nothing; whether it did. */
  drop?(): boolean
  /** Another configuration is served from now on. */
  renew?(): void
}

export class Listener {
  settings: ListenSettings
  cycle: Cycle
  /** No new requests: the program ends. */
  closing = false
  /** The socket no longer listens: the configuration has no such listen any more. */
  gone = false
  readonly open = new Set<Retirable>()
  readonly #server: Server
  readonly #counting: Counting
  readonly #tls: TlsFront
  readonly #headers = new Map<string, ProxyProtocol>()
  #whenDrained: (() => void) | undefined

  constructor(
    settings: ListenSettings,
    cycle: Cycle,
    counting: Counting,
    tls: (listener: Listener) => TlsFront,
  ) {
    this.settings = settings
    this.cycle = cycle
    this.#counting = counting
    this.#tls = tls(this)
    this.#server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => this.#accept(socket))
  }

  /** Binds; rejects with the system's error. */
  async bind(): Promise<void> {
    const { settings } = this
    if (settings.localAddress.startsWith('unix:')) await removeStaleSocket(settings.localAddress.slice(5))
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject)
      const done = (): void => {
        this.#server.off('error', reject)
        this.#server.on('error', this.#acceptFailed)
        resolve()
      }
      if (settings.localAddress.startsWith('unix:'))
        this.#server.listen({ path: settings.localAddress.slice(5), backlog: settings.backlog ?? 511 }, done)
      else
        this.#server.listen(
          {
            host: settings.localAddress === '*' ? '0.0.0.0' : settings.localAddress,
            port: settings.localPort ?? 80,
            backlog: settings.backlog ?? 511,
            ipv6Only: settings.ipv6only,
          },
          done,
        )
    })
  }

  /** Where it really is. */
  get address(): { address: string; port: number } {
    const at = this.#server.address()
    if (at === null || typeof at === 'string') return { address: `unix:${at ?? ''}`, port: 0 }
    return { address: at.address, port: at.port }
  }

  nextSerial(): number {
    return ++this.#counting.connections
  }

  nextExchange(): number {
    return ++this.#counting.exchanges
  }

  /** Serves another configuration from the next request on. */
  serve(settings: ListenSettings, cycle: Cycle): void {
    this.settings = settings
    this.cycle = cycle
    for (const connection of this.open) connection.renew?.()
  }

  /** Lets go of clients that have asked for nothing, the oldest first; how many. */
  drain(most: number): number {
    let dropped = 0
    for (const connection of this.open) {
      if (dropped >= most) break
      if (connection.drop?.() === true) dropped++
    }
    return dropped
  }

  /** Stops listening; what is open ends by itself. */
  close(): void {
    this.gone = true
    this.closing = true
    this.#server.close()
    for (const connection of this.open) connection.retire()
  }

  connectionClosed(connection: Retirable): void {
    if (!this.open.delete(connection)) return
    this.cycle.counters.active--
    if (this.open.size === 0) this.#whenDrained?.()
  }

  /** Resolves when no connection is left. */
  async drained(): Promise<void> {
    if (this.open.size === 0) return
    await new Promise<void>((resolve) => (this.#whenDrained = resolve))
  }

  #opened(connection: Retirable): void {
    this.open.add(connection)
  }

  #accept(socket: Socket): void {
    if (!this.#hasRoom(socket)) {
      socket.destroy()
      return
    }
    const { counters } = this.cycle
    counters.accepted++
    counters.handled++
    counters.active++
    newcomer()
    if (this.settings.proxyProtocol) readProxyHeader(this, socket, (header) => this.#begin(socket, header))
    else this.#begin(socket, undefined)
  }

  // Unlike nginx, which leaves newcomers in the kernel's queue, they are closed: Node cannot stop accepting.
  #hasRoom(socket: Socket): boolean {
    const { descriptors } = this.#counting
    const descriptor = descriptorOf(socket)
    if (descriptors.isEnough(descriptor) || this.#counting.drain() > 0) return true
    if (descriptors.shallTell()) {
      const { errorLogs } = this.settings.virtual.default.root
      this.cycle.log(errorLogs, 'crit', 'accept4() failed (24: Too many open files)')
    }
    return false
  }

  #begin(socket: Socket, header: ProxyProtocol | undefined): void {
    if (this.settings.ssl) {
      if (header) this.#rememberHeader(socket, header)
      this.#tls.accept(socket)
      return
    }
    if (this.settings.http2) {
      this.#opened(new Http2Connection(this, socket, undefined, '', header))
      return
    }
    const connection = new Http1Connection(this, socket, undefined, false)
    connection.proxyProtocol = header
    this.#opened(connection)
  }

  // A TLS socket does not tell which one it was made of, but it has its addresses.
  #rememberHeader(socket: Socket, header: ProxyProtocol): void {
    const key = addressKey(socket)
    this.#headers.set(key, header)
    socket.once('close', () => this.#headers.delete(key))
  }

  /** What a proxy in front said of the client of this connection. */
  proxyProtocolOf(socket: Socket): ProxyProtocol | undefined {
    return this.#headers.size === 0 ? undefined : this.#headers.get(addressKey(socket))
  }

  /** A TLS handshake is done and the client speaks HTTP/1. */
  secured(socket: TLSSocket, sni: string): Retirable {
    const connection = new Http1Connection(this, socket, socket, false)
    connection.sni = sni
    connection.proxyProtocol = this.proxyProtocolOf(socket)
    return connection
  }

  /** A TLS handshake is done and the client speaks HTTP/2. */
  securedHttp2(socket: TLSSocket, sni: string): Retirable {
    return new Http2Connection(this, socket, socket, sni, this.proxyProtocolOf(socket))
  }

  /** Plain HTTP on a TLS port. */
  plain(socket: Socket): Retirable {
    const connection = new Http1Connection(this, socket, undefined, true)
    connection.proxyProtocol = this.proxyProtocolOf(socket)
    return connection
  }

  /** A handshake has become a connection that takes its place. */
  replace(handshake: Retirable, connection: Retirable): void {
    this.open.delete(handshake)
    this.open.add(connection)
  }

  /** A connection of another protocol. */
  adopt(connection: Retirable): void {
    this.#opened(connection)
  }

  /** A handshake that came to nothing. */
  dropped(): void {
    this.cycle.counters.active--
  }

  // Out of descriptors: the kernel keeps clients in the backlog, Node goes on when it can.
  // Not a closure of `bind`: that would hold the configuration it was bound under for as long as it listens.
  readonly #acceptFailed = (error: Error): void => {
    this.cycle.log(this.settings.virtual.default.root.errorLogs, 'crit', `accept() failed (${error.message})`)
  }
}

// Node has the number inside the handle; where it has none there is no limit either.
function descriptorOf(socket: Socket): number {
  const { _handle: handle } = socket as Socket & { _handle?: { fd?: number } | null }
  return handle?.fd ?? 0
}

function addressKey(socket: Socket): string {
  return `${socket.remoteAddress ?? ''} ${socket.remotePort ?? ''}`
}
