/**
 * How often something happened lately. Counts are kept by slices of time, so the memory is bounded, and what leaves
 * the window leaves it a slice at a time.
 */
export class RollingRate {
  private readonly sliceMs: number
  private readonly counts: Float64Array
  // The newest slice that was written or read; slices are numbered from time zero.
  private newest = Number.NEGATIVE_INFINITY
  private total = 0
  private begun = Number.NEGATIVE_INFINITY

  /** A window of `windowMs`, in `slices` slices; more slices follow more smoothly. */
  constructor(windowMs: number, slices = 10) {
    this.sliceMs = windowMs / slices
    this.counts = new Float64Array(slices)
  }

  /** Counts `amount` at `nowMs`; times never go back. */
  add(nowMs: number, amount = 1): void {
    if (this.begun === Number.NEGATIVE_INFINITY) this.begun = nowMs
    const at = this.advance(nowMs)
    this.counts[at] = (this.counts[at] ?? 0) + amount
    this.total += amount
  }

  /** What was counted within the window. */
  sum(nowMs: number): number {
    this.advance(nowMs)
    return this.total
  }

  /** What was counted a second, over the part of the window that has passed since the first count. */
  perSecond(nowMs: number): number {
    const sum = this.sum(nowMs)
    if (sum === 0) return 0
    const covered = Math.min(nowMs - this.begun, this.sliceMs * this.counts.length)
    // Before one slice has passed there is nothing to divide by that would not exaggerate.
    return (sum / Math.max(covered, this.sliceMs)) * 1000
  }

  /** Forgets the slices that have left the window; the place of the present one. */
  private advance(nowMs: number): number {
    const now = Math.floor(nowMs / this.sliceMs)
    const slices = this.counts.length
    if (now - this.newest >= slices) {
      this.counts.fill(0)
      this.total = 0
    } else {
      for (let slice = this.newest + 1; slice <= now; slice++) {
        this.total -= this.counts[slice % slices] ?? 0
        this.counts[slice % slices] = 0
      }
    }
    this.newest = Math.max(this.newest, now)
    return this.newest % slices
  }
}
