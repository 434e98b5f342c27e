/** How the next peer is chosen; one file a method beside this one. */
import type { Exchange } from '../request/exchange.ts'
import type { Peer } from './peer.ts'

/** What one exchange remembers while it tries peers. */
export interface Choice {
  /** How many peers may be tried. */
  readonly tries: number
  /**
   * The next peer, or undefined when none is left. `now`: monotonic milliseconds. `sid`: of the peer that is wanted
   * before all others, if it takes requests.
   */
  next(now: number, sid?: string): Peer | undefined
}

export interface Balancer {
  /** Begins choosing for an exchange. */
  begin(x: Exchange): Choice
  /** A peer's weight was steered: what was computed from the weights is made anew. */
  reweigh?(): void
}

/** The peers an exchange has tried: mostly one, so that a set is made only for the second. */
export class Tried {
  #first: Peer | undefined
  #others: Set<Peer> | undefined

  has(peer: Peer): boolean {
    return this.#first === peer || this.#others?.has(peer) === true
  }

  add(peer: Peer): void {
    if (this.#first === undefined) this.#first = peer
    else if (this.#first !== peer) (this.#others ??= new Set()).add(peer)
  }
}

/** The peer of this SID, if it may be tried: one that drains goes on with its clients (ngx_http_upstream_get_rr_peer_by_sid). */
export function peerOfSid(
  peers: readonly Peer[],
  tried: Tried,
  now: number,
  sid: string | undefined,
): Peer | undefined {
  if (sid === undefined) return undefined
  const peer = peers.find((one) => one.sid === sid)
  return peer && !tried.has(peer) && peer.availableToItsOwn(now) ? peer : undefined
}
