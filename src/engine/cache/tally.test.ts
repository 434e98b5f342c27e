import { expect, test } from 'vitest'
import { CacheTally } from './tally.ts'

const minute = 60_000

test('verdicts stand in the column of their minute, reasons are ranked, and both are forgotten after 15 minutes', () => {
  const tally = new CacheTally()
  const start = 1000 * minute
  tally.count(start, 'MISS', 'key-not-there', 'set-cookie')
  tally.count(start + 59_999, 'MISS', 'key-not-there', 'private')
  tally.count(start + minute, 'MISS', 'purged', 'private')
  tally.count(start + 2 * minute, 'HIT', undefined, undefined)
  const seen = tally.recent(start + 2 * minute)
  expect(seen.columns.length).toBe(15)
  expect(seen.columns.slice(-4)).toEqual([
    { at: start - minute, verdicts: {} },
    { at: start, verdicts: { MISS: 2 } },
    { at: start + minute, verdicts: { MISS: 1 } },
    { at: start + 2 * minute, verdicts: { HIT: 1 } },
  ])
  expect([seen.verdicts, seen.missed, seen.notStored]).toEqual([
    { MISS: 3, HIT: 1 },
    [
      { reason: 'key-not-there', count: 2 },
      { reason: 'purged', count: 1 },
    ],
    [
      { reason: 'private', count: 2 },
      { reason: 'set-cookie', count: 1 },
    ],
  ])
  const later = tally.recent(start + 16 * minute)
  expect([later.verdicts, later.missed]).toEqual([{ HIT: 1 }, []])
  expect(tally.recent(start + 17 * minute).verdicts).toEqual({})
  expect(tally.total).toEqual({ MISS: 3, HIT: 1 })
})

test('a column that is used again begins at nothing', () => {
  const tally = new CacheTally()
  tally.count(0, 'HIT', undefined, undefined)
  tally.count(15 * minute, 'MISS', 'expired', undefined)
  expect(tally.recent(15 * minute)).toMatchObject({
    verdicts: { MISS: 1 },
    missed: [{ reason: 'expired', count: 1 }],
  })
})
