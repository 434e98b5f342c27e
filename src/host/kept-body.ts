import type { BodySide, BodyStatus } from '../status/exchange-body.ts'

/**
 * The beginning of one body, up to a limit, copied as it comes. While it is the same as the body it follows (an answer
 * that no filter changes) it takes no memory of its own.
 */
export class KeptBody {
  readonly side: BodySide
  /** Bytes that passed. */
  size = 0
  readonly #limit: number
  #bytes = Buffer.alloc(0)
  #length = 0
  #twin: KeptBody | undefined

  constructor(side: BodySide, limit: number, twin?: KeptBody) {
    this.side = side
    this.#limit = limit
    this.#twin = twin
  }

  /** Takes a piece; says how much more memory is taken now. */
  add(buffer: Buffer, start: number, end: number): number {
    const at = Math.min(this.size, this.#limit)
    this.size += end - start
    const to = Math.min(end, start + this.#limit - at)
    if (to <= start) return 0
    const twin = this.#twin
    if (twin && twin.#holds(at, buffer, start, to)) return 0
    if (twin) {
      this.#twin = undefined
      return this.#append(twin.#bytes, 0, at) + this.#append(buffer, start, to)
    }
    return this.#append(buffer, start, to)
  }

  #holds(at: number, buffer: Buffer, start: number, end: number): boolean {
    const last = at + end - start
    return last <= this.#length && this.#bytes.compare(buffer, start, end, at, last) === 0
  }

  #append(buffer: Buffer, start: number, end: number): number {
    const before = this.#bytes.length
    const needed = this.#length + end - start
    if (needed > before) {
      // Mostly a body comes in one piece, and takes what it needs; one that comes in many doubles.
      const room = Math.min(this.#limit, before === 0 ? needed : Math.max(needed, before * 2))
      const grown = Buffer.allocUnsafeSlow(room)
      this.#bytes.copy(grown, 0, 0, this.#length)
      this.#bytes = grown
    }
    buffer.copy(this.#bytes, this.#length, start, end)
    this.#length = needed
    return this.#bytes.length - before
  }

  /** What is kept. */
  get bytes(): Buffer {
    return this.#twin
      ? this.#twin.#bytes.subarray(0, Math.min(this.size, this.#limit))
      : this.#bytes.subarray(0, this.#length)
  }

  /** All of it is kept. */
  get whole(): boolean {
    return this.size <= this.#limit
  }

  status(): BodyStatus {
    return {
      side: this.side,
      size: this.size,
      kept: this.bytes.length,
      ...(this.#twin && this.#twin.size === this.size && { same: this.#twin.side }),
    }
  }
}
