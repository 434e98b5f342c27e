import { RollingRate } from '../../base/rolling-rate.ts'
import type { LimitBucket, LimitCounts } from '../../status/limit-zone-status.ts'
import type { StatusTime } from './request-rates.ts'

/** What a limit did with a request. */
export type LimitOutcome = keyof LimitCounts

const windowMs = 60_000
const slices = 12
// A quarter of an hour, in stretches that make a chart as wide as a hand.
const bucketMs = 15_000
const buckets = 60
const nothing: LimitCounts = { passed: 0, delayed: 0, rejected: 0, dryRun: 0 }

/** Outcomes of one zone, in all and lately. */
export class OutcomeCounts {
  readonly #totals: Record<LimitOutcome, number> = { ...nothing }
  readonly #lately: Record<LimitOutcome, RollingRate> = {
    passed: new RollingRate(windowMs, slices),
    delayed: new RollingRate(windowMs, slices),
    rejected: new RollingRate(windowMs, slices),
    dryRun: new RollingRate(windowMs, slices),
  }
  /** Stretches by their number since time zero; only those in which something happened, the oldest first. */
  readonly #history = new Map<number, Record<LimitOutcome, number>>()

  /** `now`: monotonic milliseconds. */
  add(outcome: LimitOutcome, now: number): void {
    this.#totals[outcome]++
    this.#lately[outcome].add(now)
    const number = Math.floor(now / bucketMs)
    let bucket = this.#history.get(number)
    if (!bucket) {
      this.#history.set(number, (bucket = { ...nothing }))
      for (const old of this.#history.keys()) if (old <= number - buckets) this.#history.delete(old)
    }
    bucket[outcome]++
  }

  get totals(): LimitCounts {
    return { ...this.#totals }
  }

  /** Of the last minute. */
  lastMinute(now: number): LimitCounts {
    const { passed, delayed, rejected, dryRun } = this.#lately
    return {
      passed: passed.sum(now),
      delayed: delayed.sum(now),
      rejected: rejected.sum(now),
      dryRun: dryRun.sum(now),
    }
  }

  /** The last quarter of an hour, the oldest stretch first; those in which nothing happened are there, too. */
  history({ monotonic, wall }: StatusTime): LimitBucket[] {
    const last = Math.floor(monotonic / bucketMs)
    return Array.from({ length: buckets }, (_, i) => {
      const number = last - (buckets - 1) + i
      const at = Math.round((wall - monotonic + number * bucketMs) / 1000) * 1000
      return { at, ...(this.#history.get(number) ?? nothing) }
    })
  }
}
