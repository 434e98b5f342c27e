/**
 * Memory for what goes out at the end of a turn: small bodies are copied here behind their heads, and one write takes
 * both. As texts, or in memory of their own, they would be the largest part of what a small answer leaves to the
 * collector of garbage. A block is used again as soon as nothing in it is needed.
 */
import type { Socket } from 'node:net'
import { writeLatin1 } from '../wire/latin1.ts'

// As much as one read brings: that is what a client costs that does not take the answer which fills its connection.
const blockSize = 65_536
const mostSpare = 16

interface Block {
  readonly bytes: Buffer
  used: number
  /** How many pieces of it are needed still. */
  users: number
}

const spare: Block[] = []
let block = emptyBlock()

function emptyBlock(): Block {
  return spare.pop() ?? { bytes: Buffer.allocUnsafeSlow(blockSize), used: 0, users: 0 }
}

/** What one writer puts behind each other. Ended by `write` or `drop`, and of no use afterwards. */
export class TurnPiece {
  readonly #block: Block
  readonly #from: number
  #to: number

  /** With room for `least` bytes, of 64 KiB at most. */
  constructor(least: number) {
    if (block.used + least > blockSize) block = emptyBlock()
    this.#block = block
    this.#from = block.used
    this.#to = block.used
    block.users++
  }

  /** Nobody has put anything behind it, and there is room. */
  hasRoom(bytes: number): boolean {
    return this.#block.used === this.#to && this.#to + bytes <= blockSize
  }

  /** Appends a text of bytes; `hasRoom` has said so. */
  text(text: string): void {
    writeLatin1(this.#block.bytes, text, this.#to)
    this.#advance(text.length)
  }

  /** Appends bytes; `hasRoom` has said so. */
  copy(source: Buffer, start: number, end: number): void {
    source.copy(this.#block.bytes, this.#to, start, end)
    this.#advance(end - start)
  }

  #advance(bytes: number): void {
    this.#to += bytes
    this.#block.used = this.#to
  }

  /**
   * Writes it to a socket in which nothing waits; whether it takes more. What the kernel does not take at once is not
   * copied.
   */
  write(socket: Socket): boolean {
    const flowing = socket.write(this.#bytes)
    if (socket.writableLength > 0) this.#leave()
    else this.drop()
    return flowing
  }

  /** Copies it to the beginning of `target`; how many bytes that were. */
  copyTo(target: Buffer): number {
    return this.#block.bytes.copy(target, 0, this.#from, this.#to)
  }

  get #bytes(): Buffer {
    return this.#block.bytes.subarray(this.#from, this.#to)
  }

  /** It is not needed. */
  drop(): void {
    const of = this.#block
    if (--of.users > 0) return
    of.used = 0
    if (of !== block && spare.length < mostSpare) spare.push(of)
  }

  // The bytes are somebody else's: the block is not used again.
  #leave(): void {
    if (block === this.#block) block = emptyBlock()
  }
}
