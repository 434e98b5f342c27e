import { expect, test } from 'vitest'
import { essence, read } from '../testing/read-response-head.ts'
import { parseResponseHead } from './response-head.ts'

test('a head is its status line and its fields, however it comes', () => {
  expect(read('HTTP/1.1 404 Not Found\r\nServer: x\r\nA: 1\n\r\n')).toEqual({
    version: 11,
    status: 404,
    reason: 'Not Found',
    statusLine: '404 Not Found',
    bytes: 42,
    next: 42,
    fields: ['Server=x', 'A=1'],
  })
})

// nginx takes what is no head at all for the body of an HTTP/0.9 response; what begins as one and is none is refused.
const none = 'upstream sent no valid HTTP/1.0 header'
test.each<[text: string, expected: object]>([
  ['<html>\r\n', { bad: none, noHead: true }],
  ['<', { bad: none, noHead: true }],
  ['HTTP/x\r\n', { bad: none }],
  ['HTTP/x', { bad: none }],
  ['HTTP/1.1 200 OK\r\nA B: 1\r\n\r\n', { bad: 'upstream sent invalid header: "A\\x20..."' }],
  ['HTTP/1.1 200 OK\r\nA B', { bad: 'upstream sent invalid header: "A\\x20..."' }],
  ['HTTP/1.1 200 OK\r\nA: 1\rB', { bad: 'upstream sent invalid header: "A: 1\\x0d..."' }],
])('%j is refused', (text, expected) => {
  expect(read(text)).toEqual(expected)
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
