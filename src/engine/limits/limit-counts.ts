import { RollingRate } from '../../base/rolling-rate.ts'
import type { LimitCounts } from '../../status/limit-zone-status.ts'

/** What a limit did with a request. */
export type LimitOutcome = keyof LimitCounts

const windowMs = 60_000
const slices = 12

/** Outcomes of one zone, in all and lately. */
export class OutcomeCounts {
  readonly #totals: Record<LimitOutcome, number> = { passed: 0, delayed: 0, rejected: 0, dryRun: 0 }
  readonly #lately: Record<LimitOutcome, RollingRate> = {
    passed: new RollingRate(windowMs, slices),
    delayed: new RollingRate(windowMs, slices),
    rejected: new RollingRate(windowMs, slices),
    dryRun: new RollingRate(windowMs, slices),
  }

  /** `now`: monotonic milliseconds. */
  add(outcome: LimitOutcome, now: number): void {
    this.#totals[outcome]++
    this.#lately[outcome].add(now)
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
}
