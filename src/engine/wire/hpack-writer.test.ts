import fc from 'fast-check'
import { expect, test } from 'vitest'
import { HpackDecoder } from './hpack-decoder.ts'
import { nameIndex } from './hpack-static.ts'
import {
  beginBlock,
  endBlock,
  writeContentLength,
  writeField,
  writeIndexed,
  writeIndexedKnown,
  writeStatus,
} from './hpack-writer.ts'

function fieldsOf(block: Buffer): [string, string][] {
  const fields: [string, string][] = []
  new HpackDecoder().decode(block, 0, block.length, block.length, Infinity, (name, value) =>
    fields.push([name, value]),
  )
  return fields
}

/** The block that is written by `write`, as hex. */
function hexOf(write: () => void, emptyTable = false): string {
  beginBlock(emptyTable)
  write()
  return endBlock().toString('hex')
}

// The bytes nginx sends (ngx_http_v2_header_filter): indexed statuses, lengths in digits, names by index.
test.each<[what: string, write: () => void, hex: string]>([
  ['200 by its index', () => writeStatus(200), '88'],
  ['404 by its index', () => writeStatus(404), '8d'],
  ['418 in digits', () => writeStatus(418), '4803343138'],
  ['a status of one digit with three', () => writeStatus(9), '4803303039'],
  ['a length in digits', () => writeContentLength(1024), '5c0431303234'],
  ['a short text in the code', () => writeIndexed(nameIndex.server, 'nginx'), '7684aa6355e7'],
  ['a text that the code makes longer in words', () => writeIndexed(nameIndex.server, '\xff'), '7601ff'],
  ['a field in words, its name in small letters', () => writeField('X-ABC1', 0, 5, 5, 6), '0084f2b0e3270131'],
])('%s', (_, write, hex) => {
  expect(hexOf(write)).toBe(hex)
})

test('a client that has changed its table is told that ours is empty', () => {
  expect(hexOf(() => writeStatus(200), true)).toBe('2088')
})

test('a value that comes again is written as the first time', () => {
  const first = hexOf(() => writeIndexedKnown(nameIndex.server, 'again and again'))
  expect(hexOf(() => writeIndexedKnown(nameIndex.server, 'again and again'))).toBe(first)
  // More values than are remembered do not change what is written.
  for (let i = 0; i < 300; i++) hexOf(() => writeIndexedKnown(nameIndex.server, `other ${i}`))
  expect(hexOf(() => writeIndexedKnown(nameIndex.server, 'again and again'))).toBe(first)
})

test('a value too long to be remembered is written in full each time', () => {
  const long = `https://example.com/${'a'.repeat(100)}`
  const first = hexOf(() => writeIndexedKnown(nameIndex.location, long))
  expect(hexOf(() => writeIndexedKnown(nameIndex.location, long))).toBe(first)
  expect(fieldsOf(Buffer.from(first, 'hex'))).toEqual([['location', long]])
})

test('what was written is what is read, whatever its size', () => {
  const name = fc.stringMatching(/^[a-z0-9-]{1,200}$/)
  const value = fc.string({ unit: fc.integer({ min: 0, max: 255 }).map((c) => String.fromCharCode(c)) })
  const size = fc.integer({ min: 0, max: 40_000 })
  fc.assert(
    fc.property(fc.array(fc.tuple(name, value, size), { maxLength: 5 }), (fields) => {
      const long = fields.map(([n, v, length]) => [n, v + '~'.repeat(length)] as const)
      beginBlock(false)
      for (const [n, v] of long) writeField(n + v, 0, n.length, n.length, n.length + v.length)
      expect(fieldsOf(endBlock())).toEqual(long)
    }),
    { numRuns: 50 },
  )
})
