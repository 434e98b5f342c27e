import fc from 'fast-check'
import { expect, test } from 'vitest'
import { frameHeadSize, readUint31, readUint32, writeFrameHead, writeUint32 } from './http2-frames.ts'

test('a frame head is nine bytes: length, type, flags, stream', () => {
  const buffer = Buffer.alloc(12, 0xff)
  expect(writeFrameHead(buffer, 1, 0x012345, 9, 0x25, 0x7fffffff)).toBe(1 + frameHeadSize)
  expect(buffer.toString('hex')).toBe('ff01234509257fffffffffff')
})

test('numbers of 32 bits come back as they were, those of 31 without the highest bit', () => {
  fc.assert(
    fc.property(fc.nat({ max: 2 ** 32 - 1 }), (value) => {
      const buffer = Buffer.alloc(4)
      writeUint32(buffer, 0, value)
      expect(buffer.readUInt32BE(0)).toBe(value)
      expect(readUint32(buffer, 0)).toBe(value)
      expect(readUint31(buffer, 0)).toBe(value % 2 ** 31)
    }),
  )
})

test('bytes that are not there read as zero', () => {
  expect(readUint32(Buffer.of(1), 0)).toBe(0x01000000)
})
