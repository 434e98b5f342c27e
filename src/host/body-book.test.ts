import { expect, test } from 'vitest'
import { fakeClock } from '../engine/testing/fake-clock.ts'
import type { RunningExchange } from '../engine/index.ts'
import type { ExchangeDetail } from '../status/exchange-record.ts'
import { BodyBook } from './body-book.ts'
import { decodeBody } from './decode-body.ts'
import { KeptBody } from './kept-body.ts'
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib'

function running(id: number): RunningExchange {
  const detail = {
    record: { id },
    request: { startLine: '', fields: [] },
    response: { startLine: '', fields: [['Upgrade', 'websocket']] },
  } as unknown as ExchangeDetail
  return {
    id,
    startedAt: 0,
    status: 200,
    contentType: undefined,
    record: () => detail.record,
    detail: () => detail,
  }
}

function book(memory: number) {
  const bodies = new BodyBook(fakeClock())
  bodies.set({ on: true, memory, bodyLimit: 1000 })
  const pass = (id: number, bytes: number): void =>
    bodies.tap(running(id)).body('request', Buffer.alloc(bytes), 0, bytes)
  const kept = (): number[] => [1, 2, 3, 4, 5, 6].filter((id) => bodies.bodies(id) !== undefined)
  return { bodies, pass, kept }
}

test('the oldest exchange makes room for the newest, and the memory set is never exceeded', () => {
  const { bodies, pass, kept } = book(2500)
  for (const id of [1, 2, 3, 4]) {
    pass(id, 1000)
    expect(bodies.status.used).toBeLessThanOrEqual(2500)
  }
  expect(kept()).toEqual([3, 4])
  expect(bodies.status).toMatchObject({ used: 2000, exchanges: 2 })
})

test('less memory takes effect at once', () => {
  const { bodies, pass, kept } = book(10_000)
  for (const id of [1, 2, 3]) pass(id, 1000)
  bodies.set({ memory: 1000 })
  expect([kept(), bodies.status.used]).toEqual([[3], 1000])
})

test('what made room takes nothing any more, though it goes on', () => {
  const { bodies, pass, kept } = book(1500)
  const long = bodies.tap(running(1))
  long.body('request', Buffer.alloc(800), 0, 800)
  pass(2, 1000)
  long.body('request', Buffer.alloc(800), 0, 800)
  expect([kept(), bodies.status.used]).toEqual([[2], 1000])
})

test('forgetting gives all memory back', () => {
  const { bodies, pass } = book(10_000)
  pass(1, 1000)
  bodies.tap(running(2)).tunnel('client', Buffer.from([0x81, 1, 65]))
  bodies.clear()
  expect(bodies.status).toMatchObject({ used: 0, exchanges: 0 })
})

test('of a WebSocket the newest thousand messages are kept, and the others counted', () => {
  const { bodies } = book(10_000_000)
  const tap = bodies.tap(running(1))
  for (let i = 0; i < 1005; i++) tap.tunnel('client', Buffer.from([0x81, 1, 65 + (i % 26)]))
  bodies.watchFrames(1, ({ dropped, frames }) =>
    expect([dropped, frames.length, frames[0]?.number, frames.at(-1)?.number]).toEqual([5, 1000, 6, 1005]),
  )
  expect(bodies.bodies(1)?.frames).toBe(1005)
})

test('an answer that no filter changes takes no memory of its own', () => {
  const received = new KeptBody('upstream-response', 100)
  const sent = new KeptBody('response', 100, received)
  const bytes = Buffer.from('the same bytes')
  expect(received.add(bytes, 0, bytes.length)).toBe(14)
  expect(sent.add(bytes, 0, 8) + sent.add(bytes, 8, bytes.length)).toBe(0)
  expect([sent.bytes.toString(), sent.status().same]).toEqual(['the same bytes', 'upstream-response'])
})

test('an answer that a filter changes in its middle is kept as it was sent', () => {
  const received = new KeptBody('upstream-response', 100)
  const sent = new KeptBody('response', 100, received)
  received.add(Buffer.from('one two three'), 0, 13)
  sent.add(Buffer.from('one '), 0, 4)
  sent.add(Buffer.from('TWO three'), 0, 9)
  expect([sent.bytes.toString(), sent.status()]).toEqual([
    'one TWO three',
    { side: 'response', size: 13, kept: 13 },
  ])
})

test('an answer that leaves the end out is not the same', () => {
  const received = new KeptBody('upstream-response', 100)
  const sent = new KeptBody('response', 100, received)
  received.add(Buffer.from('one two'), 0, 7)
  sent.add(Buffer.from('one'), 0, 3)
  expect([sent.bytes.toString(), sent.status().same]).toEqual(['one', undefined])
})

const plain = Buffer.from('text '.repeat(100))
test.each([
  ['gzip', gzipSync(plain)],
  ['deflate', deflateSync(plain)],
  ['deflate', deflateRawSync(plain)],
  ['br', brotliCompressSync(plain)],
  ['zstd', zstdCompressSync(plain)],
])('%s is undone, and of the beginning of one what can be', async (coding, bytes) => {
  expect((await decodeBody(bytes, [coding], 10_000)).bytes.toString()).toBe(plain.toString())
  const half = await decodeBody(bytes.subarray(0, bytes.length - 4), [coding], 10_000)
  expect(plain.toString().startsWith(half.bytes.toString())).toBe(true)
})

test('what becomes too long is cut, and said', async () => {
  const { bytes, problem } = await decodeBody(gzipSync(Buffer.alloc(5_000_000)), ['gzip'], 1000)
  expect([bytes.length, problem]).toEqual([1000, expect.stringContaining('longer than 1000')])
})

test.each([
  [['gzip'], /not what it says/],
  [['compress'], /Nothing here decodes "compress"/],
])('what is not %s stays as it is, with the reason', async (codings, words) => {
  const { bytes, problem } = await decodeBody(Buffer.from('no such thing'), codings, 1000)
  expect([bytes.toString(), problem]).toEqual(['no such thing', expect.stringMatching(words)])
})
