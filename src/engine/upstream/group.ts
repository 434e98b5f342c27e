/**
 * One upstream: its peers, how the next one is chosen, and the idle connections that are kept. A group
 * outlives the cycle that made it as long as the configuration names it.
 */
import type { Clock } from '../../base/clock.ts'
import type { ActiveCheck } from '../../config/local.ts'
import type { Balancer } from './balancer.ts'
import { IdleConnections } from './idle-connections.ts'
import type { PeerName, UpstreamStatus } from '../../status/peer-status.ts'
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
  /** How its peers are asked whether they are well; absent: they are not. */
  readonly check: ActiveCheck | undefined
  /** The names its `server` lines have, and what they stand for. */
  readonly names: readonly PeerName[]
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
    names?: readonly PeerName[]
    check?: ActiveCheck | undefined
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
    this.names = init.names ?? []
    this.check = init.check
    for (const peer of this.peers) this.#watchOver(peer)
    this.idle = init.idle ?? new IdleConnections(init.keepalive, init.clock)
  }

  // A check that was taken away has nothing to say any more.
  #watchOver(peer: Peer): void {
    if (this.check) peer.othersLive = (now) => this.peers.some((other) => other !== peer && other.live(now))
    else peer.check = undefined
  }

  get peers(): readonly Peer[] {
    return this.backup.length === 0 ? this.primary : [...this.primary, ...this.backup]
  }

  /** Peers of this address, or of this `server` line. */
  peersAt(address: string): Peer[] {
    return this.peers.filter((peer) => peer.name === address || peer.server === address)
  }

  /** Changes peers of this address, or of this `server` line, and says how many there are. */
  steer(address: string, change: Steer): number {
    const peers = this.peersAt(address)
    for (const peer of peers) peer.steer(change)
    this.balancer.reweigh?.()
    return peers.length
  }

  /** `now` monotonic, `wall` since 1970. */
  status(now: number, wall: number): UpstreamStatus {
    const { peers } = this
    const lastMinute = sum(peers, (peer) => peer.recent.count(now))
    const configuredTotal = sum(peers, (peer) => (peer.hasConfiguredShare ? peer.configured.weight : 0))
    const live = (some: readonly Peer[]): Peer[] => some.filter((peer) => peer.live(now))
    // Backups take requests when no primary peer is live; where nobody is, those that are spared go on.
    const taking = [live(this.primary), live(this.backup), peers.filter((peer) => takesAllTheSame(peer, now))]
    const present = taking.find((some) => some.length > 0) ?? []
    const presentTotal = sum(present, (peer) => peer.weight)
    return {
      name: this.name,
      method: this.method,
      implicit: this.implicit,
      keepalive: this.keepalive.connections,
      lastMinute,
      names: this.names,
      peers: peers.map((peer) =>
        peer.status({
          now,
          wall,
          lastMinute,
          configuredTotal,
          presentTotal: present.includes(peer) ? presentTotal : 0,
          idle: this.idle.count(peer),
        }),
      ),
    }
  }

  dispose(): void {
    this.idle.dispose()
  }
}

function takesAllTheSame(peer: Peer, now: number): boolean {
  return peer.hasRoom() && !peer.failed(now) && peer.check?.state === 'unhealthy'
}

function sum(peers: readonly Peer[], of: (peer: Peer) => number): number {
  return peers.reduce((total, peer) => total + of(peer), 0)
}
