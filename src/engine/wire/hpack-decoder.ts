/**
 * Reads header blocks of HTTP/2, RFC 7541. A block may be handed in piece by piece: fields are told as soon
 * as they are whole, and what is wrong is told as soon as it is seen. Sources: ngx_http_v2_state_header_block,
 * ngx_http_v2_table.c.
 */
import { latin1 } from './latin1.ts'
import { decodedRoom, decodeInto } from './huffman.ts'
import { staticNames, staticValues } from './hpack-static.ts'
import { errorCode, Http2Error } from './http2-error.ts'

/** Takes a field; bytes, one a character. */
export type TakeField = (name: string, value: string) => void

/** The size of the dynamic table; RFC 9113 §6.5.2's default, which nginx does not change. */
const tableLimit = 4096
/** What an entry costs besides its bytes. */
const entryOverhead = 32
/** nginx reads numbers of at most so many bytes. */
const mostNumberBytes = 4

interface Entry {
  readonly name: string
  readonly value: string
}

let scratch = Buffer.allocUnsafeSlow(16_384)

export class HpackDecoder {
  /** Oldest first, from `#first` on. */
  #entries: Entry[] = []
  #first = 0
  #size = 0
  #limit = tableLimit
  // Where a number or a text that was read ends.
  #next = 0

  /**
   * Reads fields from `start` to `end`. `left`: how many bytes the block still has from `start` on, Infinity
   * where that is not known. `textLimit`: the most bytes a name or a value may have as it is encoded.
   * Returns up to where whole fields were read; what is behind must be handed in again with more behind it.
   */
  decode(
    buffer: Buffer,
    start: number,
    end: number,
    left: number,
    textLimit: number,
    take: TakeField,
  ): number {
    const blockEnd = start + left
    let at = start
    while (at < end) {
      const first = buffer[at] ?? 0
      if (first >= 0x80) {
        const index = this.#number(buffer, at, end, blockEnd, 0x7f, 'header index')
        if (index < 0) return at
        at = this.#next
        this.#indexed(index, take)
      } else if (first >= 0x20 && first < 0x40) {
        const size = this.#number(buffer, at, end, blockEnd, 0x1f, 'size update')
        if (size < 0) return at
        at = this.#next
        this.#resize(size)
      } else {
        const after = this.#literal(buffer, at, end, blockEnd, textLimit, take)
        if (after < 0) return at
        at = after
      }
    }
    return at
  }

  #literal(
    buffer: Buffer,
    at: number,
    end: number,
    blockEnd: number,
    textLimit: number,
    take: TakeField,
  ): number {
    const first = buffer[at] ?? 0
    const keep = first >= 0x40
    const index = this.#number(buffer, at, end, blockEnd, keep ? 0x3f : 0x0f, 'header index')
    if (index < 0) return -1
    let next = this.#next
    // Nothing is decoded before all of it is there.
    const nameAt = next
    if (index === 0) {
      next = this.#skipText(buffer, next, end, blockEnd, textLimit)
      if (next < 0) return -1
    }
    const valueAt = next
    next = this.#skipText(buffer, next, end, blockEnd, textLimit)
    if (next < 0) return -1
    const name = index === 0 ? this.#text(buffer, nameAt, valueAt) : this.#nameAt(index)
    if (name === '') throw new Http2Error(errorCode.protocolError, 'client sent zero header name length')
    const value = this.#text(buffer, valueAt, next)
    if (keep) this.#add({ name, value })
    take(name, value)
    return next
  }

  #indexed(index: number, take: TakeField): void {
    if (index <= staticNames.length && index > 0) {
      take(staticNames[index - 1] ?? '', staticValues[index - 1] ?? '')
      return
    }
    const { name, value } = this.#entryAt(index)
    take(name, value)
  }

  #nameAt(index: number): string {
    return index <= staticNames.length ? (staticNames[index - 1] ?? '') : this.#entryAt(index).name
  }

  #entryAt(index: number): Entry {
    if (index === 0)
      throw new Http2Error(errorCode.compressionError, 'client sent invalid hpack table index 0')
    const entry = this.#entries[this.#entries.length + staticNames.length - index]
    const known = index - staticNames.length <= this.#entries.length - this.#first
    if (!entry || !known)
      throw new Http2Error(
        errorCode.compressionError,
        `client sent out of bound hpack table index: ${index - staticNames.length - 1}`,
      )
    return entry
  }

  #add(entry: Entry): void {
    const size = sizeOf(entry)
    this.#evict(this.#limit - size)
    // Larger than the table: it empties the table and is not kept.
    if (size > this.#limit) return
    this.#entries.push(entry)
    this.#size += size
  }

  #resize(size: number): void {
    if (size > tableLimit)
      throw new Http2Error(errorCode.compressionError, `client sent invalid table size update: ${size}`)
    this.#limit = size
    this.#evict(size)
  }

  #evict(room: number): void {
    while (this.#size > 0 && this.#size > room) {
      // What is counted is there.
      this.#size -= sizeOf(this.#entries[this.#first++] as Entry)
    }
    // Half of the list is gone: it is made shorter, so that it does not grow for ever.
    if (this.#first > 64 && this.#first * 2 > this.#entries.length) {
      this.#entries = this.#entries.slice(this.#first)
      this.#first = 0
    }
  }

  /** A number with a prefix (RFC 7541 §5.1), −1 if there is more of it to come (ngx_http_v2_parse_int). */
  #number(buffer: Buffer, at: number, end: number, blockEnd: number, prefix: number, what: string): number {
    let value = (buffer[at] ?? 0) & prefix
    let next = at + 1
    if (value !== prefix) {
      this.#next = next
      return value
    }
    const last = Math.min(end, at + mostNumberBytes)
    for (let shift = 0; next < last; shift += 7) {
      const octet = buffer[next++] ?? 0
      value += (octet & 0x7f) << shift
      if (octet < 0x80) {
        this.#next = next
        return value
      }
    }
    if (last >= blockEnd) throw incorrectLength()
    if (last === at + mostNumberBytes)
      throw new Http2Error(errorCode.compressionError, `client sent header block with too long ${what} value`)
    return -1
  }

  /** Where the text at an offset ends, −1 if not all of it is there. */
  #skipText(buffer: Buffer, at: number, end: number, blockEnd: number, limit: number): number {
    if (at >= blockEnd) throw incorrectLength()
    if (at >= end) return -1
    const length = this.#number(buffer, at, end, blockEnd, 0x7f, 'length')
    if (length < 0) return -1
    if (length > limit) throw new Http2Error(errorCode.enhanceYourCalm, 'client sent too large header field')
    const after = this.#next + length
    if (after > blockEnd)
      throw new Http2Error(errorCode.frameSizeError, 'client sent header field with incorrect length')
    return after <= end ? after : -1
  }

  /** The text from `at` to `end`, its length included. */
  #text(buffer: Buffer, at: number, end: number): string {
    this.#number(buffer, at, end, Infinity, 0x7f, 'length')
    const start = this.#next
    if ((buffer[at] ?? 0) < 0x80) return latin1(buffer, start, end)
    const room = decodedRoom(end - start)
    if (room > scratch.length) scratch = Buffer.allocUnsafeSlow(room)
    const decoded = decodeInto(scratch, buffer, start, end)
    if (decoded < 0)
      throw new Http2Error(errorCode.compressionError, 'client sent invalid encoded header field')
    return latin1(scratch, 0, decoded)
  }
}

function sizeOf({ name, value }: Entry): number {
  return name.length + value.length + entryOverhead
}

function incorrectLength(): Http2Error {
  return new Http2Error(errorCode.frameSizeError, 'client sent header block with incorrect length')
}
