/**
 * The time as nginx has it: read once in a turn of the event loop, because one request asks for it twenty times
 * (ngx_time_update, called once a turn). It lags by as long as the turn takes.
 */
import type { Clock } from '../base/clock.ts'

/** A clock that stands still for one turn of the event loop. Timers are the other clock's own. */
export function turnClock(clock: Clock): Clock {
  let fresh = false
  let now = 0
  let monotonic = 0
  const forget = (): void => {
    fresh = false
  }
  const read = (): void => {
    now = clock.now()
    monotonic = clock.monotonic()
    fresh = true
    // As long as this is to come the event loop does not sleep, so no reading is older than one turn.
    setImmediate(forget)
  }
  return {
    now() {
      if (!fresh) read()
      return now
    },
    monotonic() {
      if (!fresh) read()
      return monotonic
    },
    after: (ms, run) => clock.after(ms, run),
  }
}
