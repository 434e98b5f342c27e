import { expect, test } from 'vitest'
import { fieldLines } from '../wire/fields.ts'
import { argNamed, cookieNamed, fieldNamed, seconds, setCookieNamed } from './lookup.ts'

test.each([
  [0, '0.000'],
  [1, '0.001'],
  [999.9, '0.999'],
  [60_250, '60.250'],
  [-5, '0.000'],
])('%d ms are printed as %s seconds', (ms, text) => expect(seconds(ms)).toBe(text))

const fields = fieldLines([
  ['X-One', 'a'],
  ['x_one', 'b'],
  ['Two', ''],
])
test.each([
  ['x_one', 'a'],
  ['two', ''],
  ['one', undefined],
])('$http_%s is %j', (name, value) => expect(fieldNamed(fields, name)).toBe(value))

test.each([
  ['a=1; b=2', 'b', '2'],
  ['a=1;b=2', 'b', '2'],
  ['a=1, b=2', 'b', '2'],
  ['A=1', 'a', '1'],
  ['ab=1; b=2', 'b', '2'],
  ['a=1; a=2', 'a', '1'],
  ['a = 1', 'a', '1'],
  ['a=x=y', 'a', 'x=y'],
  ['a=', 'a', ''],
  ['a', 'a', undefined],
])('of Cookie %j the cookie %s is %j', (header, name, value) => {
  expect(cookieNamed(header, name)).toBe(value)
})

test.each([
  ['sid=abc; Path=/', 'sid', 'abc'],
  ['SID = abc', 'sid', 'abc'],
  ['sid=abc', 'si', undefined],
  ['sid', 'sid', undefined],
])('Set-Cookie %j sets %s to %j', (field, name, value) => {
  expect(setCookieNamed(field, name)).toBe(value)
})

test.each([
  ['a=1&b=2', 'b', '2'],
  ['A=1', 'a', '1'],
  ['ab=1&b=2', 'b', '2'],
  ['b=%20+&b=2', 'b', '%20+'],
  ['a=1&b', 'b', undefined],
  ['b=', 'b', ''],
  ['', 'b', undefined],
])('of the arguments %j, %s is %j', (args, name, value) => expect(argNamed(args, name)).toBe(value))
