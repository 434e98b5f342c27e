/**
 * The states of a `limit_req_zone`: a leaky bucket for each key (ngx_http_limit_req_module.c). As in nginx
 * everything is whole numbers: a request is 1000, a rate is thousandths of a request a second, times are
 * milliseconds.
 */
import type { LimitKeyStatus } from '../../status/limit-zone-status.ts'
import { keyText } from './key-text.ts'
import { OutcomeCounts } from './limit-counts.ts'
import { Slab } from './slab.ts'

// offsetof in nginx's node; its key follows.
const nodeHead = 80
const contextSize = 80
// After so long without a request a state that has drained may go.
const idleMs = 60_000
// How far down the list of recent keys the hottest are looked for.
const lookedAt = 20_000

/** One key's bucket, in a list from the most to the least recently used. */
export interface RateState {
  readonly key: string
  excess: number
  last: number
  /** Requests that have looked and not accounted yet: it must not go. */
  waiting: number
  /** Requests that were delayed and rejected, or would have been. */
  delayed: number
  rejected: number
  newer: RateState | undefined
  older: RateState | undefined
}

/** One moment on both clocks, whole milliseconds: since some start, and since 1970. */
export interface StatusTime {
  readonly monotonic: number
  readonly wall: number
}

/** What looking a key up says: `more` limits must agree, it is `counted`, over the `burst`, or there is no room. */
export type RateLookup =
  | { readonly verdict: 'more'; readonly state: RateState }
  | { readonly verdict: 'counted' | 'over'; readonly excess: number }
  | { readonly verdict: 'full' }

export class RateStates {
  readonly counts = new OutcomeCounts()
  evicted = 0
  readonly #states = new Map<string, RateState>()
  readonly #slab: Slab
  /** Bytes of all keys. */
  #keyBytes = 0
  #newest: RateState | undefined
  #oldest: RateState | undefined

  /** `size`: bytes of the zone. */
  constructor(name: string, size: number) {
    this.#slab = new Slab(size)
    this.#slab.alloc(contextSize)
    this.#slab.alloc(` in limit_req zone "${name}"`.length + 1)
  }

  get keys(): number {
    return this.#states.size
  }

  get used(): number {
    return this.#slab.used
  }

  /** About how many keys it can hold: those it has, and as many more as fit of `length` or their mean length. */
  capacity(length: number): number {
    const mean = this.keys === 0 ? length : Math.round(this.#keyBytes / this.keys)
    return this.keys + this.#slab.roomFor(nodeHead + mean)
  }

  /** Remembers with a key what became of one of its requests. */
  note(key: string, outcome: 'delayed' | 'rejected'): void {
    const state = this.#states.get(key)
    if (state) state[outcome]++
  }

  /** ngx_http_limit_req_lookup. `account`: this is the last limit, so the request counts at once. */
  lookup(key: string, rate: number, burst: number, account: boolean, now: number): RateLookup {
    const known = this.#states.get(key)
    if (known) {
      this.#unlink(known)
      this.#link(known)
      const ms = elapsed(known, now)
      const excess = excessAfter(known, rate, ms)
      if (excess > burst) return { verdict: 'over', excess }
      if (!account) {
        known.waiting++
        return { verdict: 'more', state: known }
      }
      known.excess = excess
      if (ms) known.last = now
      return { verdict: 'counted', excess }
    }
    if (!this.#makeRoom(key, rate, now)) return { verdict: 'full' }
    const state: RateState = {
      key,
      excess: 0,
      // Nothing has been counted yet.
      last: account ? now : -Infinity,
      waiting: account ? 0 : 1,
      delayed: 0,
      rejected: 0,
      newer: undefined,
      older: undefined,
    }
    this.#states.set(key, state)
    this.#keyBytes += key.length
    this.#link(state)
    return account ? { verdict: 'counted', excess: 0 } : { verdict: 'more', state }
  }

  /** The excess that a request would have now, in thousandths; nothing is counted. */
  peek(key: string, rate: number, now: number): number {
    const known = this.#states.get(key)
    return known ? excessAfter(known, rate, elapsed(known, now)) : 0
  }

  /** Counts a request that has waited for other limits to agree; the excess with it. */
  account(state: RateState, rate: number, now: number): number {
    const ms = elapsed(state, now)
    const excess = excessAfter(state, rate, ms)
    if (ms) state.last = now
    state.excess = excess
    state.waiting--
    return excess
  }

  /** Forgets a key; false: it is not known. One that is being looked at only loses its excess. */
  reset(key: string): boolean {
    const state = this.#states.get(key)
    if (!state) return false
    if (state.waiting > 0) state.excess = 0
    else this.#remove(state)
    return true
  }

  /** The keys with the highest excess, the highest first. */
  hottest(
    count: number,
    rate: number,
    source: string,
    { monotonic: now, wall }: StatusTime,
  ): LimitKeyStatus[] {
    const found: { state: RateState; excess: number }[] = []
    let looked = 0
    for (let state = this.#newest; state && looked < lookedAt; state = state.older, looked++) {
      const excess = Math.max(0, excessAfter(state, rate, elapsed(state, now)) - 1000)
      if (found.length === count && excess <= (found.at(-1)?.excess ?? 0)) continue
      found.push({ state, excess })
      found.sort((a, b) => b.excess - a.excess)
      if (found.length > count) found.pop()
    }
    return found.map(({ state, excess }) => ({
      key: keyText(source, state.key),
      load: excess / 1000,
      ...(state.last > -Infinity && { lastAt: 1000 * Math.floor((wall - now + state.last) / 1000) }),
      delayed: state.delayed,
      rejected: state.rejected,
    }))
  }

  // Drained states go first; when memory is out the least recently used goes, drained or not.
  #makeRoom(key: string, rate: number, now: number): boolean {
    const size = nodeHead + key.length
    this.#expire(rate, now, false)
    if (this.#slab.alloc(size)) return true
    this.#expire(rate, now, true)
    return this.#slab.alloc(size)
  }

  // ngx_http_limit_req_expire: one or two drained states, before them the oldest where `force` says so.
  #expire(rate: number, now: number, force: boolean): void {
    for (let n = force ? 0 : 1; n < 3; n++) {
      const state = this.#oldest
      // A state that is waited for was bumped just now: what is behind it is as recent.
      if (!state || state.waiting > 0) return
      if (n > 0) {
        const ms = Math.abs(now - state.last)
        if (ms < idleMs || state.excess - Math.floor((rate * ms) / 1000) > 0) return
      } else this.evicted++
      this.#remove(state)
    }
  }

  #remove(state: RateState): void {
    this.#unlink(state)
    this.#states.delete(state.key)
    this.#keyBytes -= state.key.length
    this.#slab.free(nodeHead + state.key.length)
  }

  #link(state: RateState): void {
    state.newer = undefined
    state.older = this.#newest
    if (this.#newest) this.#newest.newer = state
    this.#newest = state
    this.#oldest ??= state
  }

  #unlink(state: RateState): void {
    if (state.newer) state.newer.older = state.older
    else if (this.#newest === state) this.#newest = state.older
    if (state.older) state.older.newer = state.newer
    else if (this.#oldest === state) this.#oldest = state.newer
  }
}

function elapsed(state: RateState, now: number): number {
  const ms = now - state.last
  return ms < -60_000 ? 1 : Math.max(0, ms)
}

function excessAfter(state: RateState, rate: number, ms: number): number {
  return Math.max(0, state.excess - Math.floor((rate * ms) / 1000) + 1000)
}
