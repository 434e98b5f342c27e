/**
 * Smooth weighted round robin, the same sequence for the same weights as nginx
 * (ngx_http_upstream_round_robin.c).
 */
import type { Balancer, Choice } from './balancer.ts'
import type { Peer } from './peer.ts'

/** The peer whose turn it is among those that are available and untried; moves everybody's current weight. */
export function pickSmooth(peers: readonly Peer[], tried: ReadonlySet<Peer>, now: number): Peer | undefined {
  let best: Peer | undefined
  let total = 0
  for (const peer of peers) {
    if (tried.has(peer) || !peer.available(now)) continue
    peer.currentWeight += peer.effectiveWeight
    total += peer.effectiveWeight
    if (peer.effectiveWeight < peer.weight) peer.effectiveWeight++
    if (!best || peer.currentWeight > best.currentWeight) best = peer
  }
  if (!best) return undefined
  best.currentWeight -= total
  if (now - best.checked > best.failTimeout) best.checked = now
  return best
}

/** A choice that falls back to the backup peers when the primary ones are used up. */
export function chooseFrom(
  primary: readonly Peer[],
  backup: readonly Peer[],
  pick: (peers: readonly Peer[], tried: Set<Peer>, now: number) => Peer | undefined,
): Choice {
  const tried = new Set<Peer>()
  let peers = primary
  const countUp = (list: readonly Peer[]): number => list.filter((peer) => !peer.down).length
  const choice: Choice = {
    tried,
    tries: countUp(primary) + countUp(backup),
    next(now) {
      const [only] = peers
      // One peer alone is never taken out, and may be tried again after a stale kept connection.
      if (peers.length === 1 && backup.length === 0 && only) {
        if (only.down || only.draining) return undefined
        if (only.maxConns > 0 && only.connections >= only.maxConns) return undefined
        tried.add(only)
        return only
      }
      let peer = pick(peers, tried, now)
      if (!peer && peers === primary && backup.length > 0) {
        peers = backup
        peer = pick(peers, tried, now)
      }
      if (peer) tried.add(peer)
      return peer
    },
  }
  return choice
}

/** Round robin by weight. */
export function roundRobin(primary: readonly Peer[], backup: readonly Peer[]): Balancer {
  return { begin: () => chooseFrom(primary, backup, pickSmooth) }
}
