/** Niels Provos' bcrypt: `$2a$`, `$2b$` and `$2y$` of crypt(3). */
import { blowfish, encipher, type Blowfish } from './blowfish.ts'

const digits = './ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'

/** The whole hash of a key with the cost and the salt of `stored`; undefined where they are malformed. */
export function bcrypt(key: Buffer, stored: string): string | undefined {
  const match = /^\$2[aby]\$(\d\d)\$([./A-Za-z0-9]{22})/.exec(stored)
  const cost = Number(match?.[1])
  if (!match || cost < 4 || cost > 31) return undefined
  const salt = decode(match[2] ?? '')
  // The key counts with its final zero, 72 bytes of it.
  const digest = digestOf(wordsOf(Buffer.concat([key, Buffer.alloc(1)]), 18), wordsOf(salt, 4), cost)
  return `${stored.slice(0, 7)}${encode(salt, 22)}${encode(digest, 31)}`
}

// `count` words, the bytes again from the start where they are too few.
function wordsOf(bytes: Uint8Array, count: number): Int32Array {
  const all = new Int32Array(count)
  let at = 0
  for (let i = 0; i < count; i++)
    for (let j = 0; j < 4; j++) {
      all[i] = ((all[i] ?? 0) << 8) | (bytes[at] ?? 0)
      at = (at + 1) % bytes.length
    }
  return all
}

function digestOf(key: Int32Array, salt: Int32Array, cost: number): Uint8Array {
  const cipher = blowfish()
  expand(cipher, key, salt)
  const none = new Int32Array(4)
  const saltAsKey = Int32Array.from({ length: 18 }, (_none, i) => salt[i % 4] ?? 0)
  for (let round = 2 ** cost; round > 0; round--) {
    expand(cipher, key, none)
    expand(cipher, saltAsKey, none)
  }
  const text = wordsOf(Buffer.from('OrpheanBeholderScryDoubt'), 6)
  for (let round = 0; round < 64; round++) for (let at = 0; at < 6; at += 2) encipher(cipher, text, at)
  const bytes = new Uint8Array(24)
  const view = new DataView(bytes.buffer)
  text.forEach((word, i) => view.setInt32(4 * i, word))
  return bytes.subarray(0, 23)
}

// EksBlowfish: the key goes into the subkeys, and the tables are enciphered over and over with the salt.
function expand(cipher: Blowfish, key: Int32Array, salt: Int32Array): void {
  const { p, s } = cipher
  for (let i = 0; i < 18; i++) p[i] = (p[i] ?? 0) ^ (key[i] ?? 0)
  const block = new Int32Array(2)
  let at = 0
  for (const table of [p, s])
    for (let i = 0; i < table.length; i += 2) {
      block[0] = (block[0] ?? 0) ^ (salt[at] ?? 0)
      block[1] = (block[1] ?? 0) ^ (salt[at + 1] ?? 0)
      at ^= 2
      encipher(cipher, block, 0)
      table[i] = block[0]
      table[i + 1] = block[1]
    }
}

function encode(bytes: Uint8Array, length: number): string {
  let text = ''
  for (let bit = 0; text.length < length; bit += 6) {
    const at = bit >> 3
    const pair = ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0)
    text += digits[(pair >> (10 - (bit & 7))) & 63] ?? ''
  }
  return text
}

function decode(text: string): Uint8Array {
  const bytes = new Uint8Array(16)
  let value = 0
  let bits = 0
  let at = 0
  for (const digit of text) {
    value = (value << 6) | digits.indexOf(digit)
    bits += 6
    if (bits < 8) continue
    bits -= 8
    bytes[at++] = (value >> bits) & 255
  }
  return bytes
}
