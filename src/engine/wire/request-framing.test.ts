import { describe, expect, test } from 'vitest'
import { fieldLines } from './fields.ts'
import { requestFraming, type BadFraming, type RequestFraming } from './request-framing.ts'
import { parseRequestHead } from './request-head.ts'

const limits = { lineLimit: 8192, totalLimit: 32768, ignoreInvalid: true, underscores: false }

function frame(line: string, ...fields: string[]): RequestFraming | BadFraming {
  const bytes = Buffer.from(`${line}\r\n${fields.map((field) => `${field}\r\n`).join('')}\r\n`, 'latin1')
  const result = parseRequestHead(bytes, 0, bytes.length, limits, 0)
  if (result.kind !== 'head') throw new Error(`the head is ${result.kind}`)
  return requestFraming(result.head)
}

const get11 = 'GET / HTTP/1.1'
const plain: RequestFraming = {
  body: 'none',
  length: 0,
  host: 'a',
  serverName: 'a',
  keepalive: true,
  expectContinue: false,
  upgrade: undefined,
}

describe('the body', () => {
  const cases: [field: string, body: string, length: number][] = [
    ['X: y', 'none', 0],
    ['Content-Length: 0', 'length', 0],
    ['Content-Length: 5', 'length', 5],
    ['content-length:005', 'length', 5],
    ['Content-Length: 9007199254740991', 'length', Number.MAX_SAFE_INTEGER],
    ['Transfer-Encoding: chunked', 'chunked', 0],
    ['transfer-encoding:  CHUNKED ', 'chunked', 0],
  ]
  test.each(cases)('after %j is %s, %i', (field, body, length) => {
    expect(frame(get11, 'Host: a', field)).toEqual({ ...plain, body, length })
  })

  test('a length counts in HTTP/1.0 too', () => {
    expect(frame('POST / HTTP/1.0', 'Content-Length: 5')).toMatchObject({ body: 'length', length: 5 })
  })

  const unknown = (coding: string): string => `client sent unknown "Transfer-Encoding": "${coding}"`
  const both = 'client sent "Content-Length" and "Transfer-Encoding" headers at the same time'
  const invalid = 'client sent invalid "Content-Length" header'
  const twice = (name: string, now: string, before: string): string =>
    `client sent duplicate header line: "${name}: ${now}", previous value: "${name}: ${before}"`
  const refused: [fields: string[], bad: number, reason: string][] = [
    [['Content-Length: 5', 'Transfer-Encoding: chunked'], 400, both],
    [['Transfer-Encoding: chunked', 'Content-Length: 5'], 400, both],
    [['Content-Length: 0', 'Transfer-Encoding: chunked'], 400, both],
    [['Content-Length: 5', 'Content-Length: 5'], 400, twice('Content-Length', '5', '5')],
    [['Content-Length: 5', 'Content-Length: 6'], 400, twice('Content-Length', '6', '5')],
    [['Transfer-Encoding: chunked', 'Transfer-Encoding: x'], 400, twice('Transfer-Encoding', 'x', 'chunked')],
    [['Content-Length:'], 400, invalid],
    [['Content-Length'], 400, invalid],
    [['Content-Length: +5'], 400, invalid],
    [['Content-Length: -5'], 400, invalid],
    [['Content-Length: 5, 5'], 400, invalid],
    [['Content-Length: 5 5'], 400, invalid],
    [['Content-Length: 0x5'], 400, invalid],
    [['Content-Length: 5.0'], 400, invalid],
    [['Content-Length: 1e3'], 400, invalid],
    [['Content-Length: \t5'], 400, invalid],
    [['Content-Length: 5\x0b'], 400, invalid],
    [['Content-Length: \xb2'], 400, invalid],
    [['Content-Length: 9223372036854775808'], 400, invalid],
    [['Content-Length: x', 'Transfer-Encoding: x'], 400, invalid],
    [
      ['Content-Length: 9223372036854775807'],
      413,
      'client intended to send too large body: 9223372036854775807 bytes',
    ],
    [
      ['Content-Length: 9007199254740992'],
      413,
      'client intended to send too large body: 9007199254740992 bytes',
    ],
    [['Transfer-Encoding: identity'], 501, unknown('identity')],
    [['Transfer-Encoding: chunked, identity'], 501, unknown('chunked, identity')],
    [['Transfer-Encoding: gzip, chunked'], 501, unknown('gzip, chunked')],
    [['Transfer-Encoding: xchunked'], 501, unknown('xchunked')],
    [['Transfer-Encoding: chunker'], 501, unknown('chunker')],
    [['Transfer-Encoding: chunkedx'], 501, unknown('chunkedx')],
    [['Transfer-Encoding: chunked;q=1'], 501, unknown('chunked;q=1')],
    [['Transfer-Encoding: "chunked"'], 501, unknown('"chunked"')],
    [['Transfer-Encoding: \tchunked'], 501, unknown('\tchunked')],
    [['Transfer-Encoding: chunked\t'], 501, unknown('chunked\t')],
    [['Transfer-Encoding: chunK\x01ed'], 501, unknown('chunK\x01ed')],
    [['Transfer-Encoding:'], 501, unknown('')],
    [['Transfer-Encoding'], 501, unknown('')],
    [['Content-Length: 5', 'Transfer-Encoding: x'], 501, unknown('x')],
  ]
  test.each(refused)('after %j is refused with %i', (fields, bad, reason) => {
    // nginx sees a repeated one before it has read the rest.
    const field = reason.includes('duplicate') ? { field: 2 } : {}
    expect(frame('POST / HTTP/1.1', 'Host: a', ...fields)).toEqual({ bad, reason, serverName: 'a', ...field })
  })

  test('HTTP/1.0 knows no Transfer-Encoding', () => {
    const reason = 'client sent HTTP/1.0 request with "Transfer-Encoding" header'
    expect(frame('POST / HTTP/1.0', 'Transfer-Encoding: chunked')).toEqual({
      bad: 400,
      reason,
      serverName: '',
    })
    expect(frame('POST / HTTP/1.0', 'Transfer-Encoding: x')).toEqual({ bad: 400, reason, serverName: '' })
  })

  test('names that only look like framing do not frame', () => {
    for (const name of ['Content_Length', 'Transfer_Encoding', 'Content-Length.', 'Transfer-Encodin']) {
      expect(frame(get11, 'Host: a', `${name}: chunked`)).toEqual(plain)
    }
  })
})

describe('the first field of all', () => {
  const once = (field: string): RequestFraming | BadFraming => frame('PUT / HTTP/1.1', field, 'Host: a')
  const twice = (field: string): RequestFraming | BadFraming =>
    frame('PUT / HTTP/1.1', field, 'Host: a', field)

  test('frames a message as any other', () => {
    expect(once('Content-Length: 5')).toMatchObject({ body: 'length', length: 5 })
    expect(once('Transfer-Encoding: chunked')).toMatchObject({ body: 'chunked' })
    expect(once('Expect: 100-continue')).toMatchObject({ expectContinue: true })
    expect(frame('PUT / HTTP/1.1', 'Upgrade: x', 'Host: a', 'Upgrade: y')).toMatchObject({ upgrade: 'x' })
  })

  test.each(['Content-Length: 5', 'Transfer-Encoding: chunked', 'Expect: 100-continue', 'If-Match: x'])(
    '%s may not come again',
    (field) => expect(twice(field)).toMatchObject({ bad: 400 }),
  )
})

test('fields whose places are not known frame a message all the same', () => {
  const bytes = Buffer.from(`${get11}\r\nHost: b\r\n\r\n`)
  const read = parseRequestHead(bytes, 0, bytes.length, limits, 0)
  const fields = fieldLines([
    ['Accept', 'x'],
    ['Host', 'a'],
    ['Content-Length', '5'],
  ])
  expect(read.kind === 'head' && requestFraming({ ...read.head, fields })).toEqual({
    ...plain,
    body: 'length',
    length: 5,
  })
})

describe('the host', () => {
  test('of an absolute-form target is the server, but the Host field is needed and has to be one', () => {
    expect(frame('GET http://B.c:1/ HTTP/1.1', 'Host: a')).toEqual({ ...plain, serverName: 'b.c' })
    expect(frame('GET http://b/ HTTP/1.1')).toMatchObject({ bad: 400 })
    expect(frame('GET http://b/ HTTP/1.1', 'Host: a/b')).toMatchObject({ bad: 400 })
    expect(frame('GET http://b/ HTTP/1.0')).toMatchObject({ host: undefined, serverName: 'b' })
  })

  test('is kept as received, the server is its name', () => {
    expect(frame(get11, 'Host: Example.COM.:80')).toEqual({
      ...plain,
      host: 'Example.COM.:80',
      serverName: 'example.com',
    })
  })

  test('need not be there before HTTP/1.1', () => {
    expect(frame('GET / HTTP/1.0')).toEqual({ ...plain, host: undefined, serverName: '', keepalive: false })
    expect(frame(get11)).toEqual({
      bad: 400,
      reason: 'client sent HTTP/1.1 request without "Host" header',
      serverName: '',
    })
  })

  test('that comes behind the fault is not known', () => {
    const twice = ['Content-Length: 1', 'Content-Length: 2', 'Host: a']
    expect(frame('POST / HTTP/1.1', ...twice)).not.toHaveProperty('serverName')
    expect(frame('POST http://b/ HTTP/1.1', ...twice)).toMatchObject({ bad: 400, serverName: 'b' })
  })

  test('is one', () => {
    const reason = 'client sent duplicate host header: "host: b", previous value: "Host: a"'
    expect(frame(get11, 'Host: a', 'host: b')).toEqual({ bad: 400, reason, serverName: 'a', field: 1 })
    expect(frame('GET / HTTP/1.0', 'Host: a', 'Host: a')).toMatchObject({ bad: 400 })
  })

  test.each(['', 'a b', 'a/b', 'a..b', '.', 'a\x01', ':80'])('%j is refused', (host) => {
    expect(frame(get11, `Host: ${host}`)).toEqual({
      bad: 400,
      reason: 'client sent invalid host header',
      field: 0,
    })
  })
})

describe('the connection is kept', () => {
  const cases: [version: string, fields: string[], keepalive: boolean][] = [
    ['1.1', [], true],
    ['1.0', [], false],
    ['1.1', ['Connection: close'], false],
    ['1.1', ['Connection: CLOSE'], false],
    ['1.1', ['Connection: keep-alive, close'], false],
    ['1.1', ['Connection: closed'], false],
    ['1.0', ['Connection: keep-alive'], true],
    ['1.0', ['Connection: Upgrade, Keep-Alive'], true],
    ['1.0', ['Connection: upgrade'], false],
    ['1.1', ['Connection: upgrade'], true],
    ['1.1', ['Connection: close', 'Connection: keep-alive'], true],
    ['1.0', ['Connection: keep-alive', 'Connection: close'], false],
    ['1.1', ['Connection: close', 'Connection: upgrade'], false],
    ['1.1', ['Proxy-Connection: close'], true],
  ]
  test.each(cases)('in HTTP/%s with %j: %j', (version, fields, keepalive) => {
    expect(frame(`GET / HTTP/${version}`, 'Host: a', ...fields)).toMatchObject({ keepalive })
  })

  test('never in HTTP/0.9', () => {
    const bytes = Buffer.from('GET /\r\n')
    const result = parseRequestHead(bytes, 0, bytes.length, limits, 0)
    expect(result.kind === 'head' && requestFraming(result.head)).toEqual({
      ...plain,
      host: undefined,
      serverName: '',
      keepalive: false,
    })
  })
})

describe('Expect and Upgrade', () => {
  test.each([
    ['1.1', '100-continue', true],
    ['1.1', '100-Continue', true],
    ['1.0', '100-continue', false],
    ['1.1', '100-continue, x', false],
    ['1.1', '100-continux', false],
    ['1.1', 'x', false],
  ])('HTTP/%s with Expect: %s waits: %j', (version, value, expectContinue) => {
    expect(frame(`PUT / HTTP/${version}`, 'Host: a', `Expect: ${value}`)).toMatchObject({ expectContinue })
  })

  test('of several Upgrade fields the first counts', () => {
    expect(frame(get11, 'Host: a', 'Upgrade: websocket', 'Upgrade: h2c')).toEqual({
      ...plain,
      upgrade: 'websocket',
    })
  })
})

test.each([
  'If-Modified-Since',
  'If-Unmodified-Since',
  'If-Match',
  'If-None-Match',
  'If-Range',
  'Content-Range',
  'Authorization',
  'Expect',
])('%s may come once', (name) => {
  expect(frame(get11, 'Host: a', `${name}: 1`)).toEqual(plain)
  expect(frame(get11, 'Host: a', `${name}: 1`, `${name}: 2`)).toEqual({
    bad: 400,
    reason: `client sent duplicate header line: "${name}: 2", previous value: "${name}: 1"`,
    serverName: 'a',
    field: 2,
  })
})

test.each([
  'Accept',
  'Cookie',
  'Range',
  'User-Agent',
  'Referer',
  'Via',
  'TE',
  'Keep-Alive',
  'Content-Type',
  'X',
])('%s may come often', (name) => {
  expect(frame(get11, 'Host: a', `${name}: 1`, `${name}: 2`)).toEqual(plain)
})

test.each(['CONNECT', 'TRACE'])('%s is not allowed, after all else was right', (method) => {
  expect(frame(`${method} / HTTP/1.1`, 'Host: a')).toEqual({
    bad: 405,
    reason: `client sent ${method} method`,
    serverName: 'a',
  })
  expect(frame(`${method} / HTTP/1.1`, 'Host: a', 'Transfer-Encoding: x')).toMatchObject({ bad: 501 })
})
