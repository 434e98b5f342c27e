/** The first crypt(3): DES with a salt of twelve bits. Tables and bit numbers are those of FIPS 46-3. */
import { digitValue, toDigits } from './base64-crypt.ts'

type Bits = Uint8Array

const initialPermutation = [2, 4, 6, 8, 1, 3, 5, 7].flatMap((first) =>
  [56, 48, 40, 32, 24, 16, 8, 0].map((row) => row + first),
)
const finalPermutation = inverse(initialPermutation)
const expansion = Array.from({ length: 48 }, (_none, i) => ((4 * Math.floor(i / 6) + (i % 6) + 31) % 32) + 1)
const roundPermutation = [
  16, 7, 20, 21, 29, 12, 28, 17, 1, 15, 23, 26, 5, 18, 31, 10, 2, 8, 24, 14, 32, 27, 3, 9, 19, 13, 30, 6, 22,
  11, 4, 25,
]
const keyChoice = [
  57, 49, 41, 33, 25, 17, 9, 1, 58, 50, 42, 34, 26, 18, 10, 2, 59, 51, 43, 35, 27, 19, 11, 3, 60, 52, 44, 36,
  63, 55, 47, 39, 31, 23, 15, 7, 62, 54, 46, 38, 30, 22, 14, 6, 61, 53, 45, 37, 29, 21, 13, 5, 28, 20, 12, 4,
]
const subkeyChoice = [
  14, 17, 11, 24, 1, 5, 3, 28, 15, 6, 21, 10, 23, 19, 12, 4, 26, 8, 16, 7, 27, 20, 13, 2, 41, 52, 31, 37, 47,
  55, 30, 40, 51, 45, 33, 48, 44, 49, 39, 56, 34, 53, 46, 42, 50, 36, 29, 32,
]
const shifts = [1, 1, 2, 2, 2, 2, 2, 2, 1, 2, 2, 2, 2, 2, 2, 1]
// Rows of hexadecimal digits: four rows of sixteen for each box.
const boxes = [
  'e4d12fb83a6c59070f74e2d1a6cb953841e8d62bfc973a50fc8249175b3ea06d',
  'f18e6b34972dc05a3d47f28ec01a69b50e7ba4d158c6932fd8a13f42b67c05e9',
  'a09e63f51dc7b428d709346a285ecbf1d6498f30b12c5ae71ad069874fe3b52c',
  '7de3069a1285bc4fd8b56f03472c1ae9a690cb7df13e52843f06a1d8945bc72e',
  '2c417ab6853fd0e9eb2c47d150fa3986421bad78f9c5630eb8c71e2d6f09a453',
  'c1af92680d34e75baf427c9561de0b389ef528c3704a1db6432c95fabe17608d',
  '4b2ef08d3c975a61d0b7491ae35c2f8614bdc37eaf6805926bd814a7950fe23c',
  'd2846fb1a93e50c71fd8a374c56b0e927b419ce206adf35821e74a8dfc90356b',
].map((row) => Array.from(row, (digit) => parseInt(digit, 16)))

/**
 * The whole hash of a key; of `stored` the first two characters count. Undefined where they are no salt.
 * Only eight characters of the key count, seven bits of each.
 */
export function desCrypt(key: Buffer, stored: string): string | undefined {
  const low = digitValue(stored.charAt(0))
  const high = digitValue(stored.charAt(1))
  if (low < 0 || high < 0) return undefined
  const subkeys = subkeysOf(key)
  const salt = low | (high << 6)
  let block: Bits = new Uint8Array(64)
  for (let round = 0; round < 25; round++) block = encipher(block, subkeys, salt)
  return stored.slice(0, 2) + encode(block)
}

function pick(bits: Bits, table: readonly number[]): Bits {
  return Uint8Array.from(table, (at) => bits[at - 1] ?? 0)
}

function subkeysOf(key: Buffer): Bits[] {
  const bits = new Uint8Array(64)
  for (let i = 0; i < 64; i++) bits[i] = ((key[i >> 3] ?? 0) >> (6 - (i & 7))) & (i % 8 === 7 ? 0 : 1)
  let chosen = pick(bits, keyChoice)
  return shifts.map((shift) => {
    const turned = chosen.map((_bit, i) => chosen[(i < 28 ? 0 : 28) + (((i % 28) + shift) % 28)] ?? 0)
    chosen = turned
    return pick(turned, subkeyChoice)
  })
}

function encipher(block: Bits, subkeys: readonly Bits[], salt: number): Bits {
  const bits = pick(block, initialPermutation)
  let left: Bits = bits.slice(0, 32)
  let right: Bits = bits.slice(32)
  for (const subkey of subkeys) {
    const mixed = scramble(right, subkey, salt).map((bit, i) => bit ^ (left[i] ?? 0))
    left = right
    right = mixed
  }
  return pick(Uint8Array.from([...right, ...left]), finalPermutation)
}

function scramble(half: Bits, subkey: Bits, salt: number): Bits {
  const wide = pick(half, expansion)
  // Each bit of the salt that is set exchanges two bits of the expanded half.
  for (let i = 0; i < 12; i++)
    if ((salt >> i) & 1) {
      const bit = wide[i] ?? 0
      wide[i] = wide[i + 24] ?? 0
      wide[i + 24] = bit
    }
  const out = new Uint8Array(32)
  boxes.forEach((box, i) => {
    const six = Array.from({ length: 6 }, (_none, j) => (wide[6 * i + j] ?? 0) ^ (subkey[6 * i + j] ?? 0))
    const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0] = six
    const value = box[((2 * a + f) << 4) | (8 * b + 4 * c + 2 * d + e)] ?? 0
    for (let j = 0; j < 4; j++) out[4 * i + j] = (value >> (3 - j)) & 1
  })
  return pick(out, roundPermutation)
}

// 64 bits as eleven digits, the highest bit of each first.
function encode(block: Bits): string {
  let text = ''
  for (let at = 0; at < 64; at += 6) {
    let value = 0
    for (let i = 0; i < 6; i++) value = (value << 1) | (block[at + i] ?? 0)
    text += toDigits(value, 1)
  }
  return text
}

function inverse(table: readonly number[]): number[] {
  const back = new Array<number>(table.length).fill(0)
  table.forEach((from, to) => (back[from - 1] = to + 1))
  return back
}
