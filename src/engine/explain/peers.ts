/** Which peers a request could get, and which one would be next; nobody's turn is used up. */
import type { ExplainedPeer } from '../../status/explanation.ts'
import type { Exchange } from '../request/exchange.ts'
import type { UpstreamGroup } from '../upstream/group.ts'
import type { Peer } from '../upstream/peer.ts'

export function explainPeers(x: Exchange, group: UpstreamGroup): ExplainedPeer[] {
  const now = x.cycle.clock.monotonic()
  const next = group.method === 'random' ? undefined : nextPeer(x, group, now)
  const alone = group.peers.length === 1
  return group.peers.map((peer) => ({
    address: peer.name,
    weight: peer.weight,
    backup: peer.isBackup,
    state: stateOf(peer, now, alone),
    next: peer === next,
  }))
}

function stateOf(peer: Peer, now: number, alone: boolean): ExplainedPeer['state'] {
  if (peer.down) return 'down'
  if (peer.draining) return 'draining'
  if (!alone && peer.failed(now)) return 'failed'
  if (peer.hasRoom() && !alone && !peer.available(now)) return 'unhealthy'
  return peer.hasRoom() ? 'may-be-picked' : 'full'
}

// Choosing moves turns along; they are put back.
function nextPeer(x: Exchange, group: UpstreamGroup, now: number): Peer | undefined {
  const before = group.peers.map(({ currentWeight, effectiveWeight, checked }) => ({
    currentWeight,
    effectiveWeight,
    checked,
  }))
  try {
    return group.balancer.begin(x).next(now)
  } finally {
    group.peers.forEach((peer, index) => Object.assign(peer, before[index]))
  }
}
