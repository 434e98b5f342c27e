/**
 * Smooth weighted round robin, the same sequence for the same weights as nginx
 * (ngx_http_upstream_round_robin.c).
 */
import { peerOfSid, Tried, type Balancer, type Choice } from './balancer.ts'
import type { Peer } from './peer.ts'

/** Chooses among peers that are available and untried. */
export type Pick = (peers: readonly Peer[], tried: Tried, now: number, sid?: string) => Peer | undefined

/** The peer whose turn it is among those that are available and untried; moves everybody's current weight. */
export function pickSmooth(
  peers: readonly Peer[],
  tried: Tried,
  now: number,
  sid?: string,
): Peer | undefined {
  const own = peerOfSid(peers, tried, now, sid)
  if (own && own.currentWeight <= own.weight - totalWeight(peers)) {
    // It is so far behind that its own clients no longer count as turns.
    own.chosen(now)
    return own
  }
  let best: Peer | undefined
  let total = 0
  for (const peer of peers) {
    if (tried.has(peer) || !peer.available(now)) continue
    total += takeTurn(peer)
    if (!best || peer.currentWeight > best.currentWeight) best = peer
  }
  best = own ?? best
  if (!best) return undefined
  best.currentWeight -= total
  best.chosen(now)
  return best
}

/** A peer's turn comes nearer by its effective weight, which grows back after failures; returns what it counts for. */
export function takeTurn(peer: Peer): number {
  const { effectiveWeight } = peer
  peer.currentWeight += effectiveWeight
  if (effectiveWeight < peer.weight) peer.effectiveWeight++
  return effectiveWeight
}

/** Goes on to the backup peers when the primary ones are used up. */
export class FallbackChoice implements Choice {
  readonly tries: number
  readonly tried = new Tried()
  readonly #backup: readonly Peer[]
  readonly #pick: Pick
  #peers: readonly Peer[]

  constructor(primary: readonly Peer[], backup: readonly Peer[], pick: Pick) {
    this.tries = countUp(primary) + countUp(backup)
    this.#peers = primary
    this.#backup = backup
    this.#pick = pick
  }

  next(now: number, sid?: string): Peer | undefined {
    let peer = this.#pick(this.#peers, this.tried, now, sid)
    if (!peer && this.#peers !== this.#backup && this.#backup.length > 0) {
      this.#peers = this.#backup
      peer = this.#pick(this.#peers, this.tried, now, sid)
    }
    if (peer) this.tried.add(peer)
    return peer
  }
}

/** What all weights add up to. */
export function totalWeight(peers: readonly Peer[]): number {
  let total = 0
  for (const peer of peers) total += peer.weight
  return total
}

/** Peers that are neither down nor drain, which is how often nginx tries. */
export function countUp(peers: readonly Peer[]): number {
  let up = 0
  for (const peer of peers) if (!peer.down && !peer.draining) up++
  return up
}

/** One peer alone is never taken out, and may be tried again after a stale kept connection. */
export class OnlyChoice implements Choice {
  readonly #peer: Peer

  constructor(peer: Peer) {
    this.#peer = peer
  }

  get tries(): number {
    return this.#peer.down ? 0 : 1
  }

  next(now: number, sid?: string): Peer | undefined {
    if (sid === this.#peer.sid) return this.#peer.availableToItsOwn(now) ? this.#peer : undefined
    return this.#peer.hasRoom() ? this.#peer : undefined
  }
}

/** The balancer of one peer alone, whatever the method; undefined where there are others. */
export function onlyPeer(primary: readonly Peer[], backup: readonly Peer[]): Balancer | undefined {
  const [first] = primary
  if (!first || primary.length > 1 || backup.length > 0) return undefined
  const choice = new OnlyChoice(first)
  return { begin: () => choice }
}

/** Round robin by weight. */
export function roundRobin(primary: readonly Peer[], backup: readonly Peer[]): Balancer {
  return onlyPeer(primary, backup) ?? { begin: () => new FallbackChoice(primary, backup, pickSmooth) }
}
