import { expect, test } from 'vitest'
import { OutcomeCounts } from './limit-counts.ts'

const none = { passed: 0, delayed: 0, rejected: 0, dryRun: 0 }
const wall = Date.UTC(2026, 0, 1)

test('outcomes are counted in all, in the last minute, and by stretches of 15 seconds', () => {
  const counts = new OutcomeCounts()
  counts.add('passed', 0)
  counts.add('rejected', 20_000)
  counts.add('rejected', 29_999)
  counts.add('delayed', 100_000)
  expect(counts.totals).toEqual({ ...none, passed: 1, rejected: 2, delayed: 1 })
  expect(counts.lastMinute(100_000)).toEqual({ ...none, delayed: 1 })
  const history = counts.history({ monotonic: 100_000, wall: wall + 100_000 })
  expect([history.length, history.slice(-7)]).toEqual([
    60,
    [
      { at: wall, ...none, passed: 1 },
      { at: wall + 15_000, ...none, rejected: 2 },
      { at: wall + 30_000, ...none },
      { at: wall + 45_000, ...none },
      { at: wall + 60_000, ...none },
      { at: wall + 75_000, ...none },
      { at: wall + 90_000, ...none, delayed: 1 },
    ],
  ])
})

test('what is older than a quarter of an hour leaves the history', () => {
  const counts = new OutcomeCounts()
  counts.add('passed', 0)
  counts.add('passed', 900_000)
  const sum = (monotonic: number): number =>
    counts.history({ monotonic, wall: wall + monotonic }).reduce((all, { passed }) => all + passed, 0)
  expect([sum(900_000), sum(1_799_999), sum(1_800_000), counts.totals.passed]).toEqual([1, 1, 0, 2])
})
