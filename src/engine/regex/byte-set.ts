/** Sets of bytes, as character classes of a regular expression have them. */

/** One flag for each of the 256 bytes. */
export type ByteSet = Uint8Array

/** The bytes of `from-to` pairs and single characters of a text. */
export function bytesOf(ranges: string): ByteSet {
  const set = new Uint8Array(256)
  for (const [, from = '', to = from] of ranges.matchAll(/([^])(?:-([^]))?/g))
    set.fill(1, from.charCodeAt(0), to.charCodeAt(0) + 1)
  return set
}

export function inverted(set: ByteSet): ByteSet {
  return set.map((flag) => 1 - flag)
}

export function addAll(set: ByteSet, other: ByteSet): void {
  other.forEach((flag, byte) => {
    if (flag) set[byte] = 1
  })
}

/** Letters in both cases: only those of ASCII have two, as in PCRE's own tables. */
export function addOtherCase(set: ByteSet): void {
  for (let upper = 0x41; upper <= 0x5a; upper++) {
    if (set[upper] || set[upper + 0x20]) set[upper] = set[upper + 0x20] = 1
  }
}

const space = bytesOf('\t-\r ')
const digit = bytesOf('0-9')
const word = bytesOf('A-Za-z0-9_')
const horizontal = bytesOf('\t \u00a0')
const vertical = bytesOf('\n-\r\u0085')

/** What `\d` and companions stand for. */
export const escapedSets: Readonly<Record<string, ByteSet>> = {
  d: digit,
  D: inverted(digit),
  s: space,
  S: inverted(space),
  w: word,
  W: inverted(word),
  h: horizontal,
  H: inverted(horizontal),
  v: vertical,
  V: inverted(vertical),
  N: inverted(bytesOf('\n')),
}

/** What `[:alpha:]` and companions stand for, in the C locale. */
export const posixSets: Readonly<Record<string, ByteSet>> = {
  alpha: bytesOf('A-Za-z'),
  lower: bytesOf('a-z'),
  upper: bytesOf('A-Z'),
  alnum: bytesOf('A-Za-z0-9'),
  ascii: bytesOf('\0-\x7f'),
  blank: bytesOf('\t '),
  cntrl: bytesOf('\0-\x1f\x7f'),
  digit,
  graph: bytesOf('!-~'),
  print: bytesOf(' -~'),
  punct: bytesOf('!-/:-@[-`{-~'),
  space,
  word,
  xdigit: bytesOf('0-9A-Fa-f'),
}

/** The bytes that have a Unicode property (`\p{L}`, `\p{Greek}`); undefined: there is no such property. */
export function propertySet(name: string): ByteSet | undefined {
  const negative = name.startsWith('^')
  const known = propertyTest(negative ? name.slice(1) : name)
  if (!known) return undefined
  const set = new Uint8Array(256).map((_, byte) => (known(String.fromCharCode(byte)) ? 1 : 0))
  return negative ? inverted(set) : set
}

function propertyTest(name: string): ((character: string) => boolean) | undefined {
  if (name === 'Any') return () => true
  if (name === 'L&') return (character) => /[\p{Lu}\p{Ll}\p{Lt}]/u.test(character)
  for (const spelled of [name, `Script=${name}`]) {
    try {
      const regex = new RegExp(`^\\p{${spelled}}$`, 'u')
      return (character) => regex.test(character)
    } catch {
      // Not a property of this kind.
    }
  }
  return undefined
}

/** A set as JavaScript spells it. */
export function classSource(set: ByteSet): string {
  const ranges: string[] = []
  let size = 0
  for (let byte = 0; byte < 256; byte++) {
    if (!set[byte]) continue
    const from = byte
    while (set[byte + 1]) byte++
    size += byte - from + 1
    ranges.push(from === byte ? spelled(from) : `${spelled(from)}-${spelled(byte)}`)
  }
  if (size === 0) return '(?!)'
  if (size === 256) return '[^]'
  const [only = ''] = ranges
  if (size === 1) return only
  // Long classes are mostly those of what is not: spelled so, they are read (and matched) sooner.
  return size > 128 ? `[^${rangesOf(inverted(set))}]` : `[${ranges.join('')}]`
}

function rangesOf(set: ByteSet): string {
  return classSource(set).replace(/^\[|\]$/g, '')
}

/** One byte, where a literal or a member of a class may stand. */
function spelled(byte: number): string {
  const character = String.fromCharCode(byte)
  return /[A-Za-z0-9_/ ]/.test(character) ? character : `\\x${byte.toString(16).padStart(2, '0')}`
}
