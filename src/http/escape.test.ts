import { describe, expect, test } from 'vitest'
import { escapeArgs, escapeComponent, escapeUri, unescape, unescapeRedirect } from './escape.ts'

const printable = Array.from({ length: 95 }, (_, i) => String.fromCharCode(0x20 + i)).join('')

describe('bytes that are escaped', () => {
  const cases: [where: string, escape: (text: string) => string, printable: string][] = [
    ['in a path', escapeUri, ' "#%<>?\\^`{|}'],
    ['in an argument', escapeArgs, ' "#%&+;<>?\\^`{|}'],
    ['in a component', escapeComponent, ' !"#$%&\'()*+,/:;<=>?@[\\]^`{|}'],
  ]
  test.each(cases)('%s', (_, escape, expected) => {
    const touched = (bytes: string): string => [...bytes].filter((c) => escape(c) !== c).join('')
    expect(touched(printable)).toBe(expected)
    expect(touched('\0\n\x1f\x7f\x80\xff')).toBe('\0\n\x1f\x7f\x80\xff')
  })

  test('are written as two upper-case digits', () => {
    expect(escapeUri('/a b\n\xe4?c')).toBe('/a%20b%0A%E4%3Fc')
  })
})

test.each([
  ['a%20b', 'a b'],
  ['%e4%E4', '\xe4\xe4'],
  ['%2520', '%20'],
  ['%%41', '%41'],
  ['%zz', 'zz'],
  ['%4z5', '5'],
  ['%4', ''],
  ['a%', 'a'],
  ['%4%41', '41'],
  ['?%41', '?A'],
])('%j unescaped is %j', (text, expected) => {
  expect(unescape(text)).toBe(expected)
})

test.each([
  ['/a%41%7e', '/aA~'],
  ['/a%20%25%0a%7f%e4', '/a%20%25%0a%7f%e4'],
  ['/a?b%41', '/a?b%41'],
  ['/a%3fb%41', '/a?b%41'],
  ['/a%26%23', '/a&%23'],
  ['/a%zb%4', '/azb'],
  ['/%%41?', '/%41?'],
  ['/%??%41', '/??%41'],
])('%j in a redirect is %j', (text, expected) => {
  expect(unescapeRedirect(text)).toBe(expected)
})

test('what is escaped unescapes to what it was', () => {
  const all = Array.from({ length: 256 }, (_, i) => String.fromCharCode(i)).join('')
  for (const escape of [escapeUri, escapeArgs, escapeComponent]) expect(unescape(escape(all))).toBe(all)
})
