import { expect, test } from 'vitest'
import type { ExchangeRecord } from '../../../status/exchange-record.ts'
import { detailOf } from '../../testing/lively-traffic.ts'
import { summarize } from './summary.ts'

const record: ExchangeRecord = {
  id: 1,
  startedAt: 0,
  durationMs: 12,
  client: '127.0.0.1',
  scheme: 'https',
  protocol: 'HTTP/1.1',
  method: 'GET',
  host: 'shop.localhost',
  target: '/api/users',
  status: 200,
  bytesSent: 2048,
  bodyBytesSent: 1800,
  requestBytes: 300,
  server: '443 shop.localhost www.shop.localhost',
  location: '/api/',
  upstream: 'shop_api',
  peer: '127.0.0.1:3001',
  attempts: 1,
}
const told = (changed: Partial<ExchangeRecord> = {}): string => {
  const one = { ...record, ...changed }
  return summarize(one, detailOf(one))
    .map((piece) => piece.text)
    .join('')
}

test('a proxied request', () => {
  expect(told()).toBe(
    'GET /api/users went to location /api/ of shop.localhost, was sent as /users to 127.0.0.1:3001 of shop_api: 200 in 12 ms.',
  )
})

test('an answer from the cache', () => {
  expect(told({ cache: 'HIT', peer: undefined, attempts: 0, durationMs: 0.4 })).toBe(
    'GET /api/users went to location /api/ of shop.localhost and was answered from the cache: 200 in 0.40 ms.',
  )
})

test('a redirect of the server itself', () => {
  expect(
    told({ server: '80 _', location: undefined, peer: undefined, upstream: undefined, status: 301 }),
  ).toBe('GET /api/users went to server _ and was answered here: 301 in 12 ms.')
})

test('a failure has its plain reason', () => {
  expect(
    told({
      status: 502,
      location: '/',
      upstream: undefined,
      error: 'connect() failed (111: Connection refused) while connecting to upstream',
    }),
  ).toBe(
    'GET /api/users went to location / of shop.localhost, was sent to 127.0.0.1:3001: 502 after 12 ms, because nothing listens there.',
  )
})

test('a request that was tried twice, and a WebSocket', () => {
  expect(told({ attempts: 2 })).toContain('of shop_api at the second attempt: 200')
  expect(told({ upgraded: true, status: 101, durationMs: 65_000 })).toContain(
    'became a WebSocket and stayed open for 1.1 min.',
  )
})
