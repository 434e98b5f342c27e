import { expect, test } from 'vitest'
import { HeadReader, type HeadResult } from './head-reader.ts'

const limit = 200
const ok = 'HTTP/1.1 200 OK\r\nA: 1\r\n\r\n'
const hints = 'HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n'

/** What the last of these pieces leads to; each is overwritten when it has been read. */
function read(...pieces: string[]): { reader: HeadReader; results: HeadResult[] } {
  const reader = new HeadReader(limit)
  const results = pieces.map((piece) => {
    const buffer = Buffer.from(piece, 'latin1')
    const result = reader.read(buffer)
    if (result.kind === 'more') buffer.fill('#')
    return result
  })
  return { reader, results }
}

/** The status of the head that was read, and what stands behind it. */
function seen(result: HeadResult | undefined): unknown {
  if (result?.kind === 'head') {
    const { head, buffer, next } = result
    return [head.status, head.fields.text.slice(0, head.bytes), buffer.toString('latin1', next)]
  }
  return result?.kind === 'bad' ? [result.reason, result.noHead] : result?.kind
}

test('a head is read with its bytes and what came behind it, wherever it is cut', () => {
  const text = `${ok}body`
  for (let cut = 1; cut <= text.length; cut++) {
    const { results } = read(text.slice(0, cut), text.slice(cut))
    const at = cut < ok.length ? 1 : 0
    expect(seen(results[at])).toEqual([200, ok, at === 0 ? text.slice(ok.length, cut) : 'body'])
  }
})

test('the status of a head that has begun is known when its line is whole', () => {
  expect(read().reader.statusSoFar).toBe(0)
  expect(read('HTTP/1.1 200 OK\r').reader.statusSoFar).toBe(0)
  expect(read('HTTP/1.1 404 Not Found\r\nA').reader.statusSoFar).toBe(404)
  expect(read('HTTP/1.0 204\r\n').reader.statusSoFar).toBe(204)
})

test('a head in many pieces is read', () => {
  const { results } = read(...ok)
  expect(results.slice(0, -1).every(({ kind }) => kind === 'more')).toBe(true)
  expect(seen(results.at(-1))).toEqual([200, ok, ''])
})

test.each([
  ['in one piece with the answer', [hints + ok]],
  ['twice, in one piece', [hints + hints + ok]],
  ['in a piece of its own', [hints, ok]],
  ['with a part of the answer', [`${hints}HTTP/1.1 2`, ok.slice(10)]],
  ['cut', [hints.slice(0, 20), hints.slice(20) + ok]],
])('an interim answer %s is read over', (_, pieces) => {
  expect(seen(read(...pieces).results.at(-1))).toEqual([200, ok, ''])
})

test('101 is the answer, and 099 none', () => {
  const switching = 'HTTP/1.1 101 Switching Protocols\r\n\r\n'
  expect(seen(read(`${switching}bytes`).results[0])).toEqual([101, switching, 'bytes'])
  expect(seen(read('HTTP/1.1 099 Low\r\n\r\n').results[0])).toEqual([
    'upstream sent no valid HTTP/1.0 header',
    false,
  ])
})

test('a head has begun when a part of it has come', () => {
  expect(['', 'HTTP/1.1 2', hints, ok].map((piece) => read(piece).reader.begun)).toEqual([
    false,
    true,
    false,
    false,
  ])
})

test.each([
  ['whole', [`HTTP/1.1 200 OK\r\nA: ${'a'.repeat(limit)}\r\n\r\n`]],
  ['not whole', [`HTTP/1.1 200 OK\r\nA: ${'a'.repeat(limit)}`]],
  ['in pieces', ['HTTP/1.1 200 OK\r\nA: ', 'a'.repeat(limit)]],
  ['behind an interim one', [hints, `HTTP/1.1 200 OK\r\nA: ${'a'.repeat(limit)}\r\n\r\n`]],
])('a head larger than proxy_buffer_size is refused: %s', (_, pieces) => {
  expect(seen(read(...pieces).results.at(-1))).toEqual(['upstream sent too big header', false])
})

test('each head has the whole limit, and one that fills it is read', () => {
  const long = `HTTP/1.1 200 OK\r\nA: ${'a'.repeat(limit - 24)}\r\n\r\n`
  expect(long).toHaveLength(limit)
  expect(seen(read(`${hints}${long}body`).results[0])).toEqual([200, long, 'body'])
})

test('what is no head at all is a body, but not behind an interim answer', () => {
  expect(seen(read('<html>').results[0])).toEqual(['upstream sent no valid HTTP/1.0 header', true])
  expect(seen(read(`${hints}<html>`).results[0])).toEqual(['upstream sent no valid HTTP/1.0 header', false])
  expect(seen(read('HTTP/1.1 200 OK\r\nA B\r\n').results[0])).toEqual([
    'upstream sent invalid header: "A\\x20..."',
    false,
  ])
})
