import { expect, test } from 'vitest'
import { isIdempotent, isSafe } from './methods.ts'

test.each([
  ['GET', true, true],
  ['HEAD', true, true],
  ['OPTIONS', true, true],
  ['PROPFIND', true, true],
  ['PUT', false, true],
  ['DELETE', false, true],
  ['POST', false, false],
  ['PATCH', false, false],
  ['LOCK', false, false],
  ['get', false, true],
  ['X-OTHER', false, true],
])('%s is safe: %j, idempotent: %j', (method, safe, idempotent) => {
  expect([isSafe(method), isIdempotent(method)]).toEqual([safe, idempotent])
})
