import { expect, test } from 'vitest'
import { compileRegex, RegexError } from './regex.ts'

test.each([
  ['^/a/(.+)$', false, '/a/b', '/a/b'],
  ['(?i)^/a', false, '/A', '/A'],
  ['^/a', true, '/A', '/A'],
  ['^(?P<name>\\w+)\\.test$', false, 'x.test', 'x.test'],
  ['\\A/a\\z', false, '/a', '/a'],
  ['^[[:alpha:]]+$', false, 'abc', 'abc'],
  ['^(?>a+)b', false, 'aab', 'aab'],
  ['^a++b', false, 'aab', 'aab'],
  ['^/caf\u00e9', false, '/caf\u00c3\u00a9', '/caf\u00c3\u00a9'],
  ['^(?P<n>.+)\\Q.ex.com\\E$', false, 'a.ex.com', 'a.ex.com'],
  ['^www\\p{N}+$', false, 'www01', 'www01'],
  ['^[\\p{L}_]+$', false, 'a_B', 'a_B'],
  ['(?s).', false, '\n', '\n'],
])('%s (any case: %j) matches %j', (pattern, ignoreCase, text, whole) => {
  expect(compileRegex(pattern, ignoreCase).regex.exec(text)?.[0]).toBe(whole)
})

test('the names of groups are told', () =>
  expect(compileRegex('(?<a>x)(?P<b_2>y)', false).names).toEqual(['a', 'b_2']))

test('what does not compile is told with the expression', () => {
  expect(() => compileRegex('(', false)).toThrow(RegexError)
  expect(() => compileRegex('(', false)).toThrow(/pcre2_compile\(\) failed: .* in "\("/)
})

test('what is told of a caf\u00e9 that does not compile is text again', () =>
  expect(() => compileRegex('caf\u00e9)\u00e9', false)).toThrow(
    'pcre2_compile() failed: unmatched closing parenthesis in "caf\u00e9)\u00e9" at ")\u00e9"',
  ))

test('groups keep their numbers and names beside atomic ones', () => {
  const { regex } = compileRegex('^(?>a+)(?<n>b)(c)', false)
  const found = regex.exec('aabc')
  expect([...(found ?? [])]).toEqual(['aabc', 'b', 'c'])
  expect(found?.groups?.['n']).toBe('b')
  expect(regex.test('x')).toBe(false)
})
