/**
 * One upstream: its peers, how the next one is chosen, and the idle connections that are kept. A group
 * outlives the cycle that made it as long as the configuration names it.
 */
import type { Clock } from '../../base/clock.ts'
import type { UpstreamStatus } from '../../status/peer-status.ts'
import type { Balancer } from './balancer.ts'
import { IdleConnections } from './idle-connections.ts'
import type { Peer, Steer } from './peer.ts'

/** How idle connections of an upstream are kept; `connections` 0: not at all. */
export interface KeepaliveSettings {
  readonly connections: number
  readonly requests: number
  readonly time: number
  readonly timeout: number
}

export class UpstreamGroup {
  readonly name: string
  readonly method: string
  readonly primary: readonly Peer[]
  readonly backup: readonly Peer[]
  readonly balancer: Balancer
  readonly keepalive: KeepaliveSettings
  readonly idle: IdleConnections
  /** A `proxy_pass` without an `upstream` block made it. */
  readonly implicit: boolean

  constructor(init: {
    name: string
    method: string
    primary: readonly Peer[]
    backup: readonly Peer[]
    balancer: Balancer
    keepalive: KeepaliveSettings
    implicit: boolean
    clock: Clock
    /** The pool of the group this one takes the place of. */
    idle?: IdleConnections | undefined
  }) {
    this.name = init.name
    this.method = init.method
    this.primary = init.primary
    this.backup = init.backup
    this.balancer = init.balancer
    this.keepalive = init.keepalive
    this.implicit = init.implicit
    this.idle = init.idle ?? new IdleConnections(init.keepalive, init.clock)
  }

  get peers(): readonly Peer[] {
    return this.backup.length === 0 ? this.primary : [...this.primary, ...this.backup]
  }

  /** Changes peers of this address, or of this `server` line; false: there is none. */
  steer(address: string, change: Steer): boolean {
    const peers = this.peers.filter((peer) => peer.name === address || peer.server === address)
    for (const peer of peers) peer.steer(change)
    this.balancer.reweigh?.()
    return peers.length > 0
  }

  /** `now` monotonic, `wall` since 1970. */
  status(now: number, wall: number): UpstreamStatus {
    const total = this.peers.reduce((sum, peer) => sum + peer.recent.count(now), 0)
    return {
      name: this.name,
      method: this.method,
      keepalive: this.keepalive.connections,
      peers: this.peers.map((peer) => peer.status(now, wall, total, this.idle.count(peer))),
    }
  }

  dispose(): void {
    this.idle.dispose()
  }
}
