import { expect, test } from 'vitest'
import { DurationHistogram } from './percentiles.ts'

test('percentiles are right to 5 %, from a tenth of a millisecond to minutes', () => {
  for (const scale of [0.01, 1, 100]) {
    const durations = new DurationHistogram()
    for (let n = 1; n <= 1000; n++) durations.add(n * scale)
    for (const p of [0.5, 0.95, 0.99]) {
      const right = 1000 * p * scale
      expect(Math.abs((durations.percentile(p) ?? 0) - right) / right).toBeLessThan(0.05)
    }
  }
})

test('there is none without durations', () => {
  const durations = new DurationHistogram()
  expect(durations.percentile(0.5)).toBe(undefined)
  durations.add(3)
  durations.clear()
  expect(durations.percentile(0.5)).toBe(undefined)
})

test('a duration beyond every measure counts as the longest', () => {
  const durations = new DurationHistogram()
  durations.add(Number.MAX_SAFE_INTEGER)
  expect(durations.percentile(1)).toBeGreaterThan(3_600_000)
})
