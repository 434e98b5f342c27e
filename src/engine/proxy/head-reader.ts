/** Reads the head of an upstream's answer out of the pieces it comes in; interim answers are read over. */
import { fieldLines } from '../wire/fields.ts'
import { latin1 } from '../wire/latin1.ts'
import { parseResponseHead, type ResponseHead } from '../wire/response-head.ts'

export type HeadResult =
  | { readonly kind: 'more' }
  | {
      readonly kind: 'head'
      readonly head: ResponseHead
      readonly buffer: Buffer
      readonly next: number
    }
  | {
      readonly kind: 'bad'
      readonly reason: string
      /** There is no head: all of `buffer` is a body. */
      readonly noHead: boolean
      readonly buffer: Buffer
    }

/** What a response without a head counts as. */
export const headless: ResponseHead = {
  version: 10,
  status: 200,
  reason: '',
  statusLine: '200',
  fields: fieldLines([]),
  bytes: 0,
}

const nothing = Buffer.alloc(0)
const more = { kind: 'more' } as const

export class HeadReader {
  /** What one head may have, in bytes (`proxy_buffer_size`). */
  readonly #limit: number
  #pending: Buffer = nothing
  #scannedTo = 0

  constructor(limit: number) {
    this.#limit = limit
  }

  /** A part of a head has come. */
  get begun(): boolean {
    return this.#pending.length > 0
  }

  /** The status of a head that has begun, if its line is whole; 0. */
  get statusSoFar(): number {
    const line = /^HTTP\/1\.[01] +(\d{3})[ \r][^\n]*\n/.exec(latin1(this.#pending, 0, this.#pending.length))
    return Number(line?.[1] ?? 0)
  }

  /** A piece has come; it may be overwritten afterwards. */
  read(piece: Buffer): HeadResult {
    const buffer = this.#pending.length > 0 ? Buffer.concat([this.#pending, piece]) : piece
    let start = 0
    for (;;) {
      const result = parseResponseHead(buffer, start, buffer.length, this.#scannedTo)
      if (result.kind === 'bad')
        return { kind: 'bad', reason: result.reason, noHead: result.noHead === true && start === 0, buffer }
      const size = (result.kind === 'head' ? result.next : buffer.length) - start
      if (size > this.#limit)
        return { kind: 'bad', reason: 'upstream sent too big header', noHead: false, buffer }
      if (result.kind === 'more') {
        this.#pending = start === 0 && buffer !== piece ? buffer : Buffer.from(buffer.subarray(start))
        this.#scannedTo = result.scannedTo
        return more
      }
      this.#scannedTo = 0
      const { head, next } = result
      // An interim answer: the real one follows (RFC 9110 §15.2).
      if (head.status >= 200 || head.status < 100 || head.status === 101) {
        this.#pending = nothing
        return { kind: 'head', head, buffer, next }
      }
      start = next
      if (start < buffer.length) continue
      this.#pending = nothing
      return more
    }
  }
}
