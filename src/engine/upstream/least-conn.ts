/** least_conn: fewest active connections for the weight; among equals smooth round robin (ngx_http_upstream_least_conn_module.c). */
import type { Balancer } from './balancer.ts'
import type { Peer } from './peer.ts'
import { chooseFrom, pickSmooth } from './round-robin.ts'

export function pickLeastConn(
  peers: readonly Peer[],
  tried: ReadonlySet<Peer>,
  now: number,
): Peer | undefined {
  let best: Peer | undefined
  let equals: Peer[] = []
  for (const peer of peers) {
    if (tried.has(peer) || !peer.available(now)) continue
    const compared = best ? peer.connections * best.weight - best.connections * peer.weight : -1
    if (compared < 0) {
      best = peer
      equals = [peer]
    } else if (compared === 0) equals.push(peer)
  }
  if (!best) return undefined
  if (equals.length > 1) return pickSmooth(equals, tried, now)
  // nginx moves the weights of the chosen one only among equals.
  if (now - best.checked > best.failTimeout) best.checked = now
  return best
}

export function leastConn(primary: readonly Peer[], backup: readonly Peer[]): Balancer {
  return { begin: () => chooseFrom(primary, backup, pickLeastConn) }
}
