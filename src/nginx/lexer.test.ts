import { expect, test } from 'vitest'
import { Lexer } from './lexer.ts'

/** The words of the first statement or block head, or what went wrong. */
function first(text: string): readonly string[] | string {
  const token = new Lexer(text).next()
  if (token.kind === 'error') return `${token.message} in line ${token.line}`
  return token.kind === 'statement' || token.kind === 'open' ? token.words : token.kind
}

// Each was read by nginx 1.22.1, which shows a word in `invalid value "…" in "daemon" directive`.
test.each<[string, readonly string[]]>([
  ['a;', ['a']],
  ['a b\tc\r\nd;', ['a', 'b', 'c', 'd']],
  ['a{', ['a']],
  [`a "b c" 'd;e' "";`, ['a', 'b c', 'd;e', '']],
  [`a "it's" 'say "b"';`, ['a', "it's", 'say "b"']],
  ['a b"c\'d;', ['a', 'b"c\'d']],
  ['a "b\\"c" \'d\\\'e\';', ['a', 'b"c', "d'e"]],
  ['a \\t\\r\\n\\\\;', ['a', '\t\r\n\\']],
  ['a "\\t\\n" \\.php$ \\d;', ['a', '\t\n', '\\.php$', '\\d']],
  ['a b\\ c\\;d\\{e;', ['a', 'b\\ c\\;d\\{e']],
  ['a ${b}c $b ${{d;', ['a', '${b}c', '$b', '${{d']],
  ['a b#c d};', ['a', 'b#c', 'd}']],
  ['if ($a = "b c") {', ['if', '($a', '=', 'b c', ')']],
  ['a # b; c\n d;', ['a', 'd']],
  ['a "b\n# c" d;', ['a', 'b\n# c', 'd']],
  ['\uFEFFa;', ['\uFEFFa']],
])('%j is read as %j', (text, words) => {
  expect(first(text)).toEqual(words)
})

test('CRLF ends a line and a comment', () => {
  const lexer = new Lexer('a;\r\n# b\r\nc\r\n;')
  expect([lexer.next(), lexer.next()]).toEqual([
    { kind: 'statement', words: ['a'], line: 1 },
    { kind: 'statement', words: ['c'], line: 4 },
  ])
  expect(lexer.takeComments()).toEqual([{ text: ' b', line: 2, inStatement: false }])
})

test('a comment inside a statement is told apart', () => {
  const lexer = new Lexer('a # b\n;')
  lexer.next()
  expect(lexer.takeComments()).toEqual([{ text: ' b', line: 1, inStatement: true }])
})

// nginx holds 4096 bytes of a word or comment and must see its end within them, unless the file ends there.
test.each<[string, string, string | number]>([
  ['a word', `${'x'.repeat(4095)};`, 4095],
  ['a word', `${'x'.repeat(4096)};`, 'too long parameter "xxxxxxxxxx..." started in line 1'],
  ['a word in UTF-8', `\n${'é'.repeat(2048)};`, 'too long parameter "ééééé..." started in line 2'],
  ['a quoted word', `"${'x'.repeat(4095)}" ;`, 'too long parameter "xxxxxxxxxx..." started in line 1'],
  ['a quoted word', `"${'x'.repeat(4094)}";`, 4094],
  [
    'a quoted word and a space',
    `"${'x'.repeat(4094)}" ;`,
    'too long parameter "xxxxxxxxxx..." started in line 1',
  ],
  [
    'a quoted word',
    `\n"${'x\n'.repeat(3000)}`,
    'too long parameter, probably missing terminating """ character in line 2',
  ],
  [
    'a quoted word',
    `'${'x'.repeat(5000)}`,
    `too long parameter, probably missing terminating "'" character in line 1`,
  ],
  ['a comment', `#${'x'.repeat(4095)}\na;`, 'too long parameter "#xxxxxxxxx..." started in line 1'],
  ['a comment', `#${'x'.repeat(4094)}\na;`, 1],
])('%s may be as long as nginx allows', (_what, text, expected) => {
  const read = first(text)
  expect(typeof read === 'string' ? read : read[0]?.length).toBe(expected)
})
