import fc from 'fast-check'
import { expect, test } from 'vitest'
import { decodeHead, encodeHead, fixedSize, headSize, putValidity } from './format.ts'
import type { StoredHead } from './stored.ts'

const bytes = fc.string({ unit: fc.integer({ min: 0, max: 255 }).map((code) => String.fromCharCode(code)) })
const seconds = fc.integer({ min: 0, max: 5_000_000_000 })
const heads: fc.Arbitrary<StoredHead> = fc.record({
  key: bytes,
  host: bytes,
  status: fc.integer({ min: 100, max: 999 }),
  vary: bytes,
  variant: bytes,
  etag: bytes,
  lastModified: fc.integer({ min: -1, max: 5_000_000_000 }),
  text: bytes,
  bodyLength: fc.integer({ min: 0, max: 2 ** 40 }),
  freshUntil: seconds,
  storedAt: seconds,
  staleWhileRevalidate: seconds,
  staleIfError: seconds,
})

test('what is written is read', () => {
  fc.assert(
    fc.property(heads, (head) => {
      const written = encodeHead(head)
      expect(headSize(written)).toBe(written.length)
      expect(decodeHead(written, written.length + head.bodyLength)).toEqual(head)
    }),
  )
})

test('a file of another length, or with any byte changed, is torn', () => {
  fc.assert(
    fc.property(heads, fc.nat(), fc.integer({ min: 1, max: 255 }), (head, at, change) => {
      const written = encodeHead(head)
      const size = written.length + head.bodyLength
      expect(decodeHead(written, size - 1)).toBeUndefined()
      expect(decodeHead(written, size + 1)).toBeUndefined()
      expect(decodeHead(written.subarray(0, -1), size)).toBeUndefined()
      const i = at % written.length
      written.writeUInt8(written.readUInt8(i) ^ change, i)
      expect(decodeHead(written, size)).toBeUndefined()
    }),
  )
})

test('other times are put into the fixed part alone', () => {
  fc.assert(
    fc.property(heads, seconds, (head, later) => {
      const written = encodeHead(head)
      const validity = { freshUntil: later, storedAt: later, staleWhileRevalidate: 1, staleIfError: 2 }
      const fixed = Buffer.from(written.subarray(0, fixedSize))
      putValidity(fixed, validity)
      fixed.copy(written)
      expect(decodeHead(written, written.length + head.bodyLength)).toEqual({ ...head, ...validity })
    }),
  )
})
