/** What the reader of a chunked body expects next; the names are those of nginx's states. */
const chunkStart = 0
const chunkSize = 1
const extension = 2
const extensionLf = 3
const data = 4
const afterData = 5
const afterDataLf = 6
const trailer = 7
const trailerLf = 8
const trailerField = 9
const trailerFieldLf = 10

const lf = 0x0a
const cr = 0x0d
const semicolon = 0x3b
const space = 0x20
const tab = 0x09

const hexDigits = new Int8Array(256).fill(-1)
for (const [value, digit] of [...'0123456789abcdef'].entries()) {
  hexDigits[digit.charCodeAt(0)] = value
  hexDigits[digit.toUpperCase().charCodeAt(0)] = value
}

/**
 * Reads a chunked body as it comes, handing out where its data stands instead of copying it. Extensions and
 * trailer fields are passed over, as nginx does. Source: ngx_http_parse_chunked; RFC 9112 §7.1.
 */
export class ChunkedReader {
  /** The last chunk and its trailer were read. */
  finished = false
  /** Why the body cannot be read on; undefined while it can. */
  bad: string | undefined = undefined
  private state = chunkStart
  private size = 0

  /** The bytes of data that the present chunk still has to give; known as soon as its size line was read. */
  get remaining(): number {
    return this.state === data ? this.size : 0
  }

  /**
   * Reads on in `buffer` from `start` to `end`, calling `onData` with each run of data. Returns the position after
   * what was consumed: `end`, unless the body ended before it or is bad.
   */
  feed(buffer: Buffer, start: number, end: number, onData: (start: number, end: number) => void): number {
    let i = start
    let state = this.state
    while (i < end && !this.finished && this.bad === undefined) {
      if (state === data) {
        const stop = Math.min(end, i + this.size)
        this.size -= stop - i
        if (this.size === 0) state = afterData
        this.state = state
        onData(i, stop)
        i = stop
        continue
      }
      state = this.next(state, buffer[i] ?? 0)
      if (this.bad === undefined) i++
    }
    this.state = state
    return i
  }

  /** Ready for the next body. */
  reset(): void {
    this.finished = false
    this.bad = undefined
    this.state = chunkStart
    this.size = 0
  }

  private next(state: number, c: number): number {
    switch (state) {
      case chunkStart: {
        const digit = hexDigits[c] ?? -1
        if (digit < 0) return this.refuse(state)
        this.size = digit
        return chunkSize
      }
      case chunkSize: {
        const digit = hexDigits[c] ?? -1
        if (digit < 0) return this.endOfSize(c)
        // Unlike nginx, sizes of 2^53 and more are refused, not only those of 2^63: they cannot be counted exactly.
        this.size = this.size * 16 + digit
        return this.size > Number.MAX_SAFE_INTEGER ? this.refuse(state) : state
      }
      case extension:
        if (c === lf) return this.endOfSizeLine()
        return c === cr ? extensionLf : state
      case extensionLf:
        return c === lf ? this.endOfSizeLine() : this.refuse(state)
      case afterData:
        if (c === lf) return chunkStart
        return c === cr ? afterDataLf : this.refuse(state)
      case afterDataLf:
        return c === lf ? chunkStart : this.refuse(state)
      case trailer:
        if (c === lf) return this.finish()
        return c === cr ? trailerLf : trailerField
      case trailerLf:
        return c === lf ? this.finish() : this.refuse(state)
      case trailerField:
        if (c === lf) return trailer
        return c === cr ? trailerFieldLf : state
      default:
        return c === lf ? trailer : this.refuse(state)
    }
  }

  private endOfSize(c: number): number {
    switch (c) {
      case cr:
        return extensionLf
      case lf:
        return this.endOfSizeLine()
      case semicolon:
      case space:
      case tab:
        return extension
      default:
        return this.refuse(chunkSize)
    }
  }

  private endOfSizeLine(): number {
    return this.size === 0 ? trailer : data
  }

  private finish(): number {
    this.finished = true
    return chunkStart
  }

  private refuse(state: number): number {
    this.bad = 'invalid chunked body'
    return state
  }
}

/** What stands before a chunk of `size` bytes; CRLF stands after it. */
export function chunkHead(size: number): string {
  return `${size.toString(16)}\r\n`
}

/** The end of a chunked body without trailer fields, when the CRLF after its last chunk was already written. */
export const lastChunk: Buffer = Buffer.from('0\r\n\r\n', 'latin1')
