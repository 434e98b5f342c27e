/** How an upstream shares its requests: by the weights configured, and as it was seen. */
import type { Upstream } from '../../../config/model.ts'
import type { PeerStatus, UpstreamStatus } from '../../../status/peer-status.ts'

/** One `server` line of an upstream with what is seen of it. */
export interface PeerRow {
  readonly place: number
  readonly address: string
  readonly weight: number
  readonly backup: boolean
  readonly down: boolean
  /** Its part by weight among those that take requests, 0 to 1; a backup has none. */
  readonly configured: number
  /** Its part of the last minute's requests, 0 to 1. */
  readonly observed: number
  /** Every address the line stands for. */
  readonly peers: readonly PeerStatus[]
}

export function peerRows(pool: Upstream, status: UpstreamStatus | undefined): PeerRow[] {
  const servers = pool.server ?? []
  const counts = servers.map((server) => (server.down || server.backup ? 0 : (server.weight ?? 1)))
  const whole = counts.reduce((sum, weight) => sum + weight, 0)
  return servers.map((server, place) => {
    const peers =
      status?.peers.filter((peer) => peer.server === server.address || peer.address === server.address) ?? []
    return {
      place,
      address: server.address,
      weight: server.weight ?? 1,
      backup: server.backup === true,
      down: server.down === true,
      configured: whole === 0 ? 0 : (counts[place] ?? 0) / whole,
      observed: peers.reduce((sum, peer) => sum + peer.share, 0),
      peers,
    }
  })
}

/** The balancing method, in nginx's word. */
export function methodOf(pool: Upstream): string {
  if (pool.leastConn) return 'least_conn'
  if (pool.ipHash) return 'ip_hash'
  if (pool.hash) return `hash ${pool.hash.key}${pool.hash.consistent ? ' consistent' : ''}`
  if (pool.random) return pool.random.two ? 'random two' : 'random'
  return 'round robin'
}

/** Locations whose proxy_pass names the upstream, directly. */
export function namesUpstream(target: string | undefined, name: string): boolean {
  return target !== undefined && new RegExp(`^https?://${escape(name)}(?:[/:]|$)`).test(target)
}

function escape(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
}
