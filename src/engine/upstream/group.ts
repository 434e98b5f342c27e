/**
 * One upstream: its peers, how the next one is chosen, and the idle connections that are kept. A group
 * outlives the cycle that made it as long as the configuration names it.
 */
import type { Clock } from '../../base/clock.ts'
import type { ActiveCheck } from '../../config/local.ts'
import type { PeerName, UpstreamStatus } from '../../status/peer-status.ts'
import type { Balancer } from './balancer.ts'
import { IdleConnections } from './idle-connections.ts'
import type { Peer, Steer } from './peer.ts'
import type { NameResolver } from './resolver.ts'

/** How idle connections of an upstream are kept; `connections` 0: not at all. */
export interface KeepaliveSettings {
  readonly connections: number
  readonly requests: number
  readonly time: number
  readonly timeout: number
}

/** One `server` line: its peers, and where it has `resolve` the name they follow. */
export interface ServerLine {
  readonly peers: readonly Peer[]
  readonly isBackup: boolean
  readonly name?: string | undefined
  /** The peer of an address of the name. */
  readonly make?: ((address: string) => Peer) | undefined
}

/** A name whose addresses are followed. */
export interface FollowedName {
  readonly name: string
  readonly resolver: NameResolver
  /** The same for equal `resolver` lines. */
  readonly resolverKey: string
  /** Milliseconds that resolving may take. */
  readonly timeout: number
}

export class UpstreamGroup {
  readonly name: string
  readonly method: string
  primary: readonly Peer[] = []
  backup: readonly Peer[] = []
  balancer: Balancer
  readonly keepalive: KeepaliveSettings
  readonly idle: IdleConnections
  /** How its peers are asked whether they are well; absent: they are not. */
  readonly check: ActiveCheck | undefined
  /** Names that are followed while it runs. */
  readonly followed: readonly FollowedName[]
  /** What the names of its `server` lines stand for. */
  readonly #names: Map<string, PeerName>
  readonly #balance: (primary: readonly Peer[], backup: readonly Peer[]) => Balancer
  #lines: readonly ServerLine[]
  /** What was steered by `server` lines: peers that come later are steered, too. */
  readonly #steered = new Map<string, Steer>()
  /** A `proxy_pass` without an `upstream` block made it. */
  readonly implicit: boolean

  constructor(init: {
    name: string
    method: string
    lines: readonly ServerLine[]
    /** Throws a ScriptError. */
    balance: (primary: readonly Peer[], backup: readonly Peer[]) => Balancer
    keepalive: KeepaliveSettings
    implicit: boolean
    names?: readonly PeerName[]
    followed?: readonly FollowedName[]
    check?: ActiveCheck | undefined
    clock: Clock
    /** The pool of the group this one takes the place of. */
    idle?: IdleConnections | undefined
  }) {
    this.name = init.name
    this.method = init.method
    this.keepalive = init.keepalive
    this.implicit = init.implicit
    this.followed = init.followed ?? []
    this.#names = new Map(init.names?.map((one) => [one.name, one]))
    this.check = init.check
    this.#balance = init.balance
    this.#lines = init.lines
    this.balancer = this.#arrange()
    this.idle = init.idle ?? new IdleConnections(init.keepalive, init.clock)
  }

  // Exchanges that have begun go on choosing among the peers they began with.
  #arrange(): Balancer {
    const peersOf = (backup: boolean): Peer[] =>
      this.#lines.flatMap((line) => (line.isBackup === backup ? line.peers : []))
    this.primary = peersOf(false)
    this.backup = peersOf(true)
    for (const peer of this.peers) this.#watchOver(peer)
    return this.#balance(this.primary, this.backup)
  }

  /** A name has these addresses now, or the same as before where `found` has none; true: the peers are others. */
  setAddresses(name: string, found: Partial<Omit<PeerName, 'name' | 'by'>>): boolean {
    const before = this.#names.get(name)
    const addresses = found.addresses ?? before?.addresses ?? []
    const { problem: _solved, ...rest } = before ?? {}
    this.#names.set(name, { ...rest, ...found, name, by: 'resolver', addresses })
    if (sameSet(addresses, before?.addresses ?? [])) return false
    this.#lines = this.#lines.map((line) =>
      line.name === name ? this.#withAddresses(line, addresses) : line,
    )
    this.balancer = this.#arrange()
    return true
  }

  // A peer whose address stays is the same peer, with all that happened to it.
  #withAddresses(line: ServerLine, addresses: readonly string[]): ServerLine {
    const { make } = line
    if (!make) return line
    const peers = addresses.map((address) => {
      const made = make(address)
      const known = line.peers.find((peer) => peer.name === made.name)
      const steered = known ? undefined : this.#steered.get(made.server)
      if (steered) made.steer(steered)
      return known ?? made
    })
    return { ...line, peers }
  }

  /** The addresses a name is known to have. */
  addressesOf(name: string): PeerName | undefined {
    return this.#names.get(name)
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
    if (change.reset) this.#steered.delete(address)
    else this.#steered.set(address, { ...this.#steered.get(address), ...given(change) })
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
      names: [...this.#names.values()],
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

function sameSet(some: readonly string[], others: readonly string[]): boolean {
  return some.length === others.length && some.every((one) => others.includes(one))
}

// What is absent in a later steering stays as it was.
function given(change: Steer): Steer {
  return Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined))
}

function takesAllTheSame(peer: Peer, now: number): boolean {
  return peer.hasRoom() && !peer.failed(now) && peer.check?.state === 'unhealthy'
}

function sum(peers: readonly Peer[], of: (peer: Peer) => number): number {
  return peers.reduce((total, peer) => total + of(peer), 0)
}
