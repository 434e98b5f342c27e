/** random: a peer by chance and weight, or the less busy of two (ngx_http_upstream_random_module.c). */
import type { Balancer } from './balancer.ts'
import { KeyedChoice, mostLooks, peerAt } from './keyed.ts'
import type { Peer } from './peer.ts'
import { onlyPeer, totalWeight } from './round-robin.ts'

/** A number from 0 up to, and without, 1. */
export type Chance = () => number

export class RandomChoice extends KeyedChoice {
  readonly #total: number
  readonly #two: boolean
  readonly #chance: Chance

  constructor(peers: readonly Peer[], total: number, two: boolean, chance: Chance) {
    super(peers)
    this.#total = total
    this.#two = two
    this.#chance = chance
  }

  protected override look(now: number): Peer | undefined {
    let first: Peer | undefined
    while (this.looks <= mostLooks) {
      const peer = peerAt(this.peers, Math.floor(this.#chance() * this.#total))
      if (peer !== undefined && peer === first) {
        this.looks++
        continue
      }
      if (!this.usable(peer, now)) continue
      if (!this.#two) return peer
      if (first) return peer.connections * first.weight > first.connections * peer.weight ? first : peer
      first = peer
    }
    return undefined
  }
}

/** `random` and `random two least_conn`. */
export function random(peers: readonly Peer[], two: boolean, chance: Chance = Math.random): Balancer {
  const only = onlyPeer(peers, [])
  if (only) return only
  let total = totalWeight(peers)
  return {
    begin: () => new RandomChoice(peers, total, two, chance),
    reweigh: () => void (total = totalWeight(peers)),
  }
}
