import { expect, test } from 'vitest'
import { parse } from './parser.ts'

// Each text was given to `nginx -t` of nginx 1.22.1, which printed exactly this message and line.
const broken: readonly [text: string, message: string, line: number][] = [
  ['events {', 'unexpected end of file, expecting "}"', 1],
  ['events {\n', 'unexpected end of file, expecting "}"', 2],
  ['events {}\n}', 'unexpected "}"', 2],
  ['events {}\nhttp {\n  server {\n    listen 80;\n  }\n', 'unexpected end of file, expecting "}"', 6],
  ['events {}\nhttp {\n  server {\n    listen 80\n  }\n}\n', 'unexpected "}"', 5],
  ['events {}\nhttp {\n  server {\n    listen 80;\n  }}\n}\n', 'unexpected "}"', 6],
  [';', 'unexpected ";"', 1],
  ['events {};', 'unexpected ";"', 1],
  ['{', 'unexpected "{"', 1],
  ['events {}\n{ }', 'unexpected "{"', 2],
  ['daemon off;;', 'unexpected ";"', 1],
  ['daemon off', 'unexpected end of file, expecting ";" or "}"', 1],
  ['daemon off\n', 'unexpected end of file, expecting ";" or "}"', 2],
  ['daemon off # comment', 'unexpected end of file, expecting ";" or "}"', 1],
  ['daemon off }', 'unexpected "}"', 1],
  ['daemon off}', 'unexpected end of file, expecting ";" or "}"', 1],
  ["events {}\nuser 'www;\n\n", 'unexpected end of file, expecting ";" or "}"', 4],
  ['user "www"x;', 'unexpected "x"', 1],
  ['user "www"};', 'unexpected "}"', 1],
  ["user 'www'';", `unexpected "'"`, 1],
  ["user 'www'#;", 'unexpected "#"', 1],
  ['user "www"\\;', 'unexpected "\\"', 1],
  ['user www\\', 'unexpected end of file, expecting ";" or "}"', 1],
  ['events {}\nhttp { log_format a "b";c" }', 'unexpected "}"', 2],
  ['events {}\nhttp { map $a $b { x y } }', 'unexpected "}"', 2],
  ['events {}\nhttp { map $a $b { x y; ', 'unexpected end of file, expecting "}"', 2],
  ['events {}\r\nhttp {\r\n  server {\r\n', 'unexpected end of file, expecting "}"', 4],
  [`events {}\nhttp {\n# ${'x'.repeat(4100)}\n}`, 'too long parameter "# xxxxxxxx..." started', 3],
]

test.each(broken)('%j is refused as nginx does', (text, message, line) => {
  expect(parse(text, 'nginx.conf').problem).toMatchObject({
    severity: 'error',
    code: 'nginx-syntax',
    message,
    file: 'nginx.conf',
    line,
  })
})

test.each([
  ['events {\n  a b;\n', 'close "events", which is opened in line 1'],
  ['events {}\n}', 'remove it, or look for a block above that is closed too early'],
  ['server { listen 80 }', 'end "listen" with ";" before the "}"'],
  ['listen 80', 'end "listen" with ";"'],
  ['\nuser "www;', 'close the " that is opened in line 2'],
])('%j says what to do', (text, fix) => {
  expect(parse(text, 'f').problem?.fix).toBe(fix)
})

test('a statement stands where its ";" or "{" does, as in messages of nginx', () => {
  expect(parse('a\n  b;\nc\n{ d; }', 'f').statements).toEqual([
    { name: 'a', args: ['b'], position: { file: 'f', line: 2 } },
    {
      name: 'c',
      args: [],
      position: { file: 'f', line: 4 },
      block: [{ name: 'd', args: [], position: { file: 'f', line: 4 } }],
    },
  ])
})

test('what stands before a problem is kept, open blocks included', () => {
  const { statements, problem } = parse('a { b; c { d; }', 'f')
  expect(problem?.message).toBe('unexpected end of file, expecting "}"')
  expect(statements).toMatchObject([
    { name: 'a', block: [{ name: 'b' }, { name: 'c', block: [{ name: 'd' }] }] },
  ])
})

test('every comment stays, with the statement it is about', () => {
  const text = `
# one
#two

a b; # behind a
c # in c
  d;
e { # behind e
  # before f
  f; g; # behind g
  # closing e
} # after e
# the end`
  const { statements, comments } = parse(text, 'f')
  expect(statements).toMatchObject([
    { name: 'a', comments: [' one', 'two'], trailing: ' behind a' },
    { name: 'c', args: ['d'], comments: [' in c'] },
    {
      name: 'e',
      trailing: ' behind e',
      closing: [' closing e', ' after e'],
      block: [
        { name: 'f', comments: [' before f'] },
        { name: 'g', trailing: ' behind g' },
      ],
    },
  ])
  expect(comments).toEqual([' the end'])
})

test('deep nesting does not exhaust the stack', () => {
  const { problem } = parse('a {'.repeat(200_000), 'f')
  expect(problem?.message).toBe('unexpected end of file, expecting "}"')
})
