import type { FakeClock } from './fake-clock.ts'

// Real milliseconds after a step, in which the kernel may deliver what came meanwhile; and after one that has fired
// something, which may set much free. Spinning instead would keep a busy kernel from it.
const shortly = 1
const patiently = 50

/**
 * Lets time pass, step by step, until something has happened; how much passed, in whole `stepMs`. What takes real work
 * makes it a few steps late, never early.
 */
export async function passTime(clock: FakeClock, until: Promise<unknown>, stepMs = 1000): Promise<number> {
  const start = clock.monotonic()
  let over = false
  void until.finally(() => (over = true))
  for (let steps = 0; !over; steps++) {
    if (steps > 1000) throw new Error('nothing happened in 1000 steps')
    const most = clock.advance(stepMs) > 0 ? patiently : shortly
    for (let ms = 0; ms < most && !over; ms++) await new Promise((resolve) => setTimeout(resolve, 1))
  }
  return clock.monotonic() - start
}
