import { expect, test } from 'vitest'
import { statusOf, type UpstreamError } from './errors.ts'
import { mayTryNext, statusCondition } from './next-upstream.ts'

const state = { method: 'GET', requestSent: true, streaming: false, elapsedMs: 1000 }
const settings = (nextTimeout: number, ...conditions: string[]): Parameters<typeof mayTryNext>[1] => ({
  nextUpstream: new Set(conditions),
  nextTimeout,
})

test.each<[string, boolean, UpstreamError['kind'], Parameters<typeof mayTryNext>[1], Partial<typeof state>]>([
  ['a condition that is named', true, 'error', settings(0, 'error'), {}],
  ['a condition that is not named', false, 'timeout', settings(0, 'error'), {}],
  ['POST that was sent', false, 'error', settings(0, 'error'), { method: 'POST' }],
  ['POST that was not sent', true, 'error', settings(0, 'error'), { method: 'POST', requestSent: false }],
  ['POST with non_idempotent', true, 'error', settings(0, 'error', 'non_idempotent'), { method: 'POST' }],
  ['PUT that was sent', true, 'error', settings(0, 'error'), { method: 'PUT' }],
  ['a body that was streamed away', false, 'error', settings(0, 'error'), { streaming: true }],
  ['a time that is over', false, 'error', settings(1000, 'error'), {}],
  ['a time that is not over', true, 'error', settings(1001, 'error'), {}],
])('%s: another peer may be tried: %s', (_what, may, kind, given, told) => {
  expect(mayTryNext(kind, given, { ...state, ...told })).toBe(may)
})

test.each([
  [500, 'http_500'],
  [429, 'http_429'],
  [501, undefined],
  [200, undefined],
])('status %i is the condition %s', (status, condition) => expect(statusCondition(status)).toBe(condition))

test.each([
  ['timeout', 504],
  ['error', 502],
  ['invalid_header', 502],
  ['no_live', 502],
  ['http_403', 403],
] as const)('when %s is the last word the client gets %i', (kind, status) => {
  expect(statusOf(kind)).toBe(status)
})
