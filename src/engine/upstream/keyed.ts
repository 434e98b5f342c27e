/** What the methods have in common that choose a peer by a number: they give up after 20 vain looks and take turns. */
import { peerOfSid, Tried, type Choice } from './balancer.ts'
import type { Peer } from './peer.ts'
import { countUp, pickSmooth } from './round-robin.ts'

/** How often nginx looks for a peer that can be used before it goes round robin. */
export const mostLooks = 20

/** A choice by a number, which falls back to round robin among the same peers. */
export abstract class KeyedChoice implements Choice {
  readonly tries: number
  protected readonly peers: readonly Peer[]
  protected readonly tried = new Tried()
  /** Vain looks so far, all tries of the exchange together. */
  protected looks = 0

  constructor(peers: readonly Peer[]) {
    this.peers = peers
    this.tries = countUp(peers)
  }

  next(now: number, sid?: string): Peer | undefined {
    let peer = peerOfSid(this.peers, this.tried, now, sid)
    peer ??= this.looks > mostLooks ? undefined : this.look(now)
    if (peer) peer.chosen(now)
    else peer = pickSmooth(this.peers, this.tried, now)
    if (peer) this.tried.add(peer)
    return peer
  }

  /** The peer of the number, or of one of those that follow; undefined where too many looks were vain. */
  protected abstract look(now: number): Peer | undefined

  /** The peer may be taken. If not, that was one look more. */
  protected usable(peer: Peer | undefined, now: number): peer is Peer {
    if (peer && !this.tried.has(peer) && peer.available(now)) return true
    this.looks++
    return false
  }
}

/** The peer on whose part of the total weight a number falls. */
export function peerAt(peers: readonly Peer[], number: number): Peer | undefined {
  let left = number
  for (const peer of peers) {
    if (left < peer.weight) return peer
    left -= peer.weight
  }
  return undefined
}
