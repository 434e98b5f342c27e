import { describe, expect, test } from 'vitest'
import { fieldName, fieldValue } from './fields.ts'
import {
  parseRequestHead,
  type HeadLimits,
  type RequestHead,
  type RequestHeadResult,
} from './request-head.ts'

const usual: HeadLimits = { lineLimit: 8192, totalLimit: 32768, ignoreInvalid: true, underscores: false }

function parse(text: string, limits: HeadLimits = usual): RequestHeadResult {
  const bytes = Buffer.from(text, 'latin1')
  return parseRequestHead(bytes, 0, bytes.length, limits, 0)
}

/** What `text` gives when it comes in two pieces, cut at each byte; and when it comes byte by byte, and is moved. */
function parsePieces(text: string, limits: HeadLimits): RequestHeadResult[] {
  const bytes = Buffer.from(text, 'latin1')
  const results: RequestHeadResult[] = []
  for (let cut = 1; cut < bytes.length; cut++) {
    let result = parseRequestHead(bytes, 0, cut, limits, 0)
    if (result.kind === 'more') result = parseRequestHead(bytes, 0, bytes.length, limits, result.scannedTo)
    results.push(result)
  }
  let result: RequestHeadResult = { kind: 'more', scannedTo: 0 }
  for (let length = 0; length <= bytes.length && result.kind === 'more'; length++) {
    const before = length % 7
    const moved = Buffer.concat([Buffer.alloc(before, '#'), bytes.subarray(0, length), Buffer.from('###')])
    result = parseRequestHead(moved, before, before + length, limits, result.scannedTo)
    if (result.kind === 'head') result = { ...result, next: result.next - before }
  }
  return [...results, result]
}

function fieldsOf(head: RequestHead): [name: string, value: string][] {
  return head.fields.names.map((_, i) => [fieldName(head.fields, i), fieldValue(head.fields, i)])
}

/** A result without what depends on how many bytes were there when it was found. */
function essence(result: RequestHeadResult): object {
  if (result.kind === 'more') return { kind: 'more' }
  if (result.kind === 'bad') return { bad: result.status, reason: result.reason }
  const { fields, ...line } = result.head
  return { ...line, next: result.next, names: fields.names, fields: fieldsOf(result.head) }
}

/** The essence of a head, after making sure that it is the same however the bytes come in. */
function read(text: string, limits: HeadLimits = usual): object {
  const whole = essence(parse(text, limits))
  for (const result of parsePieces(text, limits)) expect(essence(result)).toEqual(whole)
  return whole
}

describe('the request line', () => {
  const origin = { method: 'GET', target: '/', version: 11, protocol: 'HTTP/1.1' }
  const cases: [line: string, expected: object][] = [
    ['GET / HTTP/1.1', origin],
    ['POST / HTTP/1.1', { ...origin, method: 'POST' }],
    ['M-SEARCH / HTTP/1.1', { ...origin, method: 'M-SEARCH' }],
    ['_X / HTTP/1.1', { ...origin, method: '_X' }],
    ['GETX / HTTP/1.1', { ...origin, method: 'GETX' }],
    ['GET  /  HTTP/1.1', origin],
    ['GET / HTTP/1.1  ', { ...origin, protocol: 'HTTP/1.1  ' }],
    ['GET / HTTP/1.0', { ...origin, version: 10, protocol: 'HTTP/1.0' }],
    ['GET / HTTP/1.00', { ...origin, version: 10, protocol: 'HTTP/1.00' }],
    ['GET / HTTP/1.9', { ...origin, protocol: 'HTTP/1.9' }],
    ['GET / HTTP/1.999', { ...origin, protocol: 'HTTP/1.999' }],
    ['GET / HTTP/1.01', { ...origin, protocol: 'HTTP/1.01' }],
    ['GET /a?b#c HTTP/1.1', { ...origin, target: '/a?b#c' }],
    ['GET /%zz/../.. HTTP/1.1', { ...origin, target: '/%zz/../..' }],
    ['GET /\xe4"<>\\^`{|} HTTP/1.1', { ...origin, target: '/\xe4"<>\\^`{|}' }],
    ['GET http://Example.COM/x HTTP/1.1', { ...origin, target: '/x', schemeHost: 'example.com' }],
    ['GET http://a HTTP/1.1', { ...origin, schemeHost: 'a' }],
    ['GET http://a:81 HTTP/1.1', { ...origin, schemeHost: 'a' }],
    ['GET http://a:?b HTTP/1.1', { ...origin, target: '?b', schemeHost: 'a' }],
    ['GET http://a.?b HTTP/1.1', { ...origin, target: '?b', schemeHost: 'a' }],
    ['GET x+y-1.0://a:80/ HTTP/1.1', { ...origin, schemeHost: 'a' }],
    ['GET https://[::1]:443/ HTTP/1.1', { ...origin, schemeHost: '[::1]' }],
    ['GET https://[v1.a]?b HTTP/1.1', { ...origin, target: '?b', schemeHost: '[v1.a]' }],
    ['OPTIONS http://a HTTP/1.1', { ...origin, method: 'OPTIONS', schemeHost: 'a' }],
  ]
  test.each(cases)('%j is read', (line, expected) => {
    const text = `${line}\r\n\r\n`
    const bytes = text.length
    expect(read(text)).toEqual({ ...expected, requestLine: line, bytes, next: bytes, names: [], fields: [] })
  })

  test('HTTP/0.9 has neither version nor fields', () => {
    const expected = { method: 'GET', target: '/a', version: 9, protocol: '', names: [], fields: [] }
    const lengths = { bytes: 8, next: 8 }
    expect(read('GET /a\r\n')).toEqual({ ...expected, ...lengths, requestLine: 'GET /a' })
    expect(read('GET /a \n')).toEqual({ ...expected, ...lengths, requestLine: 'GET /a ' })
    expect(essence(parse('GET /a\nHost: b\r\n\r\n'))).toMatchObject({ version: 9, next: 7, names: [] })
    expect(read('GET http://a/b\n')).toMatchObject({ version: 9, target: '/b', schemeHost: 'a' })
  })

  test('empty lines before it are passed over and do not count', () => {
    expect(read('\r\n\n\r\r\nGET / HTTP/1.0\r\n\r\n')).toMatchObject({ bytes: 18, next: 24 })
  })

  test('bare LF ends lines too', () => {
    expect(read('GET / HTTP/1.1\nHost: a\nX: b \n\n')).toMatchObject({
      requestLine: 'GET / HTTP/1.1',
      fields: [
        ['Host', 'a'],
        ['X', 'b'],
      ],
    })
  })

  const method = 'client sent invalid method'
  const request = 'client sent invalid request'
  const version = 'client sent invalid version'
  const refused: [line: string, status: number, reason: string][] = [
    ['get / HTTP/1.1', 400, method],
    [' GET / HTTP/1.1', 400, method],
    ['GE\tT / HTTP/1.1', 400, method],
    ['GET\t/ HTTP/1.1', 400, method],
    ['GET:/ HTTP/1.1', 400, method],
    ['G3T / HTTP/1.1', 400, method],
    ['\x16\x03\x01', 400, method],
    ['GET', 400, method],
    ['OPTIONS * HTTP/1.1', 400, request],
    ['CONNECT a.b:443 HTTP/1.1', 400, request],
    ['CONNECT 1.2.3.4:443 HTTP/1.1', 400, request],
    ['GET ', 400, request],
    ['GET a HTTP/1.1', 400, request],
    ['GET ?a HTTP/1.1', 400, request],
    ['GET \\a HTTP/1.1', 400, request],
    ['GET http:/a HTTP/1.1', 400, request],
    ['GET http//a HTTP/1.1', 400, request],
    ['GET http:a HTTP/1.1', 400, request],
    ['GET http://u@a/ HTTP/1.1', 400, request],
    ['GET http://a_b/ HTTP/1.1', 400, request],
    ['GET http://a:8x/ HTTP/1.1', 400, request],
    ['GET http://[::1/ HTTP/1.1', 400, request],
    ['GET http://[::1]x/ HTTP/1.1', 400, request],
    ['GET http://a#b HTTP/1.1', 400, request],
    ['GET http:///a HTTP/1.1', 400, 'client sent invalid host in request line'],
    ['GET http://:80/a HTTP/1.1', 400, 'client sent invalid host in request line'],
    ['GET http://a..b/ HTTP/1.1', 400, 'client sent invalid host in request line'],
    ['GET http://./ HTTP/1.1', 400, 'client sent invalid host in request line'],
    ['GET /a b HTTP/1.1', 400, request],
    ['GET /a\tb HTTP/1.1', 400, request],
    ['GET /a\0b HTTP/1.1', 400, request],
    ['GET /a\x7fb HTTP/1.1', 400, request],
    ['GET /a\x1fb HTTP/1.1', 400, request],
    ['GET /a\rb HTTP/1.1', 400, request],
    ['GET / \rHTTP/1.1', 400, request],
    ['GET / HTTP/1.1\r\r', 400, request],
    ['GET / HTTP/1.1 \rx', 400, request],
    ['GET / http/1.1', 400, request],
    ['GET / HTTQ/1.1', 400, request],
    ['GET / HTTP-1.1', 400, request],
    ['GET / HTTP/', 400, request],
    ['GET / HTTP/x', 400, request],
    ['GET / HTTP/0.9', 400, request],
    ['GET / HTTP/01.1', 400, request],
    ['GET / HTTP/1,1', 400, request],
    ['GET / HTTP/1.', 400, request],
    ['GET / HTTP/1.x', 400, request],
    ['GET / HTTP/1.1x', 400, request],
    ['GET / HTTP/1.1 x', 400, request],
    ['GET / HTTP/1.1000', 400, request],
    ['GET / HTTP/2.0', 505, version],
    ['GET / HTTP/9', 505, version],
    ['GET / HTTP/11.1', 505, version],
    ['POST /', 400, 'client sent invalid method in HTTP/0.9 request'],
    ['HEAD / ', 400, 'client sent invalid method in HTTP/0.9 request'],
  ]
  test.each(refused)('%j is refused with %i', (line, bad, reason) => {
    expect(read(`${line}\r\n\r\n`)).toEqual({ bad, reason })
  })

  test('what is wrong with it is said before the line is complete, with what came of it', () => {
    const expected = { kind: 'bad', status: 400, reason: request, requestLine: 'GET /a b' }
    expect(parse('\r\nGET /a b')).toEqual(expected)
    expect(parse('GET / HTTP/3')).toMatchObject({ status: 505, requestLine: 'GET / HTTP/3' })
    expect(parse('\x16')).toMatchObject({ reason: method, requestLine: '\x16' })
  })
})

describe('field lines', () => {
  const line = 'GET / HTTP/1.1\r\n'

  function fields(lines: string, limits: HeadLimits = usual): unknown {
    const result = read(`${line}${lines}\r\n`, limits)
    return 'fields' in result ? result.fields : result
  }

  const cases: [lines: string, expected: [string, string][]][] = [
    ['Host: a\r\n', [['Host', 'a']]],
    ['Host:a\r\n', [['Host', 'a']]],
    ['Host:   a  b   \r\n', [['Host', 'a  b']]],
    ['Host:\r\n', [['Host', '']]],
    ['Host:    \r\n', [['Host', '']]],
    ['X: \tb\t\r\n', [['X', '\tb\t']]],
    ['X: a:b\r\n', [['X', 'a:b']]],
    ['X: \x01\x7f\xff\r\n', [['X', '\x01\x7f\xff']]],
    ['X\r\nY\n', [['X', ''], ['Y', '']]],
    ['a: 1\r\nA: 2\r\n', [['a', '1'], ['A', '2']]],
    ['1-a: b\r\n', [['1-a', 'b']]],
    ['-: b\r\n', [['-', 'b']]],
  ] // prettier-ignore
  test.each(cases)('%j', (lines, expected) => {
    expect(fields(lines)).toEqual(expected)
  })

  test('names are lower-cased, letters A to Z alone', () => {
    const kept = { ...usual, ignoreInvalid: false }
    expect(read(`${line}HOST: a\r\nX-\xc0: b\r\n\r\n`, kept)).toMatchObject({ names: ['host', 'x-\xc0'] })
  })

  const odd = ['X_y', '_x', 'x.y', 'x!', '"x"', '(x)', '\xe4', 'x/y', 'HTTP/1.1', 'x@y']
  test.each(odd)('a field named %j is left out, or kept where invalid names are not ignored', (name) => {
    const lines = `a: 1\r\n${name}: 2\r\nb: 3\r\n`
    const without = [['a', '1'], ['b', '3']] // prettier-ignore
    expect(fields(lines)).toEqual(without)
    expect(fields(lines, { ...usual, ignoreInvalid: false })).toEqual([['a', '1'], [name, '2'], ['b', '3']]) // prettier-ignore
  })

  test('underscores are as good as letters where they are allowed', () => {
    const limits = { ...usual, underscores: true }
    expect(fields('a_b: 1\r\n_: 2\r\na_.: 3\r\n', limits)).toEqual([['a_b', '1'], ['_', '2']]) // prettier-ignore
  })

  test('names that differ in their odd bytes alone are told apart', () => {
    const names = ['a_b', 'a.b', 'a_b', 'a!b', 'a\xe4b', 'a.b']
    const kept = { ...usual, ignoreInvalid: false, underscores: true }
    expect(parse(`${line}${names.map((name) => `${name}: 1\r\n`).join('')}\r\n`, kept)).toMatchObject({
      head: { fields: { names } },
    })
  })

  const refused: [lines: string, wrong: string][] = [
    [' a: b\r\n', '\\x20'],
    ['\ta: b\r\n', '\\x09'],
    ['a: b\r\n c: d\r\n', '\\x20'],
    ['a: b\r\n\tc\r\n', '\\x09'],
    ['a : b\r\n', 'a\\x20'],
    ['a\t: b\r\n', 'a\\x09'],
    ['a b: c\r\n', 'a\\x20'],
    ['a\0: b\r\n', 'a\\x00'],
    ['a\x7f: b\r\n', 'a\\x7f'],
    ['\x7f: b\r\n', '\\x7f'],
    ['a\x1f: b\r\n', 'a\\x1f'],
    [': b\r\n', '\\x3a'],
    [':\r\n', '\\x3a'],
    ['a: b\0c\r\n', 'a: b\\x00'],
    ['a:\0\r\n', 'a:\\x00'],
    ['a: b\0\r\nc: d\r\n', 'a: b\\x00'],
    ['a: b\rc: d\r\n', 'a: b\\x0d'],
    ['a: b\r\r\n', 'a: b\\x0d'],
    ['a:\rb\r\n', 'a:\\x0d'],
    ['a\rb: c\r\n', 'a\\x0d'],
    ['\rGET / HTTP/1.1\r\n', '\\x0d'],
  ]
  test.each(refused)('%j is refused', (lines, wrong) => {
    expect(fields(lines)).toEqual({ bad: 400, reason: `client sent invalid header line: "${wrong}..."` })
  })

  test('a refused head says what was read of it', () => {
    const result = parse(`${line}Host: a\r\nb c`)
    expect(result).toMatchObject({ kind: 'bad', requestLine: 'GET / HTTP/1.1', head: { method: 'GET' } })
    expect(result.kind === 'bad' && result.head && fieldsOf(result.head)).toEqual([['Host', 'a']])
  })

  const spellings: [lines: string, canonical: boolean][] = [
    ['Host: a\r\nX: \r\n', true],
    ['Host:a\r\n', false],
    ['Host:  a\r\n', false],
    ['Host: a \r\n', false],
    ['Host: a \n', false],
    ['Host: \n', false],
    ['Host: a\nX: b\r\n', false],
    ['Host: a\r\nX: b \n', false],
    ['Host: a\n', false],
    ['Host:\r\n', false],
    ['Host\r\n', false],
    ['a: b\r\nc_d: e\r\nf: g\r\n', false],
  ]
  test.each(spellings)('the fields %j may be passed on as they stand: %j', (lines, canonical) => {
    const result = parse(`${line}${lines}\r\n`)
    expect(result.kind === 'head' && result.head.fields.canonical).toBe(canonical)
  })

  test('what follows the head is left alone', () => {
    const head = `${line}Host: a\r\n\r\n`
    const result = parse(`${head}\0\r\r\n body`)
    expect(result).toMatchObject({ kind: 'head', next: head.length, head: { bytes: head.length } })
  })

  test('a head begins where the one before it ended', () => {
    const first = 'GET /1 HTTP/1.1\r\nHost: a\r\n\r\n'
    const bytes = Buffer.from(`${first}GET /2 HTTP/1.1\r\nHost: b\r\n\r\n`)
    const result = parseRequestHead(bytes, first.length, bytes.length, usual, 0)
    expect(essence(result)).toMatchObject({ target: '/2', fields: [['Host', 'b']], next: bytes.length })
  })

  test('a head larger than the first look is read whole', () => {
    const value = 'v'.repeat(8000)
    expect(essence(parse(`${line}a: ${value}\r\nb: ${value}\r\nc: d\r\n\r\n`))).toMatchObject({
      fields: [['a', value], ['b', value], ['c', 'd']],
    }) // prettier-ignore
  })
})

describe('the order of fields from one head to the next', () => {
  const line = 'GET / HTTP/1.1\r\n'

  test('may change in any way', () => {
    const fields: [string, string][] = [
      ['Host', 'a'],
      ['HOST', 'b'],
      ['X-Long-Name', 'c'],
      ['X-Long-Nam', 'd'],
      ['A_b', 'e'],
      ['X'.repeat(100), 'f'],
    ]
    for (let seed = 0; seed < 200; seed++) {
      const order = Array.from(
        { length: 1 + (seed % 7) },
        (_, i) => (seed * (i + 1) + (i >> 1)) % fields.length,
      )
        .map((at) => fields[at])
        .filter((field) => field !== undefined)
      const result = parse(`${line}${order.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`, {
        ...usual,
        underscores: true,
      })
      expect(essence(result)).toMatchObject({
        fields: order,
        names: order.map(([name]) => name.toLowerCase()),
      })
    }
  })

  test('does not hide the fields that frame a message', () => {
    const result = parse(`${line}X: 1\r\nhost: a\r\nY: 2\r\nContent-Length: 3\r\nIf-Match: z\r\n\r\n`)
    expect(result.kind === 'head' && result.head.fields.framing).toEqual([1, 3, 4])
  })
})

test('a head that comes byte by byte costs no more than its length', () => {
  // Were each byte looked at anew whenever another comes, this would be half a gigabyte.
  const head = Buffer.from(
    `GET /${'u'.repeat(8000)} HTTP/1.1\r\n${`X: ${'v'.repeat(8000)}\r\n`.repeat(3)}\r\n`,
  )
  let looked = 0
  const counting = new Proxy(head, {
    get(target, key) {
      if (typeof key === 'string' && /^[0-9]+$/.test(key)) looked++
      const value: unknown = Reflect.get(target, key, target)
      return typeof value === 'function' ? (value.bind(target) as unknown) : value
    },
  })
  let result: RequestHeadResult = { kind: 'more', scannedTo: 0 }
  const limits = { ...usual, firstBuffer: 65536 }
  for (let end = 1; end <= head.length && result.kind === 'more'; end++) {
    result = parseRequestHead(counting, 0, end, limits, result.scannedTo)
  }
  expect(result.kind).toBe('head')
  expect(looked).toBeLessThan(3 * head.length)
})
