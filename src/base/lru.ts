export interface LruOptions<K, V> {
  /** The most that all values may weigh together. */
  readonly limit: number
  /** What a value weighs; 1 if absent, so that `limit` is a number of values. */
  readonly weigh?: (value: V, key: K) => number
  /** Told of each value that is pushed out or replaced; not of those that are deleted. */
  readonly onEvict?: (key: K, value: V) => void
}

/** Keeps what was used last, within a limit. A value heavier than the limit is not kept at all. */
export class Lru<K, V> {
  private readonly options: LruOptions<K, V>
  // A Map lists its keys in the order they were set: the least recently used is the first.
  private readonly entries = new Map<K, { readonly value: V; readonly weight: number }>()
  private total = 0

  constructor(options: LruOptions<K, V>) {
    this.options = options
  }

  /** How many values are kept. */
  get size(): number {
    return this.entries.size
  }

  /** What all kept values weigh. */
  get weight(): number {
    return this.total
  }

  /** The value, which is now the most recently used one. */
  get(key: K): V | undefined {
    const entry = this.entries.get(key)
    if (entry === undefined) return undefined
    this.entries.delete(key)
    this.entries.set(key, entry)
    return entry.value
  }

  /** The value, without that counting as a use. */
  peek(key: K): V | undefined {
    return this.entries.get(key)?.value
  }

  has(key: K): boolean {
    return this.entries.has(key)
  }

  /** Keeps the value as the most recently used one and pushes out what has no room beside it any more. */
  set(key: K, value: V): void {
    const { limit, weigh, onEvict } = this.options
    const replaced = this.remove(key)
    if (replaced !== undefined && replaced.value !== value) onEvict?.(key, replaced.value)
    const weight = weigh === undefined ? 1 : weigh(value, key)
    if (weight > limit) {
      onEvict?.(key, value)
      return
    }
    this.entries.set(key, { value, weight })
    this.total += weight
    for (const [oldest, entry] of this.entries) {
      if (this.total <= limit) break
      this.remove(oldest)
      onEvict?.(oldest, entry.value)
    }
  }

  /** True if there was such a value. */
  delete(key: K): boolean {
    return this.remove(key) !== undefined
  }

  clear(): void {
    this.entries.clear()
    this.total = 0
  }

  /** From the least to the most recently used. */
  *[Symbol.iterator](): IterableIterator<[K, V]> {
    for (const [key, entry] of this.entries) yield [key, entry.value]
  }

  private remove(key: K): { readonly value: V } | undefined {
    const entry = this.entries.get(key)
    if (entry === undefined) return undefined
    this.entries.delete(key)
    this.total -= entry.weight
    return entry
  }
}
