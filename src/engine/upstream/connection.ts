/** One connection to a peer. It serves one exchange at a time; bytes nobody asked for destroy it. */
import type { Socket } from 'node:net'
import { TLSSocket } from 'node:tls'
import type { Clock } from '../../base/clock.ts'
import { Deadline } from '../listen/deadline.ts'
import { atEndOfTurn, type Writing } from '../listen/end-of-turn.ts'
import type { Peer } from './peer.ts'

// As long as the last bytes of a tunnel have.
const goodbyeMs = 1000

/** Who uses a connection at present. */
export interface ConnectionUser {
  /** A piece has come; it may be overwritten afterwards. */
  data(buffer: Buffer): void
  /** The peer sent its last byte. */
  ended(): void
  drained(): void
  /** The connection broke; `error` is the system's, if there was one. */
  closed(error: NodeJS.ErrnoException | undefined): void
  expired(): void
}

/** Stands for a connection while its socket is being made; what comes goes on to it. */
export class Incoming {
  connection: UpstreamConnection | undefined
  readonly take = (piece: Buffer): void => this.connection?.take(piece)
}

export class UpstreamConnection implements Writing {
  readonly socket: Socket
  readonly peer: Peer
  /** What else must be equal for it to be used again: the TLS settings. */
  readonly kind: string
  readonly openedMono: number
  readonly deadline: Deadline
  requests = 0
  user: ConnectionUser | undefined
  /** Called when it breaks or speaks while nobody uses it. */
  onIdleGone: (() => void) | undefined
  #error: NodeJS.ErrnoException | undefined
  #soon: string | Buffer | undefined

  constructor(socket: Socket, peer: Peer, kind: string, clock: Clock) {
    this.socket = socket
    this.peer = peer
    this.kind = kind
    this.openedMono = clock.monotonic()
    this.deadline = new Deadline(clock, () => {
      if (this.user) this.user.expired()
      else this.destroy()
    })
    socket.on('end', () => {
      if (this.user) this.user.ended()
      else this.destroy()
    })
    socket.on('drain', () => this.user?.drained())
    socket.on('error', (error) => {
      this.#error = error
    })
    socket.on('close', () => {
      this.deadline.dispose()
      const { user } = this
      this.user = undefined
      if (user) user.closed(this.#error)
      else this.onIdleGone?.()
    })
  }

  /** A piece has come; it may be overwritten afterwards. */
  take(piece: Buffer): void {
    // What comes before the request has gone out answers nothing.
    if (this.user && this.#soon === undefined) this.user.data(piece)
    else this.destroy()
  }

  /** Sends a request that is whole and small at the end of this turn; a text is bytes, one a character. */
  sendSoon(request: string | Buffer): void {
    this.#soon = request
    atEndOfTurn(this)
  }

  endOfTurn(): void {
    const request = this.#soon
    this.#soon = undefined
    if (request === undefined || this.socket.destroyed) return
    if (typeof request === 'string') this.socket.write(request, 'latin1')
    else this.socket.write(request)
  }

  /** Closes it; a peer that speaks TLS is told, if it can be at once (ngx_http_upstream_finalize_request). */
  leave(): void {
    const { socket } = this
    const secured = socket instanceof TLSSocket && socket.getProtocol()?.startsWith('TLS') === true
    if (!secured || socket.destroyed || socket.writableLength > 0) this.destroy()
    else {
      // A peer that takes nothing is not waited for.
      this.deadline.set(goodbyeMs)
      socket.destroySoon()
    }
  }

  destroy(): void {
    this.deadline.dispose()
    this.socket.destroy()
  }
}
