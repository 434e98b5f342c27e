/** least_conn: fewest active connections for the weight; among equals smooth round robin (ngx_http_upstream_least_conn_module.c). */
import { peerOfSid, type Balancer, type Tried } from './balancer.ts'
import type { Peer } from './peer.ts'
import { FallbackChoice, onlyPeer, takeTurn } from './round-robin.ts'

/** The least busy peer among those that are available and untried. */
export function pickLeastConn(
  peers: readonly Peer[],
  tried: Tried,
  now: number,
  sid?: string,
): Peer | undefined {
  const own = peerOfSid(peers, tried, now, sid)
  if (own) {
    own.chosen(now)
    return own
  }
  let best: Peer | undefined
  let first = 0
  let many = false
  for (let i = 0; i < peers.length; i++) {
    const peer = peers[i]
    if (!peer || tried.has(peer) || !peer.available(now)) continue
    const compared = best ? peer.connections * best.weight - best.connections * peer.weight : -1
    if (compared < 0) {
      best = peer
      first = i
      many = false
    } else if (compared === 0) many = true
  }
  if (!best) return undefined
  if (many) best = pickAmongEquals(peers, first, best, tried, now)
  best.chosen(now)
  return best
}

// nginx compares with the best so far, which changes while it looks; only equals take part in the turns.
function pickAmongEquals(peers: readonly Peer[], from: number, least: Peer, tried: Tried, now: number): Peer {
  let best = least
  let total = 0
  for (let i = from; i < peers.length; i++) {
    const peer = peers[i]
    if (!peer || tried.has(peer) || !peer.available(now)) continue
    if (peer.connections * best.weight !== best.connections * peer.weight) continue
    total += takeTurn(peer)
    if (peer.currentWeight > best.currentWeight) best = peer
  }
  best.currentWeight -= total
  return best
}

export function leastConn(primary: readonly Peer[], backup: readonly Peer[]): Balancer {
  return onlyPeer(primary, backup) ?? { begin: () => new FallbackChoice(primary, backup, pickLeastConn) }
}
