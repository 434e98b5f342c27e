import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { codeLengths, decodedRoom, decodeInto, encodedSize, encodeInto } from './huffman.ts'

function encode(text: string, lower = false): Buffer {
  const buffer = Buffer.alloc(encodedSize(text, 0, text.length, lower))
  expect(encodeInto(buffer, 0, text, 0, text.length, lower)).toBe(buffer.length)
  return buffer
}

function decode(bytes: Buffer): string | undefined {
  const target = Buffer.alloc(decodedRoom(bytes.length))
  const end = decodeInto(target, bytes, 0, bytes.length)
  return end < 0 ? undefined : target.toString('latin1', 0, end)
}

describe('the Huffman code', () => {
  // RFC 7541 Appendix C.4 and C.6.
  it.each([
    ['www.example.com', 'f1e3c2e5f23a6ba0ab90f4ff'],
    ['no-cache', 'a8eb10649cbf'],
    ['custom-key', '25a849e95ba97d7f'],
    ['custom-value', '25a849e95bb8e8b4bf'],
    ['302', '6402'],
    ['private', 'aec3771a4b'],
    ['Mon, 21 Oct 2013 20:13:21 GMT', 'd07abe941054d444a8200595040b8166e082a62d1bff'],
    ['https://www.example.com', '9d29ad171863c78f0b97c8e9ae82ae43d3'],
    ['', ''],
  ])('of %j is that of the RFC', (text, hex) => {
    expect(encode(text).toString('hex')).toBe(hex)
    expect(decode(Buffer.from(hex, 'hex'))).toBe(text)
  })

  it('covers every byte', () => {
    const all = Buffer.from(Array.from({ length: 256 }, (_, i) => i)).toString('latin1')
    expect(decode(encode(all))).toBe(all)
    // Kraft's sum with the end's code of 30 bits is one: no code is missing and none is too many.
    expect([...codeLengths].reduce((sum, length) => sum + 2 ** -length, 2 ** -30)).toBe(1)
  })

  it('reads back what it wrote', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
        const text = Buffer.from(bytes).toString('latin1')
        expect(decode(encode(text))).toBe(text)
      }),
      { numRuns: 2000 },
    )
  })

  it('accepts nothing that it would write in another way, but for the padding that nginx takes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 12 }), (bytes) => {
        const read = decode(Buffer.from(bytes))
        if (read === undefined) return
        const written = encode(read)
        const padding = bytes.slice(written.length)
        expect(Buffer.from(bytes.slice(0, written.length))).toEqual(written)
        expect([...padding].every((byte) => byte === 0xff) && padding.length <= 3).toBe(true)
      }),
      { numRuns: 20_000 },
    )
  })

  it('writes capitals as small letters where it is asked to', () => {
    expect(encode('X-Custom-KEY', true)).toEqual(encode('x-custom-key'))
  })

  it.each([
    ['padding as long as the code of the end', 'ffffffff'],
    ['padding that is not ones', '18'],
    ['the end in the middle', 'fffffffca8eb10649cbf'],
    ['a code that is cut off', 'fffe'],
  ])('is refused for %s', (_, hex) => {
    expect(decode(Buffer.from(hex, 'hex'))).toBeUndefined()
  })
})
