import fc from 'fast-check'
import { expect, test } from 'vitest'
import { HpackDecoder } from './hpack-decoder.ts'
import { beginBlock, endBlock, writeField } from './hpack-writer.ts'
import { Http2Error, errorCode } from './http2-error.ts'

type Field = readonly [name: string, value: string]

function hex(text: string): Buffer {
  return Buffer.from(text.replaceAll(/\s/g, ''), 'hex')
}

/** The fields of a whole block. */
function decode(decoder: HpackDecoder, block: Buffer, limit = 4096): Field[] {
  const fields: Field[] = []
  const next = decoder.decode(block, 0, block.length, block.length, limit, (name, value) =>
    fields.push([name, value]),
  )
  expect(next).toBe(block.length)
  return fields
}

function errorOf(run: () => unknown): { code: number; message: string } {
  try {
    run()
  } catch (error) {
    if (error instanceof Http2Error) return { code: error.code, message: error.message }
    throw error
  }
  throw new Error('nothing was thrown')
}

// RFC 7541, Appendix C.3 to C.4: three requests on one connection, in words and in the Huffman code.
const request1 = [
  [':method', 'GET'],
  [':scheme', 'http'],
  [':path', '/'],
  [':authority', 'www.example.com'],
] as const
const request2 = [...request1, ['cache-control', 'no-cache']] as const
const request3 = [
  [':method', 'GET'],
  [':scheme', 'https'],
  [':path', '/index.html'],
  [':authority', 'www.example.com'],
  ['custom-key', 'custom-value'],
] as const

test.each([
  [
    'in words',
    [
      '8286 8441 0f77 7777 2e65 7861 6d70 6c65 2e63 6f6d',
      '8286 84be 5808 6e6f 2d63 6163 6865',
      '8287 85bf 400a 6375 7374 6f6d 2d6b 6579 0c63 7573 746f 6d2d 7661 6c75 65',
    ],
  ],
  [
    'in the Huffman code',
    [
      '8286 8441 8cf1 e3c2 e5f2 3a6b a0ab 90f4 ff',
      '8286 84be 5886 a8eb 1064 9cbf',
      '8287 85bf 4088 25a8 49e9 5ba9 7d7f 8925 a849 e95b b8e8 b4bf',
    ],
  ],
])("RFC 7541's requests are read %s", (_, blocks) => {
  const decoder = new HpackDecoder()
  expect(blocks.map((block) => decode(decoder, hex(block)))).toEqual([request1, request2, request3])
})

// RFC 7541, Appendix C.5: the table is told to be 256 bytes, and entries are evicted.
test("RFC 7541's responses evict entries of a small table", () => {
  const decoder = new HpackDecoder()
  const date = 'Mon, 21 Oct 2013 20:13:21 GMT'
  const location = ['location', 'https://www.example.com'] as const
  decode(decoder, hex('3fe1 01')) // the table's size: 256
  const first = hex(
    '4803 3330 3258 0770 7269 7661 7465 611d 4d6f 6e2c 2032 3120 4f63 7420 3230 3133 2032 303a 3133 3a32 3120 474d 546e 1768 7474 7073 3a2f 2f77 7777 2e65 7861 6d70 6c65 2e63 6f6d',
  )
  expect(decode(decoder, first)).toEqual([
    [':status', '302'],
    ['cache-control', 'private'],
    ['date', date],
    location,
  ])
  // 307 takes the place of 302.
  expect(decode(decoder, hex('4803 3330 37c1 c0bf'))).toEqual([
    [':status', '307'],
    ['cache-control', 'private'],
    ['date', date],
    location,
  ])
  expect(errorOf(() => decode(decoder, hex('c2'))).code).toBe(errorCode.compressionError)
})

test('fields that shall not be kept, and those that never shall, are read and not kept', () => {
  const decoder = new HpackDecoder()
  const block = hex('0003 782d61 0131 1003 782d62 0132')
  expect(decode(decoder, block)).toEqual([
    ['x-a', '1'],
    ['x-b', '2'],
  ])
  expect(errorOf(() => decode(decoder, hex('be'))).message).toBe(
    'client sent out of bound hpack table index: 0',
  )
})

test('an entry larger than the table empties it', () => {
  const decoder = new HpackDecoder()
  decode(decoder, hex('4003 782d61 0131'))
  expect(decode(decoder, hex('be'))).toEqual([['x-a', '1']])
  const large = Buffer.concat([hex('4003 782d62'), hex('7fdd1f'), Buffer.alloc(4188, 0x61)])
  expect(decode(decoder, large, 8192)[0]?.[0]).toBe('x-b')
  expect(errorOf(() => decode(decoder, hex('be'))).code).toBe(errorCode.compressionError)
})

test('a table of size 0 keeps nothing, and one made larger again starts empty', () => {
  const decoder = new HpackDecoder()
  decode(decoder, hex('4003 782d61 0131 20'))
  expect(errorOf(() => decode(decoder, hex('be'))).code).toBe(errorCode.compressionError)
  decode(decoder, hex('3fe11f 4003 782d62 0132'))
  expect(decode(decoder, hex('be'))).toEqual([['x-b', '2']])
})

test('a table that lives long forgets what it has evicted', () => {
  const decoder = new HpackDecoder()
  for (let i = 0; i < 10_000; i++) {
    const value = String(i).padStart(6, '0')
    decode(decoder, Buffer.concat([hex('4003 782d61 06'), Buffer.from(value)]))
    expect(decode(decoder, hex('be'))).toEqual([['x-a', value]])
  }
})

// [what, block, code, message]
test.each<[what: string, block: string, code: number, message: string]>([
  ['index 0', '80', errorCode.compressionError, 'client sent invalid hpack table index 0'],
  [
    'an index beyond the table',
    'be',
    errorCode.compressionError,
    'client sent out of bound hpack table index: 0',
  ],
  [
    'an index far beyond it',
    'ffff7f',
    errorCode.compressionError,
    'client sent out of bound hpack table index: 16448',
  ],
  [
    'a name beyond the table',
    '7f00 0131',
    errorCode.compressionError,
    'client sent out of bound hpack table index: 1',
  ],
  [
    'a number of five bytes',
    'ffffffff7f',
    errorCode.compressionError,
    'client sent header block with too long header index value',
  ],
  [
    'a number that the block cuts off',
    'ff',
    errorCode.frameSizeError,
    'client sent header block with incorrect length',
  ],
  [
    'a name that the block cuts off',
    '00',
    errorCode.frameSizeError,
    'client sent header block with incorrect length',
  ],
  [
    'a text longer than the block',
    '0003 7861',
    errorCode.frameSizeError,
    'client sent header field with incorrect length',
  ],
  [
    'a table larger than it may be',
    '3fe21f',
    errorCode.compressionError,
    'client sent invalid table size update: 4097',
  ],
  ['an empty name', '0000 0131', errorCode.protocolError, 'client sent zero header name length'],
  [
    'the end of string in the Huffman code',
    '0084ffffffff 0131',
    errorCode.compressionError,
    'client sent invalid encoded header field',
  ],
])('%s ends the connection', (_, block, code, message) => {
  expect(errorOf(() => decode(new HpackDecoder(), hex(block)))).toEqual({ code, message })
})

test('a text may be padded with more than seven bits, as nginx takes it', () => {
  expect(decode(new HpackDecoder(), hex('0082 1fff 0131'))).toEqual([['a', '1']])
})

test('numbers of several bytes are read wherever they are cut', () => {
  const kept = Array.from({ length: 70 }, (_, i) =>
    Buffer.concat([hex('4002 7861 02'), Buffer.from(String(i + 10))]),
  )
  const long = 'v'.repeat(200)
  const block = Buffer.concat([
    ...kept,
    hex('ff00'), // index 127, the 66th newest
    hex('7f00 0131'), // the name of index 63, the second newest
    Buffer.concat([hex('0003 782d62 7f49'), Buffer.from(long)]),
  ])
  const expected = [...kept.map((_, i) => ['xa', String(i + 10)]), ['xa', '14'], ['xa', '1'], ['x-b', long]]
  for (let cut = block.length - 220; cut <= block.length; cut++) {
    const decoder = new HpackDecoder()
    const fields: Field[] = []
    const take = (name: string, value: string): void => void fields.push([name, value])
    const next = decoder.decode(block, 0, cut, block.length, 4096, take)
    decoder.decode(block, next, block.length, block.length - next, 4096, take)
    expect(fields).toEqual(expected)
  }
})

test('a text in the Huffman code may be longer than any before', () => {
  // 5 bits for each `e` (RFC 7541 Appendix B: 00101).
  const code = Buffer.from(
    '00101'
      .repeat(40_000)
      .match(/.{8}/g)
      ?.map((bits) => parseInt(bits, 2)) ?? [],
  )
  expect(code).toHaveLength(25_000)
  const block = Buffer.concat([hex('0001 61 ff a9c201'), code])
  expect(decode(new HpackDecoder(), block, 30_000)).toEqual([['a', 'e'.repeat(40_000)]])
})

test('a text over the limit is refused before it is there', () => {
  const decoder = new HpackDecoder()
  const block = hex('0003 782d61 7f01') // a value of 128 bytes, none of which has come
  const run = (limit: number): unknown =>
    decoder.decode(block, 0, block.length, Infinity, limit, () => undefined)
  expect(run(128)).toBe(0)
  expect(errorOf(() => run(127))).toEqual({
    code: errorCode.enhanceYourCalm,
    message: 'client sent too large header field',
  })
})

test('a block in pieces gives the same fields as in one, wherever it is cut', () => {
  beginBlock(false)
  writeField('x-first-name', 0, 12, 0, 12)
  const block = Buffer.concat([
    hex('8286 8441 8cf1 e3c2 e5f2 3a6b a0ab 90f4 ff'),
    hex('4003 782d61 0131 be 20 3fe11f'),
    Buffer.from(endBlock()),
  ])
  const expected = decode(new HpackDecoder(), block)
  expect(expected).toHaveLength(7)
  for (let cut = 0; cut <= block.length; cut++) {
    const decoder = new HpackDecoder()
    const fields: Field[] = []
    const take = (name: string, value: string): void => void fields.push([name, value])
    const next = decoder.decode(block, 0, cut, block.length, 4096, take)
    expect(next).toBeLessThanOrEqual(cut)
    expect(decoder.decode(block, next, block.length, block.length - next, 4096, take)).toBe(block.length)
    expect(fields).toEqual(expected)
  }
})

test('whatever bytes come, a block is read or refused with an error of HTTP/2', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 60 }), { maxLength: 5 }), (blocks) => {
      const decoder = new HpackDecoder()
      for (const bytes of blocks) {
        const block = Buffer.from(bytes)
        try {
          expect(
            decoder.decode(block, 0, block.length, block.length, 64, () => undefined),
          ).toBeLessThanOrEqual(block.length)
        } catch (error) {
          expect(error).toBeInstanceOf(Http2Error)
          return
        }
      }
    }),
    { numRuns: 2000 },
  )
})
