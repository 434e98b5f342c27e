import { expect, test } from 'vitest'
import { ConnectionCounts } from './connection-counts.ts'
import { ConnectionZone, RateZone, useZone } from './limit-zone.ts'
import { RateStates } from './request-rates.ts'

const now = { monotonic: 0, wall: Date.UTC(2026, 0, 1) }
const rateZone = (requests: number, per: 's' | 'm', source = '$binary_remote_addr'): RateZone =>
  new RateZone(
    { name: 'one', size: 1024 ** 2, source, key: () => '', states: new RateStates('one', 1024 ** 2) },
    { requests, per },
  )

test.each([
  [5, 's', 5000],
  [90, 'm', 1500],
  [7, 'm', 116],
] as const)('%dr/%s is %d thousandths of a request a second', (requests, per, rate) => {
  expect(rateZone(requests, per).rate).toBe(rate)
})

test('a zone that nobody has asked says how many keys it can hold, and where it is used', () => {
  const zone = rateZone(5, 's')
  useZone(zone, { route: 'a', burst: 2, delay: 'nodelay', status: 429, dryRun: false })
  useZone(zone, { route: 'a', burst: 9, delay: 0, status: 503, dryRun: true })
  useZone(zone, { route: 'b', burst: 0, delay: 0, status: 503, dryRun: false })
  expect(zone.status(now)).toMatchObject({
    name: 'one',
    kind: 'requests',
    key: '$binary_remote_addr',
    rate: { requests: 5, per: 's' },
    size: 1024 ** 2,
    keys: 0,
    capacity: 8095,
    hottest: [],
    uses: [
      { route: 'a', burst: 2, delay: 'nodelay' },
      { route: 'b', burst: 0, delay: 0 },
    ],
  })
})

test('a key is reset by the text that it is shown as', () => {
  const zone = rateZone(1, 's')
  zone.states.lookup('\x7f\x00\x00\x01', zone.rate, 0, true, 0)
  const [key] = zone.status(now).hottest
  expect([key?.key, zone.reset('127.0.0.2'), zone.reset('127.0.0.1'), zone.reset('127.0.0.1')]).toEqual([
    '127.0.0.1',
    false,
    true,
    false,
  ])
})

test('a zone of connections has no rate, and its load is what is in flight', () => {
  const states = new ConnectionCounts('two', 1024 ** 2)
  const zone = new ConnectionZone({ name: 'two', size: 1024 ** 2, source: '$arg_k', key: () => '', states })
  states.enter('k\n', 5)
  states.enter('k\n', 5)
  const status = zone.status(now)
  expect([status.kind, status.rate, status.hottest]).toEqual([
    'connections',
    undefined,
    [{ key: 'k\\x0a', load: 2, delayed: 0, rejected: 0 }],
  ])
  expect(zone.reset('k\\x0a')).toBe(true)
})
