import { describe, expect, test } from 'vitest'
import { read } from '../testing/read-response-head.ts'
import { parseResponseHead } from './response-head.ts'

describe('the status line', () => {
  const ok = { version: 11, status: 200, reason: 'OK', statusLine: '200 OK' }
  const cases: [line: string, expected: object][] = [
    ['HTTP/1.1 200 OK', ok],
    ['HTTP/1.0 200 OK', { ...ok, version: 10 }],
    ['HTTP/1.00 200 OK', { ...ok, version: 10 }],
    ['HTTP/1.2 200 OK', ok],
    ['HTTP/2.0 200 OK', ok],
    ['HTTP/12.345 200 OK', ok],
    ['HTTP/1.1  200 OK', ok],
    ['HTTP/1.1 200', { ...ok, reason: '', statusLine: '200' }],
    ['HTTP/1.1 200 ', { ...ok, reason: '', statusLine: '200 ' }],
    ['HTTP/1.1 200  OK ', { ...ok, reason: ' OK ', statusLine: '200  OK ' }],
    ['HTTP/1.1 403.1 No', { ...ok, status: 403, reason: '1 No', statusLine: '403.1 No' }],
    ['HTTP/1.1 999 \xe4\x01', { ...ok, status: 999, reason: '\xe4\x01', statusLine: '999 \xe4\x01' }],
    ['HTTP/1.1 100 Continue', { ...ok, status: 100, reason: 'Continue', statusLine: '100 Continue' }],
  ]
  test.each(cases)('%j', (line, expected) => {
    for (const end of ['\r\n\r\n', '\n\n', '\r\n\n', '\n\r\n']) {
      const text = line + end
      expect(read(text)).toEqual({ ...expected, bytes: text.length, next: text.length, fields: [] })
    }
  })

  const refused = [
    '',
    'x',
    ' HTTP/1.1 200 OK',
    'http/1.1 200 OK',
    'HTTP 200 OK',
    'HTTP/ 200 OK',
    'HTTP/0.9 200 OK',
    'HTTP/1 200 OK',
    'HTTP/1. 200 OK',
    'HTTP/1.x 200 OK',
    'HTTP/1.1',
    'HTTP/1.1 ',
    'HTTP/1.1\t200 OK',
    'HTTP/1.1 2',
    'HTTP/1.1 20',
    'HTTP/1.1 2 0 0 OK',
    'HTTP/1.1 2000 OK',
    'HTTP/1.1 200OK',
    'HTTP/1.1 200\tOK',
    'HTTP/1.1 20x OK',
    'HTTP/1.1 -20 OK',
    'HTTP/1.1 099 OK',
    'HTTP/1.1 000 OK',
    'HTTP/1.1 200 O\0K',
    'HTTP/1.1 200 O\rK',
    'HTTP/1.1 200 OK\r',
    '<html>',
  ]
  test.each(refused)('%j is none', (line) => {
    expect(read(`${line}\r\nServer: x\r\n\r\n`)).toEqual({
      bad: 'upstream sent no valid HTTP/1.0 header',
      noHead: line.startsWith('HTTP/') ? undefined : true,
    })
  })

  test('what cannot become one is refused before its line has ended', () => {
    for (const start of ['<', 'HTTPS', 'HTTP/1.1 x', 'HTTP/1.1 200x']) {
      const bytes = Buffer.from(start)
      expect(parseResponseHead(bytes, 0, bytes.length, 0).kind).toBe('bad')
    }
  })
})
