import { describe, expect, test } from 'vitest'
import { PatternError } from './cursor.ts'
import { spellPattern } from './pcre.ts'

/** Whether a pattern is found in a text. */
function finds(pattern: string, text: string, caseless = false): boolean {
  return new RegExp(spellPattern(pattern, caseless).source).test(text)
}

describe('what JavaScript would read otherwise', () => {
  test.each([
    ['^a.b$', 'a\nb', false],
    ['(?s)^a.b$', 'a\nb', true],
    ['^a$', 'a\n', true],
    ['^a$', 'a\n\n', false],
    ['^a\\z', 'a\n', false],
    ['^a\\Z', 'a\n', true],
    ['(?m)^b$', 'a\nb\nc', true],
    ['(?m)^b$', 'a\rb\rc', false],
    ['(?m)a\n^', 'a\n', false],
    ['^\\s$', '\u00a0', false],
    ['^\\h$', '\u00a0', true],
    ['^\\s$', '\v', true],
    ['^\\R$', '\r\n', true],
    ['^\\N$', '\n', false],
    ['^[]a]+$', ']a', true],
    ['^[^]a]$', ']', false],
    ['^[a-]$', '-', true],
    ['^[\\b]$', '\b', true],
    ['^[[:^alpha:]]$', '1', true],
    ['^[\\Qa-c\\E]$', 'b', false],
    ['^\\Qa+b\\E+$', 'a+bb', true],
    ['^a\\E*$', 'aaa', true],
    ['^a(?#twice){2}$', 'aa', true],
    ['^(?x) a b # and so on\n c$', 'abc', true],
    ['^x{,2}$', 'x{,2}', true],
    ['^x{2$', 'x{2', true],
    ['^\\x41\\101\\x{42}\\o{102}\\cA$', 'AABB\x01', true],
    ['^\\p{Lu}\\P{Lu}\\p{^Lu}\\pL$', 'Aaaa', true],
    ['^(a)\\1\\g1\\g{-1}$', 'aaaa', true],
    ["^(?<n>a)(?P=n)\\k<n>\\k'n'\\k{n}\\g{n}$", 'aaaaaa', true],
    ["^(?'n'a)$", 'a', true],
    ['^(?>a|ab)c$', 'abc', false],
    ['^a*+a$', 'aaa', false],
    ['^(?:a|ab)++c$', 'aabac', false],
    ['(?<=(?>a|b)c)d', 'acd', true],
    ['^(?<!b)a(?=c)', 'ac', true],
    ['^a(?i)b(?-i)c$', 'aBc', true],
    ['^a(?i)b(?-i)c$', 'aBC', false],
    ['^(?i:a)b$', 'Ab', true],
    ['^(?:(?i)a|b)c$', 'Bc', true],
    ['^(?i)(a)\\1$', 'aA', true],
    ['^(?^)a$', 'a', true],
  ])('%j in %j: %j', (pattern, text, found) => expect(finds(pattern, text)).toBe(found))

  test('only letters of ASCII have two cases', () => {
    expect(finds('^a\u00e9[b\u00c9]$', 'A\u00e9B', true)).toBe(true)
    expect(finds('^\u00e9$', '\u00c9', true)).toBe(false)
    expect(finds('^[\u00e9]$', '\u00c9', true)).toBe(false)
    expect(finds('^[^a]$', 'A', true)).toBe(false)
  })
})

test('names and numbers of groups are those of the pattern', () => {
  const { source, groups, names } = spellPattern('(?>x)(?<one>a)(?:b++(c))', false)
  const found = new RegExp(source).exec('xabc')
  expect(groups.map((group) => found?.[group])).toEqual(['xabc', 'a', 'c'])
  expect(names).toEqual(['one'])
})

test.each([
  ['(', 'missing closing parenthesis', ''],
  ['a)b', 'unmatched closing parenthesis', ')b'],
  ['[a', 'missing terminating ] for character class', ''],
  ['[b-a]', 'range out of order in character class', 'a]'],
  ['[\\w-z]', 'invalid range in character class', '-z]'],
  ['[[:foo:]]', 'unknown POSIX class name', 'foo:]]'],
  ['a**', 'quantifier does not follow a repeatable item', '*'],
  ['^{2}', 'quantifier does not follow a repeatable item', '}'],
  ['a{3,2}', 'numbers out of order in {} quantifier', '}'],
  ['(?<=a+)b', 'lookbehind assertion is not fixed length', '(?<=a+)b'],
  ['\\3', 'reference to non-existent subpattern', '3'],
  ['(?<n>a)(?<n>b)', 'two named subpatterns have the same name (PCRE2_DUPNAMES not set)', 'b)'],
  ['\\i', 'unrecognized character follows \\', 'i'],
  ['\\p{Foo}', 'unknown property after \\P or \\p', ''],
  ['(?(1)a)', 'conditional groups are not supported by this engine', '(?(1)a)'],
  ['(?R)', 'recursion is not supported by this engine', '(?R)'],
  ['(*UTF8)a', '(*UTF8) is not supported by this engine', ')a'],
])('%s is refused: %s', (pattern, message, rest) => {
  let error: unknown
  try {
    spellPattern(pattern, false)
  } catch (thrown) {
    error = thrown
  }
  expect(error).toBeInstanceOf(PatternError)
  const { message: said, offset } = error as PatternError
  expect([said, pattern.slice(offset)]).toEqual([message, rest])
})
