/** How the next peer is chosen; one file a method beside this one. */
import type { Exchange } from '../request/exchange.ts'
import type { Peer } from './peer.ts'

/** What one exchange remembers while it tries peers. */
export interface Choice {
  /** Peers that were tried. */
  readonly tried: Set<Peer>
  /** The next peer, or undefined when none is left. */
  next(now: number): Peer | undefined
  /** How many peers may still be tried. */
  tries: number
}

export interface Balancer {
  /** Begins choosing for an exchange. */
  begin(x: Exchange): Choice
}
