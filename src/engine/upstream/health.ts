/** Passive health: what a failed or a good try does to a peer (ngx_http_upstream_free_round_robin_peer). */
import type { Peer } from './peer.ts'

/** A try has failed. `single` peers are not judged: there is nobody else. */
export function peerFailed(peer: Peer, now: number, single: boolean, why: string): void {
  peer.failures++
  peer.lastFailure = why
  if (single) {
    peer.fails = 0
    return
  }
  peer.fails++
  peer.accessed = now
  peer.checked = now
  if (peer.maxFails > 0) {
    peer.effectiveWeight -= Math.floor(peer.weight / peer.maxFails)
    if (peer.effectiveWeight < 0) peer.effectiveWeight = 0
  }
}

/** A try went well: failures before the present window are forgotten. */
export function peerSucceeded(peer: Peer): void {
  if (peer.accessed < peer.checked) peer.fails = 0
}
