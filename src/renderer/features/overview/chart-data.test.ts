import { expect, test } from 'vitest'
import type { ThroughputSecond } from '../../../status/throughput.ts'
import { chartData } from './chart-data.ts'

const second = (at: number, requests: number, p95: number): ThroughputSecond => ({
  at: at * 1000,
  requests,
  classes: [0, requests, 0, 0, 0],
  bytes: 0,
  p95,
  cache: { HIT: requests },
  limited: 0,
})

test('the five seconds that are under way have no point yet', () => {
  expect(chartData([second(10, 4, 20)]).times).toEqual([])
})

test('five seconds are one point: the mean of what is counted, the worst of what is measured', () => {
  const data = chartData([second(10, 4, 20), second(11, 6, 90), second(15, 8, 5), second(20, 1, 1)])
  expect(data.times).toEqual([10_000, 15_000])
  expect(data.throughput.find(({ name }) => name === '2xx')?.values).toEqual([5, 8])
  expect(data.latency.find(({ name }) => name === 'p95')?.values).toEqual([90, 5])
  expect(data.latency.find(({ name }) => name === 'p50')?.values).toEqual([null, null])
  expect(data.cache[0]?.values).toEqual([5, 8])
})
