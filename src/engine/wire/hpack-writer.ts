/**
 * Writes the header blocks of answers, as nginx writes them: names nginx knows by their index, texts in the
 * Huffman code where that is shorter, nothing looked up in a table of this connection. One block is made at
 * a time, in a buffer that all connections share. Source: ngx_http_v2_header_filter.
 */
import { lowerText } from './field-names.ts'
import { encodedSize, encodeInto } from './huffman.ts'
import { indexedStatus, nameIndex } from './hpack-static.ts'
import { writeLatin1 } from './latin1.ts'

// A name with an index of the static table, to be kept by the client; and one that stands in words.
const kept = 0x40
const inWords = 0
const huffman = 0x80
const tableSizeZero = 0x20
// A number in a text's length takes at most this: 2^21 bytes are more than a head may have.
const numberRoom = 6

let block = Buffer.allocUnsafeSlow(16_384)
let at = 0

/** Texts that come again and again (a server's name, the date, types), as they are written. */
const known = new Map<string, Buffer>()
const mostKnown = 256
const longestKnown = 64

function room(bytes: number): void {
  if (at + bytes <= block.length) return
  const larger = Buffer.allocUnsafeSlow(Math.max(block.length * 2, at + bytes))
  block.copy(larger, 0, 0, at)
  block = larger
}

/** The bytes written since `beginBlock`; they may be overwritten by the next block. */
export function endBlock(): Buffer {
  return block.subarray(0, at)
}

/** Begins a block. `emptyTable`: the client has asked for another table, which nginx answers by having none. */
export function beginBlock(emptyTable: boolean): void {
  at = 0
  if (emptyTable) block[at++] = tableSizeZero
}

export function writeStatus(status: number): void {
  room(8)
  const indexed = indexedStatus[status]
  if (indexed !== undefined) {
    block[at++] = indexed
    return
  }
  block[at++] = kept | nameIndex.status
  block[at++] = 3
  writeLatin1(block, String(status).padStart(3, '0'), at)
  at += 3
}

/** A field with a name of the static table and a value that is not seen often. */
export function writeIndexed(index: number, value: string): void {
  room(2)
  block[at++] = kept | index
  writeText(value, 0, value.length, false)
}

/** A field with a name of the static table and a value that comes again. */
export function writeIndexedKnown(index: number, value: string): void {
  let bytes = known.get(value)
  if (!bytes) {
    const start = at
    writeText(value, 0, value.length, false)
    // Memory of its own: a slice of Node's pool would keep 64 KiB for each of them.
    bytes = Buffer.allocUnsafeSlow(at - start)
    block.copy(bytes, 0, start, at)
    at = start
    if (value.length <= longestKnown) {
      if (known.size >= mostKnown) known.clear()
      known.set(value, bytes)
    }
  }
  room(1 + bytes.length)
  block[at++] = kept | index
  bytes.copy(block, at)
  at += bytes.length
}

/** A length is written in digits, without the code (as nginx does). */
export function writeContentLength(length: number): void {
  const digits = String(length)
  room(2 + digits.length)
  block[at++] = kept | nameIndex.contentLength
  block[at++] = digits.length
  writeLatin1(block, digits, at)
  at += digits.length
}

/** A field whose name and value stand in a text; the name is written in small letters. */
export function writeField(
  text: string,
  nameFrom: number,
  nameTo: number,
  valueFrom: number,
  valueTo: number,
): void {
  room(1)
  block[at++] = inWords
  writeText(text, nameFrom, nameTo, true)
  writeText(text, valueFrom, valueTo, false)
}

function writeText(text: string, from: number, to: number, lower: boolean): void {
  const plain = to - from
  const size = encodedSize(text, from, to, lower)
  room(numberRoom + plain)
  if (size < plain) {
    writeNumber(huffman, size)
    at = encodeInto(block, at, text, from, to, lower)
    return
  }
  writeNumber(0, plain)
  const bytes = text.slice(from, to)
  writeLatin1(block, lower ? lowerText(bytes) : bytes, at)
  at += plain
}

/** A number behind the bit that says whether the text is coded (RFC 7541 §5.1). */
function writeNumber(flag: number, value: number): void {
  if (value < 0x7f) {
    block[at++] = flag | value
    return
  }
  block[at++] = flag | 0x7f
  let rest = value - 0x7f
  for (; rest >= 0x80; rest >>>= 7) block[at++] = (rest & 0x7f) | 0x80
  block[at++] = rest
}
