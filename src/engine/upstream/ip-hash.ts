/** ip_hash: one client network, one peer; IPv4 by its first three bytes, IPv6 whole (ngx_http_upstream_ip_hash_module.c). */
import { addressBytes } from '../request/address-bytes.ts'
import type { Balancer } from './balancer.ts'
import { KeyedChoice, mostLooks, peerAt } from './keyed.ts'
import type { Peer } from './peer.ts'
import { onlyPeer, totalWeight } from './round-robin.ts'

export class IpHashChoice extends KeyedChoice {
  readonly #bytes: string
  readonly #total: number
  #hash = 89

  /** `bytes`: the address in network order, one byte a character. */
  constructor(peers: readonly Peer[], total: number, bytes: string) {
    super(peers)
    this.#bytes = hashedPart(bytes)
    this.#total = total
  }

  protected override look(now: number): Peer | undefined {
    // nginx keeps the hash of the last look only where it found somebody.
    let hash = this.#hash
    while (this.looks <= mostLooks) {
      for (let i = 0; i < this.#bytes.length; i++) hash = (hash * 113 + this.#bytes.charCodeAt(i)) % 6271
      const peer = peerAt(this.peers, hash % this.#total)
      if (this.usable(peer, now)) {
        this.#hash = hash
        return peer
      }
    }
    return undefined
  }
}

function hashedPart(bytes: string): string {
  if (bytes.length === 16) return bytes
  return bytes.length === 4 ? bytes.slice(0, 3) : '\0\0\0'
}

/** `ip_hash`, by the address that real_ip found, where it did. */
export function ipHash(peers: readonly Peer[]): Balancer {
  const only = onlyPeer(peers, [])
  if (only) return only
  let total = totalWeight(peers)
  return {
    begin: (x) =>
      new IpHashChoice(peers, total, addressBytes(x.realAddress ?? x.address.remoteAddress) ?? ''),
    reweigh: () => void (total = totalWeight(peers)),
  }
}
