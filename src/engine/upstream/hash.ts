/** hash: one key, one peer, as Cache::Memcached finds it (ngx_http_upstream_hash_module.c). */
import { crc32 } from 'node:zlib'
import type { Script } from '../request/script.ts'
import type { Balancer, Choice } from './balancer.ts'
import { KeyedChoice, mostLooks, peerAt } from './keyed.ts'
import type { Peer } from './peer.ts'
import { FallbackChoice, onlyPeer, pickSmooth, totalWeight } from './round-robin.ts'

/** ((crc32([REHASH] KEY) >> 16) & 0x7fff) + PREV_HASH, with REHASH left out at first. */
export class HashChoice extends KeyedChoice {
  readonly #key: Buffer
  readonly #total: number
  #rehash = 0
  #hash = 0

  /** `key`: bytes, one a character. */
  constructor(peers: readonly Peer[], total: number, key: string) {
    super(peers)
    this.#key = Buffer.from(key, 'latin1')
    this.#total = total
  }

  protected override look(now: number): Peer | undefined {
    while (this.looks <= mostLooks) {
      const seed = this.#rehash > 0 ? crc32(String(this.#rehash)) : 0
      // nginx adds in 32 bits.
      this.#hash = (this.#hash + ((crc32(this.#key, seed) >>> 16) & 0x7fff)) >>> 0
      this.#rehash++
      const peer = peerAt(this.peers, this.#hash % this.#total)
      if (this.usable(peer, now)) return peer
    }
    return undefined
  }
}

/** `hash key`. A key that is empty says nothing: those exchanges take turns. */
export function hash(peers: readonly Peer[], key: Script): Balancer {
  const only = onlyPeer(peers, [])
  if (only) return only
  let total = totalWeight(peers)
  return {
    begin: (x) => {
      const value = key(x)
      return value === '' ? takingTurns(peers) : new HashChoice(peers, total, value)
    },
    reweigh: () => void (total = totalWeight(peers)),
  }
}

/** What keyed methods do without a key. */
export function takingTurns(peers: readonly Peer[]): Choice {
  return new FallbackChoice(peers, [], pickSmooth)
}
