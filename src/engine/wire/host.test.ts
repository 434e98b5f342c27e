import { expect, test } from 'vitest'
import { validHost } from './host.ts'

test.each([
  ['a', 'a'],
  ['Example.COM', 'example.com'],
  ['AZ', 'az'],
  ['Z', 'z'],
  ['a:80', 'a'],
  ['a:', 'a'],
  ['a:b:c', 'a'],
  ['a.', 'a'],
  ['a.:80', 'a'],
  ['.a', '.a'],
  ['a:80.', 'a'],
  ['[::1]', '[::1]'],
  ['[::1]:80', '[::1]'],
  ['[::A]', '[::a]'],
  ['[::1', '[::1'],
  ['[::1].', '[::1]'],
  ['a[b]:80', 'a[b]'],
  ['a]b', 'a]b'],
  ['a_b~!$&%@', 'a_b~!$&%@'],
  ['\xc0B', '\xc0b'],
])('%j is the server %j', (host, name) => {
  expect(validHost(host)).toBe(name)
})

test.each([
  '',
  '.',
  ':80',
  '.:80',
  'a..b',
  '..',
  'a/b',
  'a b',
  'a\tb',
  'a\0',
  'a\x7f',
  'a:8 0',
  'a:80/',
  'a:..',
  '[a b]',
])('%j is no host', (host) => {
  expect(validHost(host)).toBeUndefined()
})
