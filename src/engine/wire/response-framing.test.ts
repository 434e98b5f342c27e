import { expect, test } from 'vitest'
import { fieldLines } from './fields.ts'
import { responseFraming } from './response-framing.ts'

function frame(status: number, fields: string[], method = 'GET', version: 10 | 11 = 11): object {
  const lines = fieldLines(
    fields.map((field): [string, string] => [field.replace(/:.*/, ''), field.replace(/^[^:]*: ?/, '')]),
  )
  return responseFraming({ version, status, reason: '', statusLine: '', fields: lines, bytes: 0 }, method)
}

const none = { body: 'none', length: 0, contentLength: undefined, keepalive: true }

test.each([
  ['Content-Length: 5', { body: 'length', length: 5, contentLength: 5, keepalive: true }],
  ['Content-Length: 0', { ...none, contentLength: 0 }],
  ['Transfer-Encoding: chunked', { ...none, body: 'chunked' }],
  ['Transfer-Encoding: Chunked', { ...none, body: 'chunked' }],
  ['X: y', { ...none, body: 'close', keepalive: false }],
])('after %j the body is told from what follows', (field, expected) => {
  expect(frame(200, [field])).toEqual(expected)
})

test.each([
  [100, 'GET', true],
  [103, 'GET', true],
  [101, 'GET', false],
  [204, 'GET', true],
  [304, 'GET', true],
  [200, 'HEAD', true],
  [404, 'HEAD', true],
])('a %i to %s has no body, whatever its fields say', (status, method, keepalive) => {
  expect(frame(status, ['Content-Length: 5'], method)).toEqual({ ...none, contentLength: 5, keepalive })
  expect(frame(status, ['Transfer-Encoding: chunked'], method)).toEqual({ ...none, keepalive })
  expect(frame(status, [], method)).toEqual({ ...none, keepalive })
})

test.each([
  [11, 'Connection: close', false],
  [11, 'Connection: x, Close', false],
  [11, 'Connection: keep-alive', true],
  [10, 'X: y', false],
  [10, 'Connection: keep-alive', false],
] as const)('in version %i with %j the connection may be used again: %j', (version, field, keepalive) => {
  for (const framing of ['Content-Length: 5', 'Content-Length: 0', 'Transfer-Encoding: chunked']) {
    expect(frame(200, [field, framing], 'GET', version)).toMatchObject({ keepalive })
  }
  expect(frame(304, [field], 'GET', version)).toMatchObject({ keepalive })
  expect(frame(200, [field], 'GET', version)).toMatchObject({ body: 'close', keepalive: false })
})

const both = 'upstream sent "Content-Length" and "Transfer-Encoding" headers at the same time'
test.each([
  [['Content-Length: x'], 'upstream sent invalid "Content-Length" header: "x"'],
  [['Content-Length:'], 'upstream sent invalid "Content-Length" header: ""'],
  [['Content-Length: -1'], 'upstream sent invalid "Content-Length" header: "-1"'],
  [['Content-Length: 9007199254740992'], 'upstream sent invalid "Content-Length" header: "9007199254740992"'],
  [['Content-Length: 5, 5'], 'upstream sent invalid "Content-Length" header: "5, 5"'],
  [['Content-Length: 0', 'Content-Length: 0'], 'upstream sent duplicate header line: "Content-Length: 0"'],
  [['Content-Length: 0', 'Transfer-Encoding: chunked'], both],
  [['Transfer-Encoding: chunked', 'Content-Length: 0'], both],
  [
    ['Transfer-Encoding: chunked', 'Transfer-Encoding: chunked'],
    'upstream sent duplicate header line: "Transfer-Encoding: chunked"',
  ],
  [['Transfer-Encoding: chunker'], 'upstream sent unknown "Transfer-Encoding": "chunker"'],
  [['Transfer-Encoding: identity'], 'upstream sent unknown "Transfer-Encoding": "identity"'],
  [['Transfer-Encoding: gzip, chunked'], 'upstream sent unknown "Transfer-Encoding": "gzip, chunked"'],
  [['Transfer-Encoding:'], 'upstream sent unknown "Transfer-Encoding": ""'],
])('%j is refused', (fields, bad) => {
  for (const [status, method] of [
    [200, 'GET'],
    [304, 'GET'],
    [200, 'HEAD'],
  ] as const) {
    // prettier-ignore
    expect(frame(status, fields, method)).toEqual({ bad })
  }
})
