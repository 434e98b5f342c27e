/** The newest `capacity` values, in the order they came. Every value has a number that is never given again. */
export class RingBuffer<T> {
  readonly capacity: number
  private readonly slots: (T | undefined)[]
  private count = 0
  // The number of the first value that was not forgotten.
  private kept = 0

  constructor(capacity: number) {
    if (!(capacity >= 1)) throw new Error(`a ring buffer holds at least one value, not ${capacity}`)
    this.capacity = capacity
    this.slots = []
  }

  /** How many values are held. */
  get length(): number {
    return this.count - this.first
  }

  /** The number of the oldest value that is held. */
  get first(): number {
    return Math.max(this.kept, this.count - this.capacity)
  }

  /** The number that the next value will have: how many ever came. */
  get next(): number {
    return this.count
  }

  /** Adds a value, hands back the one it took the place of, if any. */
  push(value: T): T | undefined {
    const slot = this.count % this.capacity
    const displaced = this.slots[slot]
    this.slots[slot] = value
    this.count++
    return displaced
  }

  /** The value with this number; undefined if it is gone or has not come yet. */
  at(number: number): T | undefined {
    return number >= this.first && number < this.count ? this.slots[number % this.capacity] : undefined
  }

  /** The values from number `from` on that are still held, oldest first. */
  since(from: number): T[] {
    const values: T[] = []
    for (let number = Math.max(from, this.first); number < this.count; number++) {
      values.push(this.slots[number % this.capacity] as T)
    }
    return values
  }

  /** Forgets the values, but not how many there were. */
  clear(): void {
    this.slots.length = 0
    this.kept = this.count
  }

  /** Oldest first. */
  [Symbol.iterator](): IterableIterator<T> {
    return this.since(this.first)[Symbol.iterator]()
  }
}
