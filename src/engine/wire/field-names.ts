import { latin1 } from './latin1.ts'

/**
 * Field names, lower-cased without making a string: each name that came is kept once, with the name that came
 * behind it. The next head mostly has the same names in the same order, so a name is first compared with the one that
 * is expected, and looked up by a hash of its bytes only if it is another. Bounded: a client that invents names fills
 * the table once and pays for its own strings from then on.
 */

/** The lower-case form of each byte that a valid field name may hold (letters, digits, `-`); 0 for others. */
export const lowerNameByte = new Uint8Array(256)
for (const c of 'abcdefghijklmnopqrstuvwxyz0123456789-') {
  lowerNameByte[c.charCodeAt(0)] = c.charCodeAt(0)
  lowerNameByte[c.toUpperCase().charCodeAt(0)] = c.charCodeAt(0)
}

/** The names that decide how a message is framed and where it goes; the first of all kept names. */
export const framingNames = [
  'host',
  'connection',
  'content-length',
  'transfer-encoding',
  'expect',
  'upgrade',
  'if-modified-since',
  'if-unmodified-since',
  'if-match',
  'if-none-match',
  'content-range',
  'if-range',
  'authorization',
] as const

export type FramingName = (typeof framingNames)[number]

/** What stands for a name that is not kept, and for the one before the first. */
export const noName = 0
/** The numbers of `framingNames` are 1 to this. */
export const lastFramingName = framingNames.length

// A name that is longer comes too seldom to be worth the room.
const longestName = 64
const mostNames = 2048
const slotCount = 4096
// A lookup gives up after this many: names that are made to collide cost no more.
const mostProbes = 8

const names: string[] = ['']
const lengths = new Uint8Array(mostNames)
const spellings = new Uint8Array(mostNames * longestName)
const followers = new Uint16Array(mostNames)
const slots = new Uint16Array(slotCount)

/** The next hash of a name from the hash so far and the lower-case byte that follows. */
export function nextHash(hash: number, lowerByte: number): number {
  return (Math.imul(hash, 31) + lowerByte) | 0
}

/** The lower-case name that a number stands for. */
export function nameOf(id: number): string {
  return names[id] ?? ''
}

/** The name that is expected behind `previous` if it stands at `from`, ended by a colon before `end`; else `noName`. */
export function expectedName(buffer: Buffer, from: number, end: number, previous: number): number {
  const id = followers[previous] ?? noName
  const length = lengths[id] ?? 0
  if (buffer[from + length] !== 0x3a || from + length >= end) return noName
  const at = id * longestName
  for (let i = 0; i < length; i++) if (buffer[from + i] !== spellings[at + i]) return noName
  return id
}

/**
 * The number of the valid name at `from` to `to`, whose lower-case bytes gave `hash`; `noName` if it cannot be kept.
 * It is what is expected behind `previous` from now on.
 */
export function internName(buffer: Buffer, from: number, to: number, hash: number, previous: number): number {
  const length = to - from
  if (length > longestName) return noName
  let slot = (hash ^ (hash >>> 12)) & (slotCount - 1)
  for (let probe = 0; probe < mostProbes; probe++) {
    let id = slots[slot] ?? noName
    if (id === noName) {
      if (names.length === mostNames) return noName
      id = names.length
      names.push(lowerText(latin1(buffer, from, to)))
      lengths[id] = length
      slots[slot] = id
    } else if (!sameName(id, buffer, from, length)) {
      slot = (slot + 1) & (slotCount - 1)
      continue
    }
    for (let i = 0; i < length; i++) spellings[id * longestName + i] = buffer[from + i] ?? 0
    followers[previous] = id
    return id
  }
  return noName
}

function sameName(id: number, buffer: Buffer, from: number, length: number): boolean {
  if (lengths[id] !== length) return false
  const at = id * longestName
  for (let i = 0; i < length; i++) {
    // Both were read as valid names, so each of their bytes is in the table.
    if (lowerNameByte[spellings[at + i] ?? 0] !== lowerNameByte[buffer[from + i] ?? 0]) return false
  }
  return true
}

/** The text with A to Z in lower case and every other byte as it is, as nginx's ngx_strlow. */
export function lowerText(text: string): string {
  return text.replace(/[A-Z]+/g, (upper) => upper.toLowerCase())
}

for (const name of framingNames) {
  const bytes = Buffer.from(name)
  internName(bytes, 0, bytes.length, bytes.reduce(nextHash, 0), noName)
}
