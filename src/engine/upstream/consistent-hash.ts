/**
 * hash … consistent: ketama points as Cache::Memcached::Fast has them, so that a peer that goes takes only
 * its own keys with it (ngx_http_upstream_init_chash).
 */
import { crc32 } from 'node:zlib'
import type { Script } from '../request/script.ts'
import type { Balancer } from './balancer.ts'
import { takingTurns } from './hash.ts'
import { KeyedChoice, mostLooks } from './keyed.ts'
import type { Peer } from './peer.ts'
import { onlyPeer, takeTurn } from './round-robin.ts'

const pointsOfWeight = 160

/** Points on the circle in rising order, and the `server` line that each belongs to. */
export interface Ring {
  readonly hashes: Uint32Array
  readonly servers: readonly string[]
}

/** The points of all peers, each hash once: the first one made counts. */
export function ringOf(peers: readonly Peer[]): Ring {
  const points: { hash: number; server: string }[] = []
  for (const peer of peers) addPoints(points, peer)
  points.sort((a, b) => a.hash - b.hash)
  const kept = points.filter((point, i) => i === 0 || point.hash !== points[i - 1]?.hash)
  return { hashes: Uint32Array.from(kept, ({ hash }) => hash), servers: kept.map(({ server }) => server) }
}

// crc32(HOST \0 PORT PREV_HASH), each hash going into the next.
function addPoints(points: { hash: number; server: string }[], { server, weight }: Peer): void {
  const { host, port } = hostAndPort(server)
  const base = crc32(Buffer.from(`${host}\0${port}`, 'utf8'))
  const previous = Buffer.alloc(4)
  for (let i = 0; i < weight * pointsOfWeight; i++) {
    const hash = crc32(previous, base)
    points.push({ hash, server })
    previous.writeUInt32LE(hash)
  }
}

// As the `server` line writes it, not as it is resolved.
function hostAndPort(server: string): { host: string; port: string } {
  if (/^unix:/i.test(server)) return { host: server.slice(5), port: '' }
  const match = /^(.*):([0-9]*)$/s.exec(server)
  return match ? { host: match[1] ?? '', port: match[2] ?? '' } : { host: server, port: '' }
}

/** The first point at or behind a hash; one more than the last where there is none. */
export function pointOf({ hashes }: Ring, hash: number): number {
  let low = 0
  let high = hashes.length
  while (low < high) {
    const middle = (low + high) >>> 1
    const at = hashes[middle] ?? 0
    if (hash > at) low = middle + 1
    else if (hash < at) high = middle
    else return middle
  }
  return low
}

export class ConsistentHashChoice extends KeyedChoice {
  readonly #ring: Ring
  #point: number

  /** `key`: bytes, one a character. */
  constructor(peers: readonly Peer[], ring: Ring, key: string) {
    super(peers)
    this.#ring = ring
    this.#point = pointOf(ring, crc32(Buffer.from(key, 'latin1')))
  }

  protected override look(now: number): Peer | undefined {
    while (this.looks <= mostLooks) {
      const { servers } = this.#ring
      const peer = this.#pickOf(servers[this.#point % servers.length] ?? '', now)
      if (peer) return peer
      this.#point++
      this.looks++
    }
    return undefined
  }

  // A server whose name has several addresses shares its points among them by turns.
  #pickOf(server: string, now: number): Peer | undefined {
    let best: Peer | undefined
    let total = 0
    for (const peer of this.peers) {
      if (peer.server !== server || this.tried.has(peer) || !peer.available(now)) continue
      total += takeTurn(peer)
      if (!best || peer.currentWeight > best.currentWeight) best = peer
    }
    if (best) best.currentWeight -= total
    return best
  }
}

/** `hash key consistent`. */
export function consistentHash(peers: readonly Peer[], key: Script): Balancer {
  const only = onlyPeer(peers, [])
  if (only) return only
  let ring = ringOf(peers)
  return {
    begin: (x) => {
      const value = key(x)
      return value === '' ? takingTurns(peers) : new ConsistentHashChoice(peers, ring, value)
    },
    reweigh: () => void (ring = ringOf(peers)),
  }
}
