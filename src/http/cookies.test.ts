import { describe, expect, test } from 'vitest'
import { cookieValue, formatSetCookie, parseSetCookie, setCookieValue } from './cookies.ts'

test.each([
  [['a=1'], '1'],
  [['b=2; a=1; c=3'], '1'],
  [['b=2;a=1'], '1'],
  [['b=2,a=1'], '1'],
  [['A=1'], '1'],
  [['a = 1 ; b=2'], '1 '],
  [['a=1,b=2; c=3'], '1,b=2'],
  [['a="x"'], '"x"'],
  [['a='], ''],
  [['a; a=1'], '1'],
  [['b=2', 'a=1', 'a=3'], '1'],
  [['xa=1'], undefined],
  [['ab=1'], undefined],
  [['b=a=1'], undefined],
  [['a'], undefined],
  [[''], undefined],
  [[], undefined],
])('in the Cookie fields %j the cookie a is %j', (fields, expected) => {
  expect(cookieValue(fields, 'a')).toBe(expected)
})

test.each([
  [['a=1; Path=/'], '1'],
  [['b=2', 'A = 1; Secure'], '1'],
  [['b=2; a=1'], undefined],
  [['a; Secure'], undefined],
])('in the Set-Cookie fields %j the cookie a is %j', (fields, expected) => {
  expect(setCookieValue(fields, 'a')).toBe(expected)
})

describe('a Set-Cookie', () => {
  test('is taken apart', () => {
    expect(parseSetCookie('a = b=c ;Path=/ ; Secure;')).toEqual([
      { name: 'a', value: 'b=c' },
      { name: 'Path', value: '/' },
      { name: 'Secure' },
      { name: '' },
    ])
  })

  test('is put together again', () => {
    const text = 'a=b; Path=/; Secure; Max-Age='
    expect(formatSetCookie(parseSetCookie(text))).toBe(text)
  })
})
