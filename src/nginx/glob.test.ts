import { expect, test } from 'vitest'
import { expandGlob, isGlob, matchGlob } from './glob.ts'

// Compared with glob(3) of glibc.
test.each<[string, string, boolean]>([
  ['*.conf', 'a.conf', true],
  ['*.conf', '.conf', false],
  ['*.conf', '.a.conf', false],
  ['.*', '.a', true],
  ['*.conf', 'b/a.conf', false],
  ['*/*.conf', 'b/a.conf', true],
  ['/etc/nginx/*', '/etc/nginx/a', true],
  ['a?c', 'abc', true],
  ['a?c', 'ac', false],
  ['a?c', 'a😀c', true],
  ['[ab]c', 'bc', true],
  ['[!ab]c', 'bc', false],
  ['[^ab]c', 'cc', true],
  ['[a-c]', 'b', true],
  ['[c-a]', 'b', false],
  ['[]a]', ']', true],
  ['[a', '[a', true],
  ['[[:digit:]x]', '7', true],
  ['[[:digit:]x]', 'y', false],
  ['[!a]b', '.b', false],
  ['a\\*b', 'a*b', true],
  ['a\\*b', 'axb', false],
  ['a**b', 'ab', true],
  ['a.c', 'abc', false],
])('%s means %s: %s', (pattern, path, expected) => {
  expect(matchGlob(pattern, path)).toBe(expected)
})

test('many stars take no more than square time', () => {
  expect(matchGlob(`${'*a'.repeat(50)}b`, 'a'.repeat(5000))).toBe(false)
})

test.each([
  ['a.conf', false],
  ['conf.d/*.conf', true],
  ['a?', true],
  ['[ab]', true],
])('%s is a glob: %s', (name, expected) => {
  expect(isGlob(name)).toBe(expected)
})

test('a glob is expanded folder by folder, sorted', () => {
  const folders: Record<string, string[]> = {
    '/': ['etc', 'tmp'],
    '/etc/': ['b.d', 'a.d', 'c'],
    '/etc/a.d/': ['2.conf', '1.conf', '.0.conf', 'x'],
    '/etc/b.d/': ['0.conf'],
    '': ['r.conf'],
  }
  const list = (folder: string): string[] => folders[folder] ?? []
  expect(expandGlob('/etc/*.d/*.conf', list)).toEqual([
    '/etc/a.d/1.conf',
    '/etc/a.d/2.conf',
    '/etc/b.d/0.conf',
  ])
  expect(expandGlob('*.conf', list)).toEqual(['r.conf'])
  expect(expandGlob('/var/*', list)).toEqual([])
})
