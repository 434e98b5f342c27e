/** Connections that are kept for the next request (ngx_http_upstream_keepalive_module.c). */
import type { Clock } from '../../base/clock.ts'
import type { UpstreamConnection } from './connection.ts'
import type { KeepaliveSettings } from './group.ts'
import type { Peer } from './peer.ts'

export class IdleConnections {
  readonly #settings: KeepaliveSettings
  readonly #clock: Clock
  /** Most recently used last; nginx takes the most recent one first. */
  readonly #idle: UpstreamConnection[] = []

  constructor(settings: KeepaliveSettings, clock: Clock) {
    this.#settings = settings
    this.#clock = clock
  }

  /** An idle connection to the peer, out of the pool. */
  take(peer: Peer, kind: string): UpstreamConnection | undefined {
    for (let i = this.#idle.length - 1; i >= 0; i--) {
      const connection = this.#idle[i]
      if (!connection || connection.peer.name !== peer.name || connection.kind !== kind) continue
      this.#idle.splice(i, 1)
      connection.onIdleGone = undefined
      connection.deadline.clear()
      if (connection.socket.destroyed || connection.socket.readableEnded) {
        connection.destroy()
        continue
      }
      return connection
    }
    return undefined
  }

  /** Keeps it, or closes it where it has served enough; the least recently used goes when there are too many. */
  put(connection: UpstreamConnection): void {
    const { connections, requests, time, timeout } = this.#settings
    const age = this.#clock.monotonic() - connection.openedMono
    if (connections === 0 || connection.requests >= requests || age > time || connection.socket.destroyed) {
      connection.destroy()
      return
    }
    connection.user = undefined
    connection.onIdleGone = () => {
      const at = this.#idle.indexOf(connection)
      if (at >= 0) this.#idle.splice(at, 1)
    }
    this.#idle.push(connection)
    connection.deadline.set(timeout)
    if (connection.socket.isPaused()) connection.socket.resume()
    if (this.#idle.length > connections) this.#drop(0)
  }

  count(peer: Peer): number {
    return this.#idle.filter((connection) => connection.peer.name === peer.name).length
  }

  dispose(): void {
    while (this.#idle.length > 0) this.#drop(this.#idle.length - 1)
  }

  #drop(at: number): void {
    const [connection] = this.#idle.splice(at, 1)
    if (!connection) return
    connection.onIdleGone = undefined
    connection.destroy()
  }
}
