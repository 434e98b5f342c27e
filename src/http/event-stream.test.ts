import fc from 'fast-check'
import { expect, test } from 'vitest'
import { EventStreamReader, type ServerSentEvent } from './event-stream.ts'

function read(pieces: readonly string[], limit = 1000): ServerSentEvent[] {
  const seen: ServerSentEvent[] = []
  const reader = new EventStreamReader(limit, (event) => seen.push(event))
  for (const piece of pieces) reader.feed(piece)
  return seen
}

test('events have their data, name and id; comments and empty blocks are none', () => {
  expect(read([': hello\n\nevent: tick\nid: 7\ndata: one\ndata:two\n\nretry: 10\n\ndata\n\n'])).toEqual(
    [
      { data: 'one\ntwo', event: 'tick', id: '7', size: 38 },
      { data: '', size: 5 },
    ].map((event) => ({ ...event, size: expect.any(Number) as number })),
  )
})

test('every kind of line end, wherever it is cut, gives the same events', () => {
  const stream = 'data: a\r\ndata: b\r\n\r\ndata: c\n\ndata: d\r\rdata: e\n\n'
  const whole = read([stream]).map(({ data }) => data)
  expect(whole).toEqual(['a\nb', 'c', 'd', 'e'])
  fc.assert(
    fc.property(fc.nat(stream.length), fc.nat(stream.length), (a, b) => {
      const [first, second] = a < b ? [a, b] : [b, a]
      const pieces = [stream.slice(0, first), stream.slice(first, second), stream.slice(second)]
      expect(read(pieces).map(({ data }) => data)).toEqual(whole)
    }),
  )
})

test('data beyond the limit is left out', () => {
  expect(read([`data: ${'x'.repeat(50)}\n\n`], 10)).toEqual([{ data: 'x'.repeat(10), size: 58 }])
})
