import { describe, expect, test } from 'vitest'
import { ChunkedReader, chunkHead, lastChunk } from './chunked.ts'

interface Outcome {
  readonly body: string
  readonly consumed: number
  readonly finished: boolean
  readonly bad: string | undefined
}

/** Feeds the pieces one after the other, each at another place of its buffer. */
function feed(reader: ChunkedReader, pieces: readonly string[]): Outcome {
  let body = ''
  let consumed = 0
  for (const piece of pieces) {
    const start = consumed % 5
    const buffer = Buffer.from(`${'#'.repeat(start)}${piece}###`, 'latin1')
    const end = start + piece.length
    const at = reader.feed(buffer, start, end, (from, to) => {
      expect(from).toBeLessThan(to)
      body += buffer.toString('latin1', from, to)
    })
    consumed += at - start
    if (at < end) break
  }
  return { body, consumed, finished: reader.finished, bad: reader.bad }
}

/** What comes of `text`, after making sure that it is the same in two pieces, cut anywhere, and byte by byte. */
function read(text: string): Outcome {
  const whole = feed(new ChunkedReader(), [text])
  for (let cut = 0; cut <= text.length; cut++) {
    expect(feed(new ChunkedReader(), [text.slice(0, cut), text.slice(cut)])).toEqual(whole)
  }
  expect(feed(new ChunkedReader(), [...text])).toEqual(whole)
  return whole
}

describe('a whole body is read', () => {
  const cases: [text: string, body: string][] = [
    ['0\r\n\r\n', ''],
    ['5\r\nhello\r\n0\r\n\r\n', 'hello'],
    ['3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n', 'abcde'],
    ['a\r\n0123456789\r\n0\r\n\r\n', '0123456789'],
    ['A\r\n0123456789\r\n0\r\n\r\n', '0123456789'],
    ['0000000000000000000000005\r\nhello\r\n00\r\n\r\n', 'hello'],
    ['4\r\n\r\n\r\n\r\n0\r\n\r\n', '\r\n\r\n'],
    ['1\r\n0\r\n0\r\n\r\n', '0'],
    ['5;a=b\r\nhello\r\n0;c\r\n\r\n', 'hello'],
    ['5 ; a="x\x01y"\r\nhello\r\n0 \r\n\r\n', 'hello'],
    ['5\t\r\nhello\r\n0\t\r\n\r\n', 'hello'],
    ['5;\r\nhello\r\n0;\r\n\r\n', 'hello'],
    ['5\nhello\n0\n\n', 'hello'],
    ['5;x\nhello\n0;x\n\n', 'hello'],
    ['1\r\na\r\n0\r\nTrailer: x\r\n\r\n', 'a'],
    ['1\r\na\r\n0\r\nA: 1\r\nB: 2\nno colon \x01\r\n\n', 'a'],
  ]
  test.each(cases)('%j', (text, body) => {
    expect(read(text)).toEqual({ body, consumed: text.length, finished: true, bad: undefined })
  })
})

test('what follows the body is left alone', () => {
  const text = '1\r\na\r\n0\r\n\r\n'
  for (const next of ['GET / HTTP/1.1\r\n', '\r\n', '0\r\n\r\n']) {
    const reader = new ChunkedReader()
    expect(feed(reader, [text + next])).toEqual({
      body: 'a',
      consumed: text.length,
      finished: true,
      bad: undefined,
    })
    expect(feed(reader, [next]).consumed).toBe(0)
  }
})

test('an unfinished body is neither finished nor bad', () => {
  const text = '3\r\nabc\r\n2;x\r\nde\r\n0;y\r\nT: v\r\n\r\n'
  for (let length = 0; length < text.length; length++) {
    const outcome = feed(new ChunkedReader(), [text.slice(0, length)])
    expect(outcome).toMatchObject({ finished: false, bad: undefined, consumed: length })
  }
})

describe('a body is bad at the first byte that cannot be', () => {
  const cases: [text: string, body: string, consumed: number][] = [
    ['\r\n', '', 0],
    ['x\r\n', '', 0],
    [' 5\r\nhello\r\n', '', 0],
    ['+5\r\nhello\r\n', '', 0],
    ['-5\r\nhello\r\n', '', 0],
    ['0x5\r\nhello\r\n', '', 1],
    ['5x\r\nhello\r\n', '', 1],
    ['5\r5\r\nhello\r\n', '', 2],
    ['5\0\r\nhello\r\n', '', 1],
    ['5,\r\nhello\r\n', '', 1],
    ['5;a\rb\r\nhello\r\n', '', 4],
    ['5;a\r\rb\r\nhello\r\n', '', 4],
    ['0;a\rb\r\n\r\n', '', 4],
    ['0\rx', '', 2],
    ['4\r\nSEE-THIS\r\n0\r\n\r\n', 'SEE-', 7],
    ['5\r\nhello0\r\n\r\n', 'hello', 8],
    ['5\r\nhello\rx0\r\n\r\n', 'hello', 9],
    ['5\r\nhello\r\r\n0\r\n\r\n', 'hello', 9],
    ['5\r\nhello\r\n\r\n', 'hello', 10],
    ['0\r\n\rx', '', 4],
    ['0\r\nT: v\rx', '', 8],
    ['0\r\nT: v\r\r\n', '', 8],
    ['FFFFFFFFFFFFFFFF\r\n', '', 13],
    ['20000000000000\r\n', '', 13],
    ['100000000000000000000005\r\nhello\r\n', '', 14],
  ]
  test.each(cases)('%j', (text, body, consumed) => {
    expect(read(text)).toEqual({ body, consumed, finished: false, bad: 'invalid chunked body' })
  })

  test('and stays so', () => {
    const reader = new ChunkedReader()
    feed(reader, ['x'])
    expect(feed(reader, ['5\r\nhello\r\n0\r\n\r\n'])).toMatchObject({
      body: '',
      consumed: 0,
      finished: false,
    })
  })
})

test('the largest size that can be counted is read, and known before its data comes', () => {
  const reader = new ChunkedReader()
  expect(reader.remaining).toBe(0)
  feed(reader, ['1fffffffffffff\r\n'])
  expect([reader.bad, reader.remaining]).toEqual([undefined, Number.MAX_SAFE_INTEGER])
  feed(reader, ['abc'])
  expect(reader.remaining).toBe(Number.MAX_SAFE_INTEGER - 3)
})

test('a reader that was reset reads another body', () => {
  const reader = new ChunkedReader()
  feed(reader, ['5\r\nhel'])
  reader.reset()
  expect(feed(reader, ['1\r\na\r\n0\r\n\r\n'])).toMatchObject({ body: 'a', finished: true })
  reader.reset()
  expect(feed(reader, ['x'])).toMatchObject({ finished: false, bad: 'invalid chunked body' })
  reader.reset()
  expect(feed(reader, ['1\r\nb\r\n0\r\n\r\n'])).toMatchObject({ body: 'b', finished: true })
})

test('what is written is read', () => {
  const chunks = ['a', 'b'.repeat(15), 'c'.repeat(16), 'd'.repeat(70_000)]
  const written =
    chunks.map((chunk) => `${chunkHead(chunk.length)}${chunk}\r\n`).join('') + lastChunk.toString()
  expect(feed(new ChunkedReader(), [written])).toEqual({
    body: chunks.join(''),
    consumed: written.length,
    finished: true,
    bad: undefined,
  })
})
