import { describe, expect, test } from 'vitest'
import { essence, fieldsOf, parse, read, usual } from '../testing/read-request-head.ts'
import {
  cutOffHead,
  parseRequestHead,
  readUpTo,
  type HeadLimits,
  type RequestHeadResult,
} from './request-head.ts'

const line = 'GET / HTTP/1.1\r\n'

describe('a head that is refused', () => {
  const request = 'client sent invalid request'
  const field = (shown: string): string => `client sent invalid header line: "${shown}..."`
  const cases: [text: string, reason: string, requestLine: string, fields: string[] | undefined][] = [
    ['\r\nGET /a b', request, 'GET /a b', undefined],
    ['GET /a b HTTP/1.1\r\nHost: a\r\n\r\n', request, 'GET /a b HTTP/1.1', undefined],
    ['POST /\r\n', 'client sent invalid method in HTTP/0.9 request', 'POST /', []],
    [`${line}Host: a\r\nb c`, field('b\\x20'), 'GET / HTTP/1.1', ['host']],
    [`${line}Host: a\r\nb c: d\r\n\r\n`, field('b\\x20'), 'GET / HTTP/1.1', ['host']],
    [`${line}Host: a\rb`, field('Host: a\\x0d'), 'GET / HTTP/1.1', []],
    [`${line}Host: a\rb\r\n\r\n`, field('Host: a\\x0d'), 'GET / HTTP/1.1', []],
  ]
  test.each(cases)('%j says why, and what was read of it', (text, reason, requestLine, fields) => {
    const result = parse(text)
    expect(result).toMatchObject({ kind: 'bad', status: 400, reason, requestLine })
    expect(result.kind === 'bad' && result.head?.fields.names).toEqual(fields)
  })
})

describe('a head with more than there is room for', () => {
  // 4 large buffers of 100 bytes behind a first one of 50.
  const small: HeadLimits = { ...usual, firstBuffer: 50, lineLimit: 100, totalLimit: 400 }
  const uri = `GET /${'u'.repeat(120)}`
  const value = 'v'.repeat(120)
  const long = { bad: 494, reason: `client sent too long header line: "X: ${value.slice(0, 97)}..."` }
  const longUri = { bad: 414, reason: 'client sent too long URI' }
  const cases: [what: string, text: string, expected: object][] = [
    ['a long target', `${uri} HTTP/1.1\r\n\r\n`, longUri],
    ['a long target without end', uri, longUri],
    ['a long target before it is wrong', `${uri} HTTP/3.0\r\n\r\n`, longUri],
    ['a target that is wrong before it is long', `GET ${uri} HTTP/1.1\r\n\r\n`, { bad: 400 }],
    ['a long field', `${line}X: ${value}\r\n\r\n`, long],
    ['a long field without end', `${line}X: ${value}`, long],
    ['a long field before it is wrong', `${line}X: ${value}\0\r\n\r\n`, long],
    ['a field that is wrong before it is long', `${line}X : ${value}\r\n\r\n`, { bad: 400 }],
    ['a short field that is wrong, far behind', `${line}${'X: y\r\n'.repeat(20)}\0`, { bad: 400 }],
    ['many fields with room for each', `${line}${'X: y\r\n'.repeat(40)}\r\n`, { target: '/' }],
    ['many fields that have not ended', `${line}${'X: y\r\n'.repeat(40)}`, { kind: 'more' }],
    ['empty lines before it', '\r\n'.repeat(100), { kind: 'more' }],
  ]
  test.each(cases)('%s', (_, text, expected) => {
    expect(essence(parse(text, small))).toMatchObject(expected)
  })

  test('is refused with the lines before the one that has no room', () => {
    const whole = parse(`${line}Host: a\r\nX: ${value}\r\nY: z\r\n\r\n`, small)
    const soFar = parse(`${line}Host: a\r\nX: ${value}`, small)
    expect(whole).toMatchObject({ kind: 'bad', requestLine: 'GET / HTTP/1.1' })
    expect(whole.kind === 'bad' && whole.head?.fields.names).toEqual(['host'])
    expect(whole.kind === 'bad' && whole.head?.bytes).toBe(`${line}Host: a\r\n`.length)
    expect(soFar.kind === 'bad' && soFar.head && fieldsOf(soFar.head)).toEqual([['Host', 'a']])
  })
})

test('a line that is too long is told as far as there was room', () => {
  const result = parse(`GET /${'u'.repeat(200)} HTTP/1.1\r\n\r\n`, {
    ...usual,
    firstBuffer: 50,
    lineLimit: 100,
    totalLimit: 400,
  })
  expect(result).toMatchObject({ status: 414, requestLine: `GET /${'u'.repeat(95)}` })
})

describe('a head that is cut off', () => {
  test.each<[text: string, requestLine: string, bytes: number | undefined, fields: string[]]>([
    ['\r\nGET /ha', 'GET /ha', undefined, []],
    ['get / HTTP/1.1\r\n', 'get / HTTP/1.1', undefined, []],
    [`\r\n${line}`, 'GET / HTTP/1.1', line.length, []],
    [`${line}Ho`, 'GET / HTTP/1.1', line.length, []],
    [`${line}Host: a\r\nB`, 'GET / HTTP/1.1', line.length + 'Host: a\r\n'.length, ['host']],
  ])('as %j is what could be read of its lines', (text, requestLine, bytes, fields) => {
    const cut = cutOffHead(Buffer.from(text), 0, text.length, usual)
    expect(cut.requestLine).toBe(requestLine)
    expect(cut.head?.bytes).toBe(bytes)
    expect(cut.head?.fields.names ?? []).toEqual(fields)
  })
})

test('a head that is refused for a field is read up to that field, with it', () => {
  const result = parse(`\r\n${line}A: b\r\nHost: a\r\nC: d\r\n\r\n`)
  const head = result.kind === 'head' ? readUpTo(result.head, 1) : undefined
  expect(head?.fields.names).toEqual(['a', 'host'])
  expect(head?.bytes).toBe(`${line}A: b\r\nHost: a\r\n`.length)
})

test.each([
  ['the first look', 100],
  ['the second look', 6000],
  ['both', 20_000],
])('a head that is longer than %s is read however it comes', (_, length) => {
  const value = 'v'.repeat(length)
  const result = parse(`${line}a: ${value}\r\nb: c\r\n\r\nbody`, { ...usual, lineLimit: 32_768 })
  expect(essence(result)).toMatchObject({
    fields: [
      ['a', value],
      ['b', 'c'],
    ],
  })
})

test('a head of HTTP/0.9 is one line', () => {
  expect(read('GET /a\r\n')).toMatchObject({ version: 9, bytes: 8, next: 8, fields: [] })
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
