import { expect, test } from 'vitest'
import { defaultCheck } from '../../config/local.ts'
import { bodyFits, statusFits, unexpected } from './expected-answer.ts'

test.each([
  ['200', 200, true],
  ['200', 201, false],
  ['200-399', 302, true],
  ['200-399', 400, false],
  ['200 204, 300-399', 204, true],
  ['200 204, 300-399', 301, true],
  ['200 204, 300-399', 203, false],
])('%s and %d: %s', (list, status, fits) => {
  expect(statusFits(list, status)).toBe(fits)
})

test.each([
  ['ok', 'all is ok here', true],
  ['OK', 'ok', false],
  ['~ ^o.$', 'ok', true],
  ['~ ^O.$', 'ok', false],
  ['~* ^O.$', 'ok', true],
])('the body %s of %s: %s', (expected, body, fits) => {
  expect(bodyFits(expected, body)).toBe(fits)
})

test('a status that fits says nothing of a body that was not looked at', () => {
  const check = { ...defaultCheck, body: 'ok' }
  expect([unexpected(check, 200, undefined), unexpected(check, 200, 'no')]).toEqual([
    undefined,
    'GET / answered 200, but its body does not hold "ok"',
  ])
})
