/** Bodies that both ends can make by themselves, so that a wrong byte anywhere is seen by its hash. */
import { createHash } from 'node:crypto'

const size = 1024 * 1024
const base = Buffer.alloc(size)
// xorshift32: any bytes that do not repeat within a body.
for (let at = 0, state = 0x9e3779b9; at < size; at += 4) {
  state ^= state << 13
  state ^= state >>> 17
  state ^= state << 5
  base.writeInt32LE(state, at)
}

/** `length` bytes of a body from a position, at most up to the end of the base; the body repeats every MiB. */
export function pieceOf(seed: number, position: number, length: number): Buffer {
  const from = (seed * 7919 + position) % size
  return base.subarray(from, Math.min(size, from + length))
}

/** A whole body; for small ones. */
export function bodyOf(seed: number, length: number): Buffer {
  const pieces: Buffer[] = []
  for (let at = 0; at < length;) {
    const piece = pieceOf(seed, at, length - at)
    pieces.push(piece)
    at += piece.length
  }
  return Buffer.concat(pieces)
}

/** Its SHA-256. */
export function hashOf(seed: number, length: number): string {
  const hash = createHash('sha256')
  for (let at = 0; at < length;) {
    const piece = pieceOf(seed, at, length - at)
    hash.update(piece)
    at += piece.length
  }
  return hash.digest('hex')
}
