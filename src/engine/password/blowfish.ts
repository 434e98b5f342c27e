/** Blowfish, as bcrypt needs it. Its tables are the binary digits of pi behind the point, so they are computed. */

/** State of the cipher: 18 subkeys and four boxes of 256 words. */
export interface Blowfish {
  readonly p: Int32Array
  readonly s: Int32Array
}

const words = 18 + 4 * 256
let initial: Int32Array | undefined

/** The cipher before any key. */
export function blowfish(): Blowfish {
  initial ??= piWords()
  return { p: initial.slice(0, 18), s: initial.slice(18) }
}

// Machin: pi = 16 atan(1/5) - 4 atan(1/239), in fixed point with some bits to spare.
function piWords(): Int32Array {
  const spare = 64n
  const one = 1n << (BigInt(32 * words) + spare)
  const pi = 4n * (4n * arctan(5n, one) - arctan(239n, one))
  let fraction = (pi % one) >> spare
  const all = new Int32Array(words)
  for (let i = words - 1; i >= 0; i--) {
    all[i] = Number(fraction & 0xffffffffn) | 0
    fraction >>= 32n
  }
  return all
}

function arctan(inverse: bigint, one: bigint): bigint {
  const square = inverse * inverse
  let power = one / inverse
  let sum = power
  for (let n = 3n, sign = -1n; power !== 0n; n += 2n, sign = -sign) {
    power /= square
    sum += (sign * power) / n
  }
  return sum
}

/** Enciphers the two words at `at` and `at + 1` in place. */
export function encipher({ p, s }: Blowfish, block: Int32Array, at: number): void {
  // Indices are within the tables by construction: a byte picks from a box of 256.
  let left = (block[at] as number) ^ (p[0] as number)
  let right = block[at + 1] as number
  for (let round = 1; round <= 16; round += 2) {
    right ^= mix(s, left) ^ (p[round] as number)
    left ^= mix(s, right) ^ (p[round + 1] as number)
  }
  block[at] = right ^ (p[17] as number)
  block[at + 1] = left
}

function mix(s: Int32Array, word: number): number {
  const sum = ((s[word >>> 24] as number) + (s[256 | ((word >>> 16) & 255)] as number)) | 0
  return ((sum ^ (s[512 | ((word >>> 8) & 255)] as number)) + (s[768 | (word & 255)] as number)) | 0
}
