/** Passive health: what a failed or a good try does to a peer (ngx_http_upstream_free_round_robin_peer). */
import { wholeSeconds, type Peer } from './peer.ts'

/** A try has failed. `single` peers are not judged: there is nobody else. True: the peer is taken out for a while. */
export function peerFailed(peer: Peer, now: number, single: boolean, why: string): boolean {
  peer.failures++
  peer.lastFailure = { why, at: now }
  if (single) {
    peer.fails = 0
    return false
  }
  const second = wholeSeconds(now)
  peer.fails++
  peer.accessed = second
  peer.checked = second
  if (peer.maxFails === 0) return false
  peer.effectiveWeight = Math.max(0, peer.effectiveWeight - Math.floor(peer.weight / peer.maxFails))
  return peer.fails >= peer.maxFails
}

/** A try went well: failures before the present window are forgotten. */
export function peerSucceeded(peer: Peer): void {
  if (peer.accessed < peer.checked) peer.fails = 0
}
