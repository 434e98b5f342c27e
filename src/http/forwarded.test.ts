import { expect, test } from 'vitest'
import { appendForwardedFor, forwardedAddresses } from './forwarded.ts'

test('the address it came from is put behind what came', () => {
  expect(appendForwardedFor([], '192.0.2.1')).toBe('192.0.2.1')
  expect(appendForwardedFor(['a, b', ''], '192.0.2.1')).toBe('a, b, , 192.0.2.1')
})

test.each([
  ['', []],
  ['192.0.2.1', ['192.0.2.1']],
  ['192.0.2.1, 2001:db8::1,[::1]:80 ', ['[::1]:80', '2001:db8::1', '192.0.2.1']],
  [' , unknown  192.0.2.1', ['192.0.2.1', 'unknown']],
])('the addresses of %j from the nearest on are %j', (value, expected) => {
  expect(forwardedAddresses(value)).toEqual(expected)
})
