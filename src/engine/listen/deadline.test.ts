import { expect, test } from 'vitest'
import { fakeClock } from '../testing/fake-clock.ts'
import { Deadline } from './deadline.ts'

test('it fires once, when the last set time is reached', () => {
  const clock = fakeClock()
  const fired: number[] = []
  const deadline = new Deadline(clock, () => fired.push(clock.monotonic()))
  deadline.set(100)
  clock.advance(60)
  deadline.set(100)
  clock.advance(99)
  expect(fired).toEqual([])
  clock.advance(1)
  expect(fired).toEqual([160])
  clock.advance(1000)
  expect(fired).toEqual([160])
})

test('an earlier time counts at once and a cleared one never', () => {
  const clock = fakeClock()
  let fired = 0
  const deadline = new Deadline(clock, () => fired++)
  deadline.set(1000)
  deadline.set(10)
  clock.advance(10)
  expect(fired).toBe(1)
  deadline.set(10)
  deadline.clear()
  clock.advance(5000)
  expect(fired).toBe(1)
})

test('where thousands are due at once, each turn of the event loop has room for others between them', async () => {
  const turnOver = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))
  await turnOver()
  const clock = fakeClock()
  let fired = 0
  for (let n = 0; n < 150; n++) new Deadline(clock, () => fired++).set(10)
  const seen: number[] = []
  for (let turn = 0; turn < 4; turn++) {
    clock.advance(turn === 0 ? 10 : 1)
    seen.push(fired)
    await turnOver()
  }
  expect(seen).toEqual([64, 128, 150, 150])
})
