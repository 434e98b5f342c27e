import { expect, test } from 'vitest'
import { formatHttpDate, parseHttpDate } from './dates.ts'

const example = Date.UTC(1994, 10, 6, 8, 49, 37)

test.each([
  [0, 'Thu, 01 Jan 1970 00:00:00 GMT'],
  [example, 'Sun, 06 Nov 1994 08:49:37 GMT'],
  [example + 999, 'Sun, 06 Nov 1994 08:49:37 GMT'],
  [Date.UTC(2024, 1, 29), 'Thu, 29 Feb 2024 00:00:00 GMT'],
])('%i is written %j', (time, text) => {
  expect(formatHttpDate(time)).toBe(text)
})

test.each([
  ['Sun, 06 Nov 1994 08:49:37 GMT', example],
  ['Sunday, 06-Nov-94 08:49:37 GMT', example],
  ['Sun Nov  6 08:49:37 1994', example],
  ['Sun Nov 6 08:49:37 1994', example],
  ['Sun Nov 16 08:49:37 1994', Date.UTC(1994, 10, 16, 8, 49, 37)],
  ['Mon, 06 Nov 1994 08:49:37', example],
  [',06 Nov 1994 08:49:37 GMT', example],
  ['Thursday, 01-Jan-70 00:00:00 GMT', 0],
  ['Monday, 01-Jan-69 00:00:00 GMT', Date.UTC(2069, 0, 1)],
  ['Thu, 29 Feb 2024 00:00:00 GMT', Date.UTC(2024, 1, 29)],
  ['Wed, 29 Feb 2023 00:00:00 GMT', undefined],
  ['Sun, 31 Apr 2023 00:00:00 GMT', undefined],
  ['Sun, 06 Nov 1994 24:00:00 GMT', undefined],
  ['Sun, 06 Nov 1994 08:60:00 GMT', undefined],
  ['Sun, 06 Nov 1994 08:00:60 GMT', undefined],
  ['Sun, 06 Xxx 1994 08:49:37 GMT', undefined],
  ['Sun, 6 Nov 1994 08:49:37 GMT', undefined],
  ['Sun, 06 Nov 94 08:49:37 GMT', undefined],
  ['Sunday, 06-Nov-1994 08:49:37 GMT', undefined],
  ['1994-11-06T08:49:37Z', undefined],
  ['0', undefined],
  ['', undefined],
])('%j is the time %j', (text, time) => {
  expect(parseHttpDate(text)).toBe(time)
})

test('what is written reads back as the same second', () => {
  for (let time = 0; time < 4e12; time += 86_399_123_000) {
    expect(parseHttpDate(formatHttpDate(time))).toBe(Math.floor(time / 1000) * 1000)
  }
})

test('every month is told from the others', () => {
  for (let month = 0; month < 12; month++) {
    const time = Date.UTC(2001, month, 10)
    expect(parseHttpDate(formatHttpDate(time))).toBe(time)
  }
})
