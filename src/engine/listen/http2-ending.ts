/**
 * The end of an HTTP/2 connection: idle for too long, told by GOAWAY, cut off for what the client did wrong; and what is
 * read and dropped after it (ngx_http_v2_finalize_connection, ngx_http_v2_lingering_close).
 */
import { errorCode } from '../wire/http2-error.ts'
import { Deadline } from './deadline.ts'
import type { Http2Connection } from './http2-connection.ts'

export class Ending {
  /** The client has been told to begin no more streams. */
  goneAway = false
  /** No frame is read any more. */
  closed = false
  /** What comes is dropped. */
  lingering = false
  readonly #connection: Http2Connection
  readonly #idle: Deadline
  /** When no more is read, whatever comes. */
  #lingerUntil = 0

  constructor(connection: Http2Connection) {
    this.#connection = connection
    this.#idle = new Deadline(connection.listener.cycle.clock, () => this.#idleTooLong())
    this.#idle.set(connection.server.clientHeaderTimeout)
  }

  /** A stream begins. */
  busy(): void {
    this.#idle.clear()
  }

  /** No stream is left. */
  idle(): void {
    const { listener, requests, server } = this.#connection
    if (this.closed) return
    if (this.goneAway) this.#linger()
    else if (listener.closing) this.now(errorCode.noError)
    else if (requests > 0 && !this.#idle.pending) this.#idle.set(server.root.keepalive.timeout)
  }

  #idleTooLong(): void {
    const connection = this.#connection
    if (this.lingering) {
      connection.socket.destroy()
      return
    }
    const { requests } = connection
    if (requests === 0) connection.log('info', 'client timed out (110: Connection timed out)')
    this.now(requests === 0 ? errorCode.protocolError : errorCode.noError)
  }

  /** No further streams; those that run are finished. */
  goAway(code: number): void {
    if (this.goneAway) return
    this.goneAway = true
    this.#connection.output.goaway(this.#connection.lastStream, code)
  }

  /** Ends the connection now; what still runs is cut off. */
  now(code: number): void {
    if (this.closed) return
    this.goAway(code)
    this.cutOff()
    this.#linger()
  }

  /** Nothing is read or answered any more. */
  cutOff(): void {
    this.closed = true
    this.#connection.dropStreams()
  }

  // What is unread when a socket is closed resets it, and the client may lose what was sent last.
  #linger(): void {
    const { output, server, socket, listener } = this.#connection
    this.closed = true
    output.send()
    const { lingering } = server.root
    if (lingering.when === 'off') {
      this.#idle.dispose()
      socket.destroySoon()
      return
    }
    this.lingering = true
    this.#lingerUntil = listener.cycle.clock.monotonic() + lingering.time
    socket.end()
    this.#idle.set(Math.min(lingering.time, lingering.timeout))
  }

  /** Something has come that is not looked at. */
  goOnLingering(): void {
    const { listener, server, socket } = this.#connection
    const left = this.#lingerUntil - listener.cycle.clock.monotonic()
    if (left <= 0) socket.destroy()
    else this.#idle.set(Math.min(left, server.root.lingering.timeout))
  }

  dispose(): void {
    this.#idle.dispose()
  }
}
