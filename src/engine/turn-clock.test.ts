import { setImmediate } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { fakeClock } from './testing/fake-clock.ts'
import { turnClock } from './turn-clock.ts'

test('time stands still for a turn of the event loop and has moved on in the next', async () => {
  const clock = fakeClock()
  const turn = turnClock(clock)
  const [wall, monotonic] = [turn.now(), turn.monotonic()]
  clock.advance(40)
  expect([turn.now(), turn.monotonic()]).toEqual([wall, monotonic])
  await setImmediate()
  expect([turn.now(), turn.monotonic()]).toEqual([wall + 40, monotonic + 40])
})

test('timers are those of the clock it reads', () => {
  const clock = fakeClock()
  let fired = false
  turnClock(clock).after(10, () => {
    fired = true
  })
  clock.advance(10)
  expect(fired).toBe(true)
})
