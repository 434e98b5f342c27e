/** A timer that was set; `cancel` after it fired does nothing. */
export interface Timer {
  cancel(): void
}

/** Where time comes from. Handed in everywhere, so that tests can drive it. */
export interface Clock {
  /** Wall clock, milliseconds since 1970. */
  now(): number
  /** Milliseconds that never go back, with fractions. */
  monotonic(): number
  /** Runs `run` once, `ms` from now. A pending timer keeps no process alive. */
  after(ms: number, run: () => void): Timer
}

interface Timers {
  setTimeout(run: () => void, ms: number): unknown
  clearTimeout(timer: unknown): void
  performance: { now(): number }
}

// The only globals this room uses; both Node and browsers have them, ES2023's types do not.
const host = globalThis as unknown as Timers

// setTimeout's own limit; beyond it Node and browsers fire at once.
const longestMs = 0x7fffffff

/** The machine's clock. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => host.performance.now(),
  after(ms, run) {
    const timer = host.setTimeout(run, Math.min(ms, longestMs))
    const unref = (timer as { unref?: () => void }).unref
    if (unref) unref.call(timer)
    return { cancel: () => host.clearTimeout(timer) }
  },
}
