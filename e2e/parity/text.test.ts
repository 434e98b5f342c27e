import { expect, test } from 'vitest'
import { substitute, toBytes, toPattern, toRegex, visible } from './text.ts'

const values = new Map([
  ['PORT', '8080'],
  ['ORIGIN_1', '127.0.0.1:9'],
])

test('values and repeats are put in, wildcards are left for the comparison', () => {
  expect(substitute('listen %%PORT%%; %%ab*3%% %%DATE%%', values)).toBe('listen 8080; ababab %%DATE%%')
  expect(substitute('%%PORT%%%%x*2%%', values)).toBe('8080xx')
  expect(() => substitute('%%PROT%%', values)).toThrow('unknown placeholder %%PROT%%')
})

test('escapes become bytes, and a length counts what follows the blank line', () => {
  expect(toBytes('a\\r\\n\\x00\\\\', values)).toBe('a\r\n\0\\')
  expect(toBytes('Content-Length: %%LENGTH%%\r\n\r\n%%ab*5%%\\n', values)).toBe(
    'Content-Length: 11\r\n\r\nababababab\n',
  )
  expect(() => toBytes('\\q', values)).toThrow('unknown escape \\q')
})

test.each([
  ['plain', 'plain', true],
  ['plain', 'plain ', false],
  ['port %%PORT%%.', 'port 8080.', true],
  ['port %%PORT%%.', 'port 8080x', false],
  ['%%NUMBER%% bytes', '12 bytes', true],
  ['%%NUMBER%% bytes', '12  bytes', false],
  ['a.b %%ANY%%', 'a.b anything', true],
  ['a.b %%ANY%%', 'axb anything', false],
  ['a %%ANY%%', 'a one\r\ntwo', false],
  ['%%DATE%%', 'Sun, 06 Nov 1994 08:49:37 GMT', true],
  ['%%SERVER%%', 'nginx/1.22.1', true],
  ['%%SERVER_NAME%%', 'nginx/1.22.1', false],
])('%j matches %j: %j', (expected, actual, matches) => {
  expect(toPattern(expected, values).matches(actual)).toBe(matches)
})

test('a value in a regular expression stands for itself', () => {
  expect(toRegex('^to %%ORIGIN_1%%$', values).test('to 127.0.0.1:9')).toBe(true)
  expect(toRegex('^to %%ORIGIN_1%%$', values).test('to 127x0.0.1:9')).toBe(false)
  expect(toRegex('^%%NUMBER%%\\.$', values).test('12.')).toBe(true)
})

test('what is shown to a reader has no invisible bytes', () => {
  expect(visible('a\r\n\t\0\\é')).toBe('a\\r\\n\\t\\0\\\\\\xe9')
})
