import { expect, test } from 'vitest'
import { formatHttpDate } from './dates.ts'
import { freshnessOf, type Freshness } from './freshness.ts'

const now = 1_700_000_000
const past = formatHttpDate((now - 1) * 1000)
const future = formatHttpDate((now + 100) * 1000)

const cases: [fields: [string, string][], expected: Partial<Freshness>][] = [
  [[], {}],
  [[['content-type', 'max-age=5']], {}],
  [[['cache-control', 'max-age=60']], { freshUntil: now + 60 }],
  [[['cache-control', 'public'], ['cache-control', 'max-age=60']], { freshUntil: now + 60 }],
  [[['cache-control', 'max-age=60'], ['cache-control', 'no-store']], { freshUntil: now + 60, obstacle: 'no-store' }],
  [[['cache-control', 'no-cache'], ['cache-control', 'private']], { obstacle: 'no-cache' }],
  [
    [['cache-control', 'max-age=60, stale-while-revalidate=10, stale-if-error=20']],
    { freshUntil: now + 60, staleWhileRevalidate: 10, staleIfError: 20 },
  ],
  [[['expires', future]], { freshUntil: now + 100 }],
  [[['expires', formatHttpDate(now * 1000)]], { freshUntil: now }],
  [[['expires', past]], { obstacle: 'expired' }],
  [[['expires', '0']], { obstacle: 'expired' }],
  [[['expires', future], ['expires', past]], { freshUntil: now + 100 }],
  [[['cache-control', 'max-age=60'], ['expires', past]], { freshUntil: now + 60 }],
  [[['expires', past], ['cache-control', 'max-age=60']], { freshUntil: now + 60, obstacle: 'expired' }],
  [[['expires', future], ['cache-control', 'max-age=60']], { freshUntil: now + 60 }],
  [[['x-accel-expires', '30']], { freshUntil: now + 30 }],
  [[['x-accel-expires', '0']], { obstacle: 'accel-expires-zero' }],
  [[['x-accel-expires', '@1800000000']], { freshUntil: 1_800_000_000 }],
  [[['x-accel-expires', '@0']], {}],
  [[['x-accel-expires', 'off']], {}],
  [[['x-accel-expires', '']], {}],
  [[['x-accel-expires', '30'], ['cache-control', 'no-store'], ['expires', past]], { freshUntil: now + 30 }],
  [[['x-accel-expires', 'x'], ['cache-control', 'max-age=60']], { freshUntil: now + 60 }],
  [[['cache-control', 'max-age=60'], ['x-accel-expires', '30']], { freshUntil: now + 30 }],
] // prettier-ignore
test.each(cases)('%j', (fields, expected) => {
  expect(freshnessOf(fields, now * 1000 + 999, new Set())).toEqual({
    staleWhileRevalidate: 0,
    staleIfError: 0,
    ...expected,
  })
})

test('ignored fields say nothing', () => {
  const fields: [string, string][] = [
    ['x-accel-expires', '30'],
    ['cache-control', 'no-store'],
    ['expires', past],
  ]
  const all = new Set(['x-accel-expires', 'cache-control', 'expires'])
  expect(freshnessOf(fields, now * 1000, all)).toEqual({ staleWhileRevalidate: 0, staleIfError: 0 })
})

test('an ignored X-Accel-Expires does not stand in the way of Cache-Control', () => {
  const fields: [string, string][] = [
    ['x-accel-expires', '30'],
    ['cache-control', 'max-age=60'],
  ]
  expect(freshnessOf(fields, now * 1000, new Set(['x-accel-expires']))).toMatchObject({
    freshUntil: now + 60,
  })
})
