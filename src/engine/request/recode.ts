/** Other charsets for bodies: the tables of `charset_map` (ngx_http_charset_filter_module). Text is bytes, one a character. */
import type { CharsetMap } from '../../config/model.ts'

/** Recodes a body piece by piece. */
export interface Recoder {
  /** Whether the length changes. */
  readonly stretches: boolean
  /** A piece; what is cut in the middle of a character waits for the next one. */
  recode(text: string): string
}

/** All tables of a configuration; names do not depend on case. */
export class Charsets {
  readonly #recoders = new Map<string, () => Recoder>()

  constructor(maps: readonly CharsetMap[]) {
    for (const { from, to, entries } of maps) {
      const pairs = entries.map(([a, b]) => [Number.parseInt(a, 16), bytesOfHex(b)] as const)
      if (to.toLowerCase() === 'utf-8') {
        const table = byteTable(pairs)
        this.#recoders.set(key(from, to), () => ({ stretches: true, recode: (text) => each(text, table) }))
        const characters = new Map(pairs.map(([byte, utf8]) => [utf8, String.fromCharCode(byte)]))
        this.#recoders.set(key(to, from), () => new FromUtf8(characters))
      } else {
        const there = byteTable(pairs)
        const back = byteTable(pairs.map(([a, b]) => [b.charCodeAt(0), String.fromCharCode(a)] as const))
        this.#recoders.set(key(from, to), () => ({ stretches: false, recode: (text) => each(text, there) }))
        this.#recoders.set(key(to, from), () => ({ stretches: false, recode: (text) => each(text, back) }))
      }
    }
  }

  /** What makes a recoder for one body; undefined: nobody has said how. */
  recoder(from: string, to: string): (() => Recoder) | undefined {
    return this.#recoders.get(key(from, to))
  }
}

function key(from: string, to: string): string {
  return `${from} ${to}`.toLowerCase()
}

function bytesOfHex(digits: string): string {
  const padded = digits.length % 2 === 0 ? digits : `0${digits}`
  return Buffer.from(padded, 'hex').toString('latin1')
}

// What is not said: ASCII stays, all else is unknown.
function byteTable(pairs: readonly (readonly [number, string])[]): string[] {
  const table = Array.from({ length: 256 }, (_, c) => (c < 128 ? String.fromCharCode(c) : '?'))
  for (const [byte, character] of pairs) table[byte] = character
  return table
}

function each(text: string, table: readonly string[]): string {
  let out = ''
  for (let i = 0; i < text.length; i++) out += table[text.charCodeAt(i)] ?? ''
  return out
}

class FromUtf8 implements Recoder {
  readonly stretches = true
  readonly #characters: ReadonlyMap<string, string>
  #waiting = ''

  constructor(characters: ReadonlyMap<string, string>) {
    this.#characters = characters
  }

  recode(piece: string): string {
    const text = this.#waiting + piece
    const whole = text.length - unfinished(text)
    this.#waiting = text.slice(whole)
    return text.slice(0, whole).replace(sequences, (sequence) => this.#one(sequence))
  }

  #one(sequence: string): string {
    const known = this.#characters.get(sequence)
    if (known !== undefined) return known
    const text = Buffer.from(sequence, 'latin1').toString('utf8')
    const code = text.codePointAt(0) ?? 0
    // Replacement character: these bytes are no character.
    return code === 0xfffd && sequence !== '\xef\xbf\xbd' ? '?' : `&#${code};`
  }
}

const sequences = /[\xc2-\xdf][\x80-\xff]|[\xe0-\xef][\x80-\xff]{2}|[\xf0-\xff][\x80-\xff]{3}|[\x80-\xff]/g

/** How many bytes at the end begin a character that is not whole yet. */
function unfinished(text: string): number {
  for (let back = 1; back <= Math.min(3, text.length); back++) {
    const c = text.charCodeAt(text.length - back)
    if (c < 0x80) return 0
    const length = c >= 0xf0 ? 4 : c >= 0xe0 ? 3 : c >= 0xc2 ? 2 : 1
    if (length > 1) return length > back ? back : 0
  }
  return 0
}
