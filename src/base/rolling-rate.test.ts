import { expect, test } from 'vitest'
import { RollingRate } from './rolling-rate.ts'

test('what was counted leaves with its slice of the window', () => {
  const rate = new RollingRate(1000, 10)
  rate.add(1_000_000, 5)
  rate.add(1_000_450, 2)
  rate.add(1_000_450)
  expect([1_000_450, 1_000_999, 1_001_000, 1_001_399, 1_001_400].map((t) => rate.sum(t))).toEqual([
    8, 8, 3, 3, 0,
  ])
})

test('after a long silence nothing is left', () => {
  const rate = new RollingRate(1000)
  rate.add(500, 7)
  expect([rate.sum(1_000_000), rate.perSecond(1_000_000)]).toEqual([0, 0])
  rate.add(1_000_000, 3)
  expect(rate.sum(1_000_900)).toBe(3)
})

test('the rate is over the window, or over what has passed of it', () => {
  const rate = new RollingRate(10_000, 10)
  for (let t = 0; t < 4000; t += 100) rate.add(t)
  expect(rate.perSecond(4000)).toBe(10)
  for (let t = 4000; t < 60_000; t += 100) rate.add(t)
  expect(rate.perSecond(59_999)).toBeCloseTo(10, 5)
})

test('a first burst is not taken for more than a slice of it would be', () => {
  const rate = new RollingRate(10_000, 10)
  rate.add(5000, 20)
  expect(rate.perSecond(5000)).toBe(20)
  expect(rate.perSecond(5500)).toBe(20)
  expect(rate.perSecond(7000)).toBe(10)
})

test('nothing counted is a rate of nothing', () => {
  expect(new RollingRate(1000).perSecond(123)).toBe(0)
})
