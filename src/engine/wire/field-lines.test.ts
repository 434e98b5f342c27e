import { describe, expect, test } from 'vitest'
import { essence, fieldsOf, parse, read, usual } from '../testing/read-request-head.ts'
import { read as readResponse } from '../testing/read-response-head.ts'
import { parseRequestHead, type HeadLimits } from './request-head.ts'

describe('the fields of a request', () => {
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

describe('the fields of a response', () => {
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
    expect(readResponse(`HTTP/1.1 200 OK\r\n${lines}\r\n`)).toMatchObject({ fields })
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
    expect(readResponse(`HTTP/1.1 200 OK\r\n${lines}\r\n`)).toEqual({
      bad: `upstream sent invalid header: "${wrong}..."`,
    })
  })

  test('a NUL in a line that is passed over is refused too', () => {
    expect(readResponse('HTTP/1.1 200 OK\r\nHTTP/1.1 \0\r\n\r\n')).toHaveProperty('bad')
  })
})
