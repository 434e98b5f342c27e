import { describe, expect, test } from 'vitest'
import { fieldName, fieldValue } from './fields.ts'
import { parseResponseHead, type ResponseHeadResult } from './response-head.ts'

function essence(result: ResponseHeadResult): object {
  if (result.kind === 'more') return { kind: 'more' }
  if (result.kind === 'bad') return { bad: result.reason, noHead: result.noHead }
  const { fields, ...line } = result.head
  return {
    ...line,
    next: result.next,
    fields: fields.names.map((_, i) => `${fieldName(fields, i)}=${fieldValue(fields, i)}`),
  }
}

/** What `text` is read as, after making sure that it is the same however the bytes come in. */
function read(text: string): object {
  const bytes = Buffer.from(text, 'latin1')
  const whole = essence(parseResponseHead(bytes, 0, bytes.length, 0))
  for (let cut = 1; cut < bytes.length; cut++) {
    let result = parseResponseHead(bytes, 0, cut, 0)
    if (result.kind === 'more') result = parseResponseHead(bytes, 0, bytes.length, result.scannedTo)
    expect(essence(result)).toEqual(whole)
  }
  let result: ResponseHeadResult = { kind: 'more', scannedTo: 0 }
  for (let end = 0; end <= bytes.length && result.kind === 'more'; end++) {
    result = parseResponseHead(bytes, 0, end, result.scannedTo)
  }
  expect(essence(result)).toEqual(whole)
  return whole
}

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

describe('the fields', () => {
  const cases: [lines: string, fields: string[]][] = [
    ['Server: x\r\nContent-Length:5\r\n', ['Server=x', 'Content-Length=5']],
    ['A: 1\nB:  2  \n', ['A=1', 'B=2']],
    ['Odd_Name: 1\r\nodd.name: 2\r\n\xe4: 3\r\nno-colon\r\n', ['Odd_Name=1', 'odd.name=2', '\xe4=3', 'no-colon=']], // prettier-ignore
    ['A: 1\r\nHTTP/1.1 200 OK\r\nB: 2\r\n', ['A=1', 'B=2']],
    ['HTTP/1.0 200 OK\n', []],
    ['HTTP/\r\n', []],
    ['HTTPS: 1\r\nHTTP: 2\r\nH: 3\r\nHT/: 4\r\nxHTTP/1.1: 5\r\nhttp/: 6\r\n', ['HTTPS=1', 'HTTP=2', 'H=3', 'HT/=4', 'xHTTP/1.1=5', 'http/=6']], // prettier-ignore
  ]
  test.each(cases)('%j', (lines, fields) => {
    expect(read(`HTTP/1.1 200 OK\r\n${lines}\r\n`)).toMatchObject({ fields })
  })

  const refused: [lines: string, wrong: string][] = [
    [' A: 1\r\n', '\\x20'],
    ['A: 1\r\n\tB\r\n', '\\x09'],
    ['A : 1\r\n', 'A\\x20'],
    [': 1\r\n', '\\x3a'],
    ['A: 1\0\r\n', 'A: 1\\x00'],
    ['A: 1\rB: 2\r\n', 'A: 1\\x0d'],
    ['A\rB: 2\r\n', 'A\\x0d'],
    ['\rA: 2\r\n', '\\x0d'],
    ['A: 1\r\r\n', 'A: 1\\x0d'],
    ['\x7f: 1\r\n', '\\x7f'],
    ['HTTP 1: 2\r\n', 'HTTP\\x20'],
  ]
  test.each(refused)('%j is refused', (lines, wrong) => {
    expect(read(`HTTP/1.1 200 OK\r\n${lines}\r\n`)).toEqual({
      bad: `upstream sent invalid header: "${wrong}..."`,
    })
  })

  test('a NUL in a line that is passed over is refused too', () => {
    expect(read('HTTP/1.1 200 OK\r\nHTTP/1.1 \0\r\n\r\n')).toHaveProperty('bad')
  })
})

test('what follows the head is left alone', () => {
  const head = 'HTTP/1.1 200 OK\r\nA: 1\r\n\r\n'
  const bytes = Buffer.from(`#${head}\0\r\r\n body`)
  expect(essence(parseResponseHead(bytes, 1, bytes.length, 0))).toMatchObject({
    bytes: head.length,
    next: 1 + head.length,
  })
})

test('a head larger than the first look is read whole', () => {
  const bytes = Buffer.from(`HTTP/1.1 200 OK\r\nA: ${'v'.repeat(9000)}\r\nB: 2\r\n\r\nbody`)
  expect(essence(parseResponseHead(bytes, 0, bytes.length, 0))).toMatchObject({
    fields: [`A=${'v'.repeat(9000)}`, 'B=2'],
    next: bytes.length - 4,
  })
})
