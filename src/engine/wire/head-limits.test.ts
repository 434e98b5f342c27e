import { expect, test } from 'vitest'
import { fieldValue } from './fields.ts'
import type { HeadLimits } from './head-limits.ts'
import { parseRequestHead, type RequestHeadResult } from './request-head.ts'

// 4 large buffers of 100 bytes behind a first one of 50.
const small: HeadLimits = {
  firstBuffer: 50,
  lineLimit: 100,
  totalLimit: 400,
  ignoreInvalid: true,
  underscores: false,
}

/** A request line of this length, its line break included. */
const lineOf = (length: number): string => `GET /${'u'.repeat(length - 16)} HTTP/1.1\r\n`
/** A field line of this length, its line break included. */
const fieldOf = (length: number): string => `X: ${'v'.repeat(length - 5)}\r\n`

function parse(text: string, limits = small): RequestHeadResult {
  const bytes = Buffer.from(text, 'latin1')
  return parseRequestHead(bytes, 0, bytes.length, limits, 0)
}

/** The status that a head is refused with, after making sure that it is the same when it comes byte by byte. */
function statusOf(text: string): number | undefined {
  const bytes = Buffer.from(text, 'latin1')
  const whole = parse(text)
  let result: RequestHeadResult = { kind: 'more', scannedTo: 0 }
  for (let end = 0; end <= bytes.length && result.kind === 'more'; end++) {
    result = parseRequestHead(bytes, 0, end, small, result.scannedTo)
  }
  expect(result.kind).toBe(whole.kind)
  if (result.kind !== 'bad' || whole.kind !== 'bad') return undefined
  expect([result.status, result.reason]).toEqual([whole.status, whole.reason])
  return whole.status
}

const cases: [what: string, head: string, status: number | undefined][] = [
  ['a line that fills a large buffer', lineOf(100), undefined],
  ['a line longer than a large buffer', lineOf(101), 414],
  ['a field that fills a large buffer', lineOf(20) + fieldOf(100), undefined],
  ['a field longer than a large buffer', lineOf(20) + fieldOf(101), 494],
  ['four fields with a buffer each', lineOf(50) + fieldOf(98).repeat(4), undefined],
  ['a blank line without room', lineOf(50) + fieldOf(100).repeat(3) + fieldOf(99), 494],
  ['five fields with a buffer each', lineOf(50) + fieldOf(60).repeat(5), 494],
  ['fields that share buffers', lineOf(50) + fieldOf(50).repeat(7) + fieldOf(48), undefined],
  ['a line that is too long, whatever follows', lineOf(101) + fieldOf(10), 414],
  ['a line that is too long before it is wrong', `${lineOf(111).slice(0, -2)}x\r\n`, 414],
  ['a line that is wrong before it is too long', `GET / x${'u'.repeat(200)}\r\n`, 400],
  ['a line that is too long before its version is wrong', lineOf(110).replace('1.1', '2.0'), 414],
  ['a field that is too long before it is wrong', `${lineOf(50)}X: ${'v'.repeat(100)}\0\r\n`, 494],
  ['a field that is wrong before it is too long', `${lineOf(50)}X \0${'v'.repeat(200)}\r\n`, 400],
  ['a field that is too long before a later one is wrong', `${lineOf(50) + fieldOf(101)}X Y: z\r\n`, 494],
]
test.each(cases)('%s', (_, head, status) => {
  expect(statusOf(`${head}\r\n`)).toBe(status)
})

test('a request line without end is refused when its buffer is full', () => {
  const unfinished = `GET /${'u'.repeat(95)}`
  expect(parse(unfinished.slice(0, 99))).toMatchObject({ kind: 'more' })
  expect(parse(unfinished)).toEqual({
    kind: 'bad',
    status: 414,
    reason: 'client sent too long URI',
    requestLine: unfinished,
  })
})

test('a field without end is refused when its buffer is full, with the fields before it', () => {
  const unfinished = `${lineOf(20)}Host: a\r\nX: ${'v'.repeat(97)}`
  expect(parse(unfinished.slice(0, -1))).toMatchObject({ kind: 'more' })
  const result = parse(unfinished)
  expect(result).toMatchObject({ kind: 'bad', status: 494, head: { fields: { names: ['host'] } } })
  expect(result.kind === 'bad' && result.head && fieldValue(result.head.fields, 0)).toBe('a')
})

test('empty lines before a request use the first buffer over and over', () => {
  expect(parse(`${'\r\n'.repeat(500)}${lineOf(50)}\r\n`)).toMatchObject({ head: { bytes: 52 } })
  expect(parse('\r\n'.repeat(500))).toMatchObject({ kind: 'more' })
})

test('nginx’s default first buffer holds 1,024 bytes', () => {
  const limits = { lineLimit: 512, totalLimit: 512, ignoreInvalid: true, underscores: false }
  expect(parse(`${lineOf(1024 - 2)}\r\n`, limits)).toMatchObject({ kind: 'head' })
  expect(parse(`${lineOf(1025)}\r\n`, limits)).toMatchObject({ kind: 'bad', status: 414 })
})
