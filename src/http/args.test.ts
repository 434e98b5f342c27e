import { expect, test } from 'vitest'
import { argValue, splitArgs } from './args.ts'

test.each([
  ['a=1', 'a', '1'],
  ['a=1&b=2', 'b', '2'],
  ['A=1', 'a', '1'],
  ['a=1', 'A', '1'],
  ['xa=1&a=2', 'a', '2'],
  ['a=1&a=2', 'a', '1'],
  ['a=', 'a', ''],
  ['a=&b', 'a', ''],
  ['a=b=c', 'a', 'b=c'],
  ['a=%20', 'a', '%20'],
  ['a', 'a', undefined],
  ['b=a=1', 'a', undefined],
  ['', 'a', undefined],
  ['=1', '', undefined],
])('in %j the argument %j is %j', (args, name, expected) => {
  expect(argValue(args, name)).toBe(expected)
})

test.each([
  ['/a?b=c', { uri: '/a', args: 'b=c' }],
  ['/a?b?c', { uri: '/a', args: 'b?c' }],
  ['/a', { uri: '/a', args: '' }],
  ['?', { uri: '', args: '' }],
])('%j is split', (uri, expected) => {
  expect(splitArgs(uri)).toEqual(expected)
})
