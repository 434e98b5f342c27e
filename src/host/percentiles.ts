/**
 * Durations counted by size, for percentiles that are right to 5 %: buckets grow by 10 % from 0.1 ms, so 190 of
 * them reach beyond an hour.
 */
const growth = Math.log(1.1)
const smallestMs = 0.1
const buckets = 190

// Exchanges that end in the same turn of the event loop took the same time, and each is counted several times.
let lastMs = 0
let lastBucket = 0

function bucketOf(ms: number): number {
  if (ms === lastMs) return lastBucket
  const bucket = ms <= smallestMs ? 0 : Math.ceil(Math.log(ms / smallestMs) / growth)
  lastMs = ms
  lastBucket = Math.min(bucket, buckets - 1)
  return lastBucket
}

export class DurationHistogram {
  readonly #counts = new Uint32Array(buckets)
  #total = 0

  add(ms: number): void {
    const at = bucketOf(ms)
    this.#counts[at] = (this.#counts[at] ?? 0) + 1
    this.#total++
  }

  /** Milliseconds that the share `p` (0 to 1) of the durations does not exceed; undefined when there were none. */
  percentile(p: number): number | undefined {
    if (this.#total === 0) return undefined
    let left = Math.max(1, Math.ceil(this.#total * p))
    const bucket = this.#counts.findIndex((count) => (left -= count) <= 0)
    // The middle of the bucket, on the scale of its growth.
    const ms = smallestMs * Math.exp(growth * (bucket - (bucket === 0 ? 0 : 0.5)))
    return Math.round(ms * 100) / 100
  }

  clear(): void {
    this.#counts.fill(0)
    this.#total = 0
  }

  /** Counts another's as well. */
  addAll(other: DurationHistogram): void {
    other.#counts.forEach((count, bucket) => (this.#counts[bucket] = (this.#counts[bucket] ?? 0) + count))
    this.#total += other.#total
  }
}

// Two halves of half a minute each: what is told looks back on 30 to 60 s.
const halfMs = 30_000

/** Durations of the last minute, in half-minute steps. */
export class RecentDurations {
  #newer = new DurationHistogram()
  #older = new DurationHistogram()
  #half = 0

  add(ms: number, now: number): void {
    this.#turn(now)
    this.#newer.add(ms)
  }

  /** As `DurationHistogram.percentile`, of the running half minute and the one before. */
  percentile(p: number, now: number): number | undefined {
    this.#turn(now)
    const both = new DurationHistogram()
    both.addAll(this.#older)
    both.addAll(this.#newer)
    return both.percentile(p)
  }

  #turn(now: number): void {
    const half = Math.floor(now / halfMs)
    if (half === this.#half) return
    ;[this.#older, this.#newer] = [this.#newer, this.#older]
    // Nothing of the half before is left when a whole one passed without anything.
    if (half > this.#half + 1) this.#older.clear()
    this.#newer.clear()
    this.#half = half
  }
}
