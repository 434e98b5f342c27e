import { expect, test } from 'vitest'
import { RecentTimes } from './recent-times.ts'

test('half, 95 and 99 of a hundred answers were as fast or faster', () => {
  const times = new RecentTimes()
  for (let ms = 1; ms <= 100; ms++) times.add(1000, ms)
  expect(times.percentiles(1000)).toEqual({ p50: 51, p95: 96, p99: 100 })
})

test('the order in which answers came does not matter, nor what is older than a minute', () => {
  const times = new RecentTimes()
  times.add(0, 9999)
  for (const ms of [30, 10, 20.004]) times.add(60_001, ms)
  expect(times.percentiles(60_001)).toEqual({ p50: 20, p95: 30, p99: 30 })
})

test('nothing is said of no answers', () => {
  const times = new RecentTimes()
  times.began(0)
  times.add(0, 5)
  expect([times.percentiles(60_001), times.count(60_001)]).toEqual([{}, 0])
  expect(new RecentTimes().count(0)).toBe(0)
})

test('requests of the last minute are counted exactly, however many there are', () => {
  const times = new RecentTimes()
  for (let i = 0; i < 2000; i++) times.began(i * 10)
  expect([times.count(19_990), times.count(60_000), times.count(79_000)]).toEqual([2000, 1900, 0])
})

test('percentiles are of the newest 512 answers', () => {
  const times = new RecentTimes()
  for (let i = 0; i < 600; i++) times.add(0, i < 88 ? 100_000 : 1)
  expect(times.percentiles(0)).toEqual({ p50: 1, p95: 1, p99: 1 })
})
