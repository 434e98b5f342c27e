import { expect, test } from 'vitest'
import { connectionOptions, hopByHopFields, isFieldValue, isToken, listMembers, unquoted } from './fields.ts'

test.each([
  ['GET', true],
  ["a!#$%&'*+-.^_`|~9", true],
  ['', false],
  ['a b', false],
  ['a:', false],
  ['ä', false],
])('%j is a token: %j', (text, expected) => {
  expect(isToken(text)).toBe(expected)
})

test.each([
  ['', true],
  ['a\tb \xff', true],
  ['a\rb', false],
  ['a\n', false],
  ['\0', false],
])('%j is a field value: %j', (text, expected) => {
  expect(isFieldValue(text)).toBe(expected)
})

test.each([
  ['', []],
  ['a', ['a']],
  ['a,b', ['a', 'b']],
  [' a , ,\tb ,', ['a', 'b']],
  ['"a",b', ['"a"', 'b']],
  ['"a,b", c', ['"a,b"', 'c']],
  ['"a\\",b", c', ['"a\\",b"', 'c']],
  ['no-cache="a, b", private', ['no-cache="a, b"', 'private']],
  ['"open, never closed', ['"open, never closed']],
])('the members of %j are %j', (value, expected) => {
  expect(listMembers(value)).toEqual(expected)
})

test('the options of Connection are lower case', () => {
  expect(connectionOptions('Keep-Alive, X-Foo')).toEqual(['keep-alive', 'x-foo'])
})

test('framing of the body by length speaks of the message, not of the connection', () => {
  expect([hopByHopFields.has('transfer-encoding'), hopByHopFields.has('content-length')]).toEqual([
    true,
    false,
  ])
})

test.each([
  ['"a b"', 'a b'],
  ['"a\\"\\\\b"', 'a"\\b'],
  ['a', 'a'],
  ['"', '"'],
  ['""', ''],
  ['"a', '"a'],
  ['a"', 'a"'],
])('%j unquoted is %j', (text, expected) => {
  expect(unquoted(text)).toBe(expected)
})
