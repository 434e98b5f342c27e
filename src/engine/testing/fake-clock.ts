import type { Clock } from '../../base/clock.ts'

/** A clock that stands still until it is told. */
export interface FakeClock extends Clock {
  /** Goes on by so many milliseconds, firing what is due in order; how much that was. */
  advance(ms: number): number
}

/** A clock that begins at 0 monotonic and at a fixed wall time. */
export function fakeClock(start = Date.UTC(2026, 0, 1)): FakeClock {
  let now = 0
  let order = 0
  const timers = new Map<number, { at: number; run: () => void }>()
  return {
    now: () => start + now,
    monotonic: () => now,
    after(ms, run) {
      const id = order++
      timers.set(id, { at: now + Math.max(0, ms), run })
      return { cancel: () => timers.delete(id) }
    },
    advance(ms) {
      const until = now + ms
      for (let fired = 0; ; fired++) {
        const next = [...timers]
          .filter(([, t]) => t.at <= until)
          .sort(([a, x], [b, y]) => x.at - y.at || a - b)[0]
        if (!next) {
          now = until
          return fired
        }
        timers.delete(next[0])
        now = next[1].at
        next[1].run()
      }
    },
  }
}
