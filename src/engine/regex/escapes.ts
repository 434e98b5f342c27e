/** Escapes that stand for a byte, or for those of a Unicode property. */
import { inverted, propertySet, type ByteSet } from './byte-set.ts'
import type { Cursor } from './cursor.ts'

const asciiLetter = /[A-Za-z]/
const control: Readonly<Record<string, number>> = { a: 7, e: 27, f: 12, n: 10, r: 13, t: 9 }

/** PCRE's sentence for what only Perl has. */
export const noNames = 'PCRE2 does not support \\F, \\L, \\l, \\N{name}, \\U, or \\u'

/** The bytes of `\p{…}` and `\P{…}` whose letter has been read; undefined: it is another one. */
export function propertyEscape(cursor: Cursor, character: string): ByteSet | undefined {
  if (character !== 'p' && character !== 'P') return undefined
  const name = cursor.match(/\{\s*(\^?[\w&]+)\s*\}|([A-Za-z])/y)
  if (!name) throw cursor.wrong('malformed \\P or \\p sequence')
  const set = propertySet(name[1] ?? name[2] ?? '')
  if (!set) throw cursor.wrong('unknown property after \\P or \\p')
  return character === 'P' ? inverted(set) : set
}

/** The byte that an escape stands for whose letter has been read. */
export function byteEscape(cursor: Cursor, character: string): number {
  const named = control[character]
  if (named !== undefined) return named
  if (character === 'x') return hexadecimal(cursor)
  if (character === 'o') return braced(cursor, /\{([0-7]*)(\})?/y, 8)
  if (/[0-7]/.test(character)) {
    const more = cursor.match(/[0-7]{0,2}/y)?.[0] ?? ''
    const value = Number.parseInt(character + more, 8)
    if (value > 255) throw cursor.wrong('octal value is greater than \\377 in 8-bit non-UTF-8 mode')
    return value
  }
  if (character === 'c') {
    const next = cursor.match(/[ -~]/y)?.[0]
    if (next === undefined) throw cursor.wrong('\\c at end of pattern')
    return next.toUpperCase().charCodeAt(0) ^ 0x40
  }
  if (/[FLlUu]/.test(character)) throw cursor.wrong(noNames)
  if (asciiLetter.test(character)) throw cursor.wrong('unrecognized character follows \\', cursor.at - 1)
  return character.charCodeAt(0)
}

function hexadecimal(cursor: Cursor): number {
  if (cursor.peek('{')) return braced(cursor, /\{([0-9A-Fa-f]*)(\})?/y, 16)
  return Number.parseInt(cursor.match(/[0-9A-Fa-f]{1,2}/y)?.[0] ?? '0', 16)
}

function braced(cursor: Cursor, regex: RegExp, base: number): number {
  const [, digits = '', close] = cursor.match(regex) ?? []
  if (digits === '' && cursor.ended) throw cursor.wrong('digits missing in \\x{} or \\o{} or \\N{U+}')
  const kind = base === 8 ? 'non-octal character in \\o{}' : 'non-hex character in \\x{}'
  if (digits === '' || close === undefined) throw cursor.wrong(`${kind} (closing brace missing?)`)
  const value = Number.parseInt(digits, base)
  if (value > 255)
    throw cursor.wrong('character code point value in \\x{} or \\o{} is too large', cursor.at - 1)
  return value
}
