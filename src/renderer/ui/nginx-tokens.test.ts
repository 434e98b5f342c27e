import { expect, test } from 'vitest'
import { nginxTokens } from './nginx-tokens.ts'

const shown = (text: string): string[] =>
  nginxTokens(text).map(({ from, to, kind }) => `${kind} ${text.slice(from, to)}`)

test('names, values, variables, numbers and comments are told apart', () => {
  expect(
    shown('server { # here\n  listen 443 ssl;\n  set $a "x ${b} y";\n  proxy_read_timeout 60s; }'),
  ).toEqual([
    'name server',
    'brace {',
    'comment # here',
    'name listen',
    'number 443',
    'name set',
    'variable $a',
    'string "x ',
    'variable ${b}',
    'string  y"',
    'name proxy_read_timeout',
    'number 60s',
    'brace }',
  ])
})

test('a # within a word is no comment', () => {
  expect(shown('rewrite ^/a#b /c;')).toEqual(['name rewrite'])
})

test('what is half written is coloured as far as it goes', () => {
  expect(shown('add_header X "unfinished')).toEqual(['name add_header', 'string "unfinished'])
})
