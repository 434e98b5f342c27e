import { latin1 } from './latin1.ts'

/**
 * Field names, lower-cased without making a string: the bytes of a name are hashed as they are
 * read, and the hash finds the one string that stands for them. Bounded, so that a client that
 * invents names fills it once and then pays for its own strings.
 */

/** The lower-case form of each byte that a valid field name may hold (letters, digits, `-`); 0 for others. */
export const lowerNameByte = new Uint8Array(256)
for (const c of 'abcdefghijklmnopqrstuvwxyz0123456789-') {
  lowerNameByte[c.charCodeAt(0)] = c.charCodeAt(0)
  lowerNameByte[c.toUpperCase().charCodeAt(0)] = c.charCodeAt(0)
}

const slotBits = 12
const slotCount = 1 << slotBits
// Half full at most, so that a probe ends soon.
const mostNames = slotCount / 2
// No name that repeats is longer; longer ones are not worth a place.
const longestName = 64
// A lookup gives up after this many slots: names made to collide cost no more than that.
const mostProbes = 8

const names: string[] = new Array<string>(slotCount).fill('')
const bytes = new Uint8Array(slotCount * longestName)
let count = 0

/** The next hash of a name from the hash so far and the lower-case byte that follows. */
export function nextHash(hash: number, lowerByte: number): number {
  return (Math.imul(hash, 31) + lowerByte) | 0
}

/** The lower-case string of the valid name at `from` to `to`, whose bytes gave `hash`. */
export function internName(buffer: Buffer, from: number, to: number, hash: number): string {
  const length = to - from
  if (length > longestName) return lowerText(latin1(buffer, from, to))
  let slot = (hash ^ (hash >>> slotBits)) & (slotCount - 1)
  for (let probe = 0; probe < mostProbes; probe++) {
    const name = names[slot] ?? ''
    if (name === '') return keep(slot, buffer, from, to)
    if (name.length === length && sameName(slot * longestName, buffer, from, length)) return name
    slot = (slot + 1) & (slotCount - 1)
  }
  return lowerText(latin1(buffer, from, to))
}

function sameName(at: number, buffer: Buffer, from: number, length: number): boolean {
  for (let i = 0; i < length; i++) {
    // The buffer was read as a valid name before, so each of its bytes is in the table.
    if (bytes[at + i] !== lowerNameByte[buffer[from + i] ?? 0]) return false
  }
  return true
}

function keep(slot: number, buffer: Buffer, from: number, to: number): string {
  const name = lowerText(latin1(buffer, from, to))
  if (count >= mostNames) return name
  count++
  names[slot] = name
  for (let i = 0; i < name.length; i++) bytes[slot * longestName + i] = name.charCodeAt(i)
  return name
}

/** The text with A to Z in lower case and every other byte as it is, as nginx's ngx_strlow. */
export function lowerText(text: string): string {
  return text.replace(/[A-Z]+/g, (upper) => upper.toLowerCase())
}
