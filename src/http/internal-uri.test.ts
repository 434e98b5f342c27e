import { expect, test } from 'vitest'
import { parseInternalUri } from './internal-uri.ts'

test.each([
  ['/a', { uri: '/a', args: '' }],
  ['/a?b=%20c?d', { uri: '/a', args: 'b=%20c?d' }],
  ['/a%20b?c', { uri: '/a b', args: 'c' }],
  ['/a%3fb', { uri: '/a?b', args: '' }],
  ['/a..b/..c/d../...', { uri: '/a..b/..c/d../...', args: '' }],
  ['a/b', { uri: 'a/b', args: '' }],
  ['/a?/../b', { uri: '/a', args: '/../b' }],
  ['', undefined],
  ['?a', undefined],
  ['..', undefined],
  ['../a', undefined],
  ['/a/..', undefined],
  ['/a/../b', undefined],
  ['/a/..?b', undefined],
  ['/a/%2e%2e/b', undefined],
  ['/a/.%2e', undefined],
  ['%2e./a', undefined],
  ['/a\0', undefined],
  ['/a%00', undefined],
])('%j is %j', (text, expected) => {
  expect(parseInternalUri(text)).toEqual(expected)
})
