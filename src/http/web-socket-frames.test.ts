import fc from 'fast-check'
import { expect, test } from 'vitest'
import { closeOf, WebSocketReader, type WebSocketMessage } from './web-socket-frames.ts'

interface Frame {
  readonly opcode: number
  readonly fin: boolean
  readonly data: Uint8Array
  readonly mask?: readonly [number, number, number, number] | undefined
  readonly rsv1?: boolean
}

function frame({ opcode, fin, data, mask, rsv1 = false }: Frame): number[] {
  const { length } = data
  const size =
    length < 126
      ? [length]
      : length < 65_536
        ? [126, length >> 8, length & 255]
        : [127, 0, 0, 0, 0, (length >>> 24) & 255, (length >>> 16) & 255, (length >>> 8) & 255, length & 255]
  const head = [
    (fin ? 0x80 : 0) | (rsv1 ? 0x40 : 0) | opcode,
    (size[0] ?? 0) | (mask ? 0x80 : 0),
    ...size.slice(1),
  ]
  const bytes = [...data].map((byte, i) => byte ^ (mask?.[i & 3] ?? 0))
  return [...head, ...(mask ?? []), ...bytes]
}

function read(bytes: readonly number[], cuts: readonly number[] = [], limit = 1e6) {
  const seen: WebSocketMessage[] = []
  const reader = new WebSocketReader(limit, (message) => seen.push(message))
  const places = [...new Set(cuts.map((cut) => cut % (bytes.length + 1)))].sort((a, b) => a - b)
  let from = 0
  for (const to of [...places, bytes.length]) {
    reader.feed(Uint8Array.from(bytes.slice(from, to)))
    from = to
  }
  return { seen, broken: reader.broken }
}

const text = (words: string): Uint8Array => Uint8Array.from(words, (c) => c.charCodeAt(0))

test('messages come out as they were sent, wherever the bytes are cut', () => {
  const mask = fc.option(fc.tuple(fc.nat(255), fc.nat(255), fc.nat(255), fc.nat(255)), { nil: undefined })
  const message = fc.record({
    kind: fc.constantFrom('text' as const, 'binary' as const),
    parts: fc.array(fc.uint8Array({ maxLength: 300 }), { minLength: 1, maxLength: 4 }),
    mask,
    ping: fc.boolean(),
  })
  fc.assert(
    fc.property(fc.array(message, { maxLength: 5 }), fc.array(fc.nat()), (messages, cuts) => {
      const bytes = messages.flatMap(({ kind, parts, mask, ping }) =>
        parts.flatMap((data, i) => [
          ...(ping && i > 0 ? frame({ opcode: 9, fin: true, data: text('p'), mask }) : []),
          ...frame({
            opcode: i > 0 ? 0 : kind === 'text' ? 1 : 2,
            fin: i === parts.length - 1,
            data,
            mask,
          }),
        ]),
      )
      const { seen } = read(bytes, cuts)
      expect(
        seen
          .filter(({ kind }) => kind !== 'ping')
          .map(({ kind, data, fragments }) => ({ kind, data: [...data], fragments })),
      ).toEqual(
        messages.map(({ kind, parts }) => ({
          kind,
          data: parts.flatMap((part) => [...part]),
          fragments: parts.length,
        })),
      )
    }),
  )
})

test('of a long message the beginning is kept and the size told', () => {
  const { seen } = read(frame({ opcode: 2, fin: true, data: new Uint8Array(70_000).fill(7) }), [], 10)
  expect(seen.map(({ size, data }) => [size, data.length])).toEqual([[70_000, 10]])
})

test('the bytes that are read stay as they are, masked', () => {
  const bytes = Buffer.from(frame({ opcode: 1, fin: true, data: text('hello'), mask: [1, 2, 3, 4] }))
  const before = bytes.toString('hex')
  new WebSocketReader(100, () => undefined).feed(bytes)
  expect(bytes.toString('hex')).toBe(before)
})

test('a compressed message says so', () => {
  const { seen } = read(frame({ opcode: 1, fin: true, data: text('x'), rsv1: true }))
  expect(seen[0]?.compressed).toBe(true)
})

test.each([
  ['an opcode that means nothing', frame({ opcode: 3, fin: true, data: text('x') })],
  ['a continuation of nothing', frame({ opcode: 0, fin: true, data: text('x') })],
  [
    'a message inside another',
    [
      ...frame({ opcode: 1, fin: false, data: text('x') }),
      ...frame({ opcode: 1, fin: true, data: text('y') }),
    ],
  ],
])('%s ends the reading with a reason', (_name, bytes) => {
  const { broken } = read([...bytes, ...frame({ opcode: 1, fin: true, data: text('later') })])
  expect(broken).toMatch(/frame|message/)
})

test('a close has a code and a reason', () => {
  expect(closeOf(Uint8Array.from([3, 232, 98, 121, 101]))).toEqual({ code: 1000, reason: text('bye') })
  expect(closeOf(new Uint8Array(0))).toEqual({ reason: new Uint8Array(0) })
})
