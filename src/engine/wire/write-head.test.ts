import { expect, test } from 'vitest'
import { httpDate, statusLine } from './write-head.ts'

test.each([
  [200, 'HTTP/1.1 200 OK\r\n'],
  [302, 'HTTP/1.1 302 Moved Temporarily\r\n'],
  [404, 'HTTP/1.1 404 Not Found\r\n'],
  [408, 'HTTP/1.1 408 Request Time-out\r\n'],
  [504, 'HTTP/1.1 504 Gateway Time-out\r\n'],
  [203, 'HTTP/1.1 203 \r\n'],
  [418, 'HTTP/1.1 418 \r\n'],
  [599, 'HTTP/1.1 599 \r\n'],
  [7, 'HTTP/1.1 007 \r\n'],
])('the status %i is written as nginx writes it', (status, line) => {
  expect(statusLine(status)).toBe(line)
})

test('the date follows the clock, a second at a time, forwards and back', () => {
  const now = Date.UTC(1994, 10, 6, 8, 49, 37)
  expect([now, now + 999, now + 1000, now].map((t) => httpDate(t))).toEqual([
    'Sun, 06 Nov 1994 08:49:37 GMT',
    'Sun, 06 Nov 1994 08:49:37 GMT',
    'Sun, 06 Nov 1994 08:49:38 GMT',
    'Sun, 06 Nov 1994 08:49:37 GMT',
  ])
})
