import { expect, test } from 'vitest'
import { freshness } from './freshness.ts'
import { servedShare } from './verdicts.ts'

test.each([
  [10_000, 0, 'for 10 s'],
  [400, 0, 'for 1 s'],
  [0, 240_000, 'stale 4 min'],
  [5000, 5000, 'stale 1 s'],
])('fresh until %d, at %d: %s', (until, now, text) => {
  expect(freshness(until, now)).toBe(text)
})

test('stale answers come from the cache as well', () => {
  expect(servedShare({ HIT: 6, STALE: 1, REVALIDATED: 1, MISS: 1, BYPASS: 1 })).toBe(0.8)
  expect(servedShare({})).toBeUndefined()
})
