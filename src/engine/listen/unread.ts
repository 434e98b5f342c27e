import { owned } from './transport.ts'

const nothing = Buffer.alloc(0)

/** What has been read from a connection and not been dealt with. */
export class Unread {
  buffer: Buffer = nothing
  /** Where it begins in `buffer`. */
  start = 0

  get end(): number {
    return this.buffer.length
  }

  get size(): number {
    return this.buffer.length - this.start
  }

  /** A piece has come. */
  add(piece: Buffer): void {
    this.buffer = this.size > 0 ? Buffer.concat([this.rest(), piece]) : piece
    this.start = 0
  }

  /** All of it, in memory that may be overwritten. */
  rest(): Buffer {
    return this.buffer.subarray(this.start)
  }

  /** What has to wait gets memory of its own: the next read comes into the same place. */
  keep(): void {
    if (this.size === 0) return
    const rest = this.rest()
    const kept = owned(rest)
    if (kept === rest) return
    this.buffer = kept
    this.start = 0
  }

  /** It is of no use. */
  drop(): void {
    this.start = this.buffer.length
  }

  /** There is none, and no memory is held. */
  clear(): void {
    this.buffer = nothing
    this.start = 0
  }
}
