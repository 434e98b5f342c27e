import { expect, test } from 'vitest'
import { parseCacheControl, type CacheControl } from './cache-control.ts'

const cases: [value: string, expected: CacheControl][] = [
  ['', {}],
  ['public', {}],
  ['max-age=60', { maxAge: 60 }],
  ['public, Max-Age=60', { maxAge: 60 }],
  ['max-age=60, s-maxage=30', { maxAge: 30 }],
  ['s-maxage=30;max-age=60', { maxAge: 30 }],
  ['max-age=60 x', { maxAge: 60 }],
  ['no-cache', { obstacle: 'no-cache' }],
  ['No-Cache="Set-Cookie", max-age=60', { obstacle: 'no-cache' }],
  ['max-age=60, no-store', { obstacle: 'no-store' }],
  ['private, max-age=60', { obstacle: 'private' }],
  ['max-age=0', { obstacle: 'max-age-zero' }],
  ['max-age=', { obstacle: 'max-age-zero' }],
  ['s-maxage=0, max-age=60', { obstacle: 'max-age-zero' }],
  ['max-age="60"', { obstacle: 'malformed' }],
  ['max-age=-1', { obstacle: 'malformed' }],
  ['max-age=1.5', { obstacle: 'malformed' }],
  ['stale-while-revalidate=10', { staleWhileRevalidate: 10, staleIfError: 10 }],
  ['max-age=60, stale-if-error=20', { maxAge: 60, staleIfError: 20 }],
  ['stale-if-error=20, stale-while-revalidate=10', { staleWhileRevalidate: 10, staleIfError: 20 }],
  ['stale-while-revalidate=x', { obstacle: 'malformed' }],
  ['max-age=60, stale-if-error=x', { maxAge: 60, obstacle: 'malformed' }],
  ['must-revalidate, immutable', {}],
]
test.each(cases)('%j', (value, expected) => {
  expect(parseCacheControl(value)).toEqual(expected)
})
