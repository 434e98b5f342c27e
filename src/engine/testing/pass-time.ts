import type { FakeClock } from './fake-clock.ts'

/**
 * Lets time pass, a step a turn of the event loop, until something has happened; how much passed, in whole
 * `stepMs`. What takes a few turns of real work makes it a few steps late, never early.
 */
export async function passTime(clock: FakeClock, until: Promise<unknown>, stepMs = 1000): Promise<number> {
  const start = clock.monotonic()
  let over = false
  void until.finally(() => (over = true))
  // A step a turn would outrun sockets on a busy machine: what a step sets free is given turns to arrive.
  for (let steps = 0; !over; steps++) {
    if (steps > 1000) throw new Error('nothing happened in 1000 steps')
    clock.advance(stepMs)
    for (let turns = 0; turns < 20 && !over; turns++) await new Promise((resolve) => setImmediate(resolve))
  }
  return clock.monotonic() - start
}
