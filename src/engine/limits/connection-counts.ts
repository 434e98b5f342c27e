/** The counts of a `limit_conn_zone`: requests in flight for each key (ngx_http_limit_conn_module.c). */
import type { LimitKeyStatus } from '../../status/limit-zone-status.ts'
import { keyText } from './key-text.ts'
import { OutcomeCounts } from './limit-counts.ts'
import { Slab } from './slab.ts'

// offsetof in nginx's node; its key follows.
const nodeHead = 36
const contextSize = 64

/** One key's requests in flight. */
export interface ConnectionCount {
  readonly key: string
  count: number
  /** Requests that were rejected, or would have been, since the key is known. */
  rejected: number
}

export class ConnectionCounts {
  readonly counts = new OutcomeCounts()
  readonly #counts = new Map<string, ConnectionCount>()
  readonly #slab: Slab
  /** Bytes of all keys. */
  #keyBytes = 0

  /** `size`: bytes of the zone. */
  constructor(name: string, size: number) {
    this.#slab = new Slab(size)
    this.#slab.alloc(contextSize)
    this.#slab.alloc(` in limit_conn_zone "${name}"`.length + 1)
  }

  get keys(): number {
    return this.#counts.size
  }

  get used(): number {
    return this.#slab.used
  }

  /** About how many keys it can hold: those it has, and as many more as fit of `length` or their mean length. */
  capacity(length: number): number {
    const mean = this.keys === 0 ? length : Math.round(this.#keyBytes / this.keys)
    return this.keys + this.#slab.roomFor(nodeHead + mean)
  }

  /** Counts one more, to be given to `leave`; `over`: there are `limit` already, `full`: no memory for another key. */
  enter(key: string, limit: number): ConnectionCount | 'over' | 'full' {
    const known = this.#counts.get(key)
    if (known) {
      if (known.count >= limit) {
        known.rejected++
        return 'over'
      }
      known.count++
      return known
    }
    if (!this.#slab.alloc(nodeHead + key.length)) return 'full'
    const count = { key, count: 1, rejected: 0 }
    this.#counts.set(key, count)
    this.#keyBytes += key.length
    return count
  }

  /** How many there are of a key. */
  peek(key: string): number {
    return this.#counts.get(key)?.count ?? 0
  }

  /** Takes back what `enter` counted. */
  leave(count: ConnectionCount): void {
    count.count--
    if (count.count === 0 && this.#counts.get(count.key) === count) this.reset(count.key)
  }

  /** Forgets a key; false: it is not known. Requests in flight no longer count. */
  reset(key: string): boolean {
    if (!this.#counts.delete(key)) return false
    this.#keyBytes -= key.length
    this.#slab.free(nodeHead + key.length)
    return true
  }

  /** The keys with the most requests in flight, the most first. */
  hottest(count: number, source: string): LimitKeyStatus[] {
    return [...this.#counts.values()]
      .sort((a, b) => b.count - a.count)
      .slice(0, count)
      .map(({ key, count: load, rejected }) => ({ key: keyText(source, key), load, delayed: 0, rejected }))
  }
}
