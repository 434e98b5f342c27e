import { expect, test } from 'vitest'
import { fakeClock } from '../engine/testing/fake-clock.ts'
import type { Throughput } from '../status/throughput.ts'
import { finishedExchange } from './testing/fake-engine.ts'
import { ThroughputMeter } from './throughput.ts'

const start = Date.UTC(2026, 0, 1)

test('seconds are counted exactly, by class, bytes and cache verdict; quiet ones have zeros', () => {
  const clock = fakeClock(start)
  const meter = new ThroughputMeter(clock, () => 7)
  meter.add(finishedExchange({ id: 1, status: 200, bytesSent: 10, cache: 'HIT' }))
  meter.add(finishedExchange({ id: 2, status: 404, bytesSent: 20, cache: 'MISS' }))
  clock.advance(2000)
  meter.add(finishedExchange({ id: 3, status: 502, bytesSent: 30 }))
  const { seconds, connections, totalRequests } = meter.state()
  expect({ connections, totalRequests }).toEqual({ connections: 7, totalRequests: 3 })
  expect(seconds).toEqual([
    {
      at: start,
      requests: 2,
      classes: [0, 1, 0, 1, 0],
      bytes: 30,
      cache: { HIT: 1, MISS: 1 },
      limited: 0,
      p50: expect.closeTo(5, 0) as number,
      p95: expect.closeTo(5, 0) as number,
      p99: expect.closeTo(5, 0) as number,
    },
    { at: start + 1000, requests: 0, classes: [0, 0, 0, 0, 0], bytes: 0, cache: {}, limited: 0 },
    expect.objectContaining({
      at: start + 2000,
      requests: 1,
      classes: [0, 0, 0, 0, 1],
      bytes: 30,
    }) as unknown,
  ])
})

test('15 minutes are kept', () => {
  const clock = fakeClock(start)
  const meter = new ThroughputMeter(clock, () => 0)
  meter.add(finishedExchange({ id: 1 }))
  clock.advance(3_600_000)
  const { seconds } = meter.state()
  expect([seconds.length, seconds[0]?.at, seconds.at(-1)?.at]).toEqual([
    901,
    start + 2_700_000,
    start + 3_600_000,
  ])
})

test('routes have exact counters and a rate of the last ten seconds', () => {
  const clock = fakeClock(start)
  const meter = new ThroughputMeter(clock, () => 0)
  for (let id = 1; id <= 100; id++) {
    clock.advance(100)
    meter.add(finishedExchange({ id, route: 'api', status: id % 10 === 0 ? 502 : 200 }))
  }
  expect(meter.state().routes).toEqual([
    {
      route: 'api',
      requests: 100,
      errors: 10,
      lastAt: start + 10_000,
      p95: expect.closeTo(5, 0) as number,
      cacheAsked: 0,
      cacheServed: 0,
      rate: expect.closeTo(9.5, 0) as number,
    },
  ])
  clock.advance(20_000)
  expect(meter.state().routes[0]?.rate).toBe(0)
})

test('watchers are told now and at the end of each second, and no timer runs without them', () => {
  const clock = fakeClock(start + 300)
  const meter = new ThroughputMeter(clock, () => 0)
  const states: Throughput[] = []
  const stop = meter.watch((state) => states.push(state))
  meter.add(finishedExchange({ id: 1 }))
  clock.advance(699)
  expect(states).toHaveLength(1)
  clock.advance(1)
  expect(states.map(({ totalRequests }) => totalRequests)).toEqual([0, 1])
  clock.advance(3000)
  expect(states).toHaveLength(5)
  stop()
  clock.advance(5000)
  expect(states).toHaveLength(5)
})

test('of a route it is told how quick it was lately, and how much came from the cache', () => {
  const clock = fakeClock(start)
  const meter = new ThroughputMeter(clock, () => 0)
  const add = (durationMs: number, cache?: 'HIT' | 'MISS' | 'STALE'): void =>
    meter.add(finishedExchange({ id: 1, route: 'api', durationMs, ...(cache && { cache }) }))
  add(900)
  clock.advance(60_000)
  add(1, 'HIT')
  add(20, 'MISS')
  add(1, 'STALE')
  expect(meter.state().routes[0]).toMatchObject({
    p95: expect.closeTo(20, 0) as number,
    cacheAsked: 3,
    cacheServed: 2,
  })
  clock.advance(60_000)
  expect(meter.state().routes[0]).not.toHaveProperty('p95')
})
