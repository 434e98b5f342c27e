/**
 * Where in nginx text a place stands: in which block, in which statement, in which word. The text may be half
 * written; what stands behind the place does not count, but for the rest of its word.
 */
import type { Context } from '../../config/directive.ts'

/** One open block around the place, outermost first. */
export interface OpenBlock {
  readonly name: string
  readonly args: readonly string[]
}

export interface TextPlace {
  readonly blocks: readonly OpenBlock[]
  /** What may stand here; `lines`: pairs, as in `map { }`. */
  readonly context: Context | 'lines'
  /** The words of the statement that stand before the one at the place, without quotes. */
  readonly before: readonly string[]
  /** The word at the place, as it is written; empty between words. */
  readonly word: { readonly from: number; readonly to: number; readonly text: string }
  readonly inComment: boolean
}

/** A word with its place, as it is written. */
interface Word {
  readonly from: number
  readonly to: number
}

/** `outer`: the context of the text's own top, where it is a piece of a file. */
export function placeAt(text: string, offset: number, outer: Context = 'main'): TextPlace {
  const blocks: OpenBlock[] = []
  let words: Word[] = []
  let at = 0
  const value = (word: Word): string => unquoted(text.slice(word.from, word.to))

  while (at < text.length) {
    const char = text[at] ?? ''
    if (char === '#' && !isWordChar(text[at - 1])) {
      const end = endOf(text, '\n', at)
      if (offset > at && offset <= end) return place(true, { from: offset, to: offset })
      if (offset <= at) break
      at = end
      continue
    }
    if (/[\s;{}]/.test(char)) {
      if (offset <= at) break
      if (char === '{') {
        const [name = '', ...args] = words.map(value)
        blocks.push({ name, args })
      } else if (char === '}') blocks.pop()
      if (char === '{' || char === '}' || char === ';') words = []
      at++
      continue
    }
    if (offset < at) break
    const word = { from: at, to: endOfWord(text, at) }
    if (offset <= word.to) return place(false, word)
    words.push(word)
    at = word.to
  }
  return place(false, { from: offset, to: offset })

  function place(inComment: boolean, word: Word): TextPlace {
    return {
      blocks,
      context: contextOf(blocks, outer),
      before: words.map(value),
      word: { ...word, text: text.slice(word.from, word.to) },
      inComment,
    }
  }
}

const tables: ReadonlySet<string> = new Set(['map', 'geo', 'split_clients', 'charset_map', 'types'])
const named: ReadonlySet<string> = new Set([
  'http',
  'server',
  'location',
  'events',
  'limit_except',
  'upstream',
])

function contextOf(blocks: readonly OpenBlock[], outer: Context): Context | 'lines' {
  let context: Context | 'lines' = outer
  for (const { name } of blocks) {
    if (tables.has(name)) context = 'lines'
    else if (name === 'if') context = context === 'server' ? 'server-if' : 'if'
    else if (named.has(name)) context = name as Context
  }
  return context
}

function isWordChar(char: string | undefined): boolean {
  return char !== undefined && !/[\s;{}]/.test(char)
}

function endOf(text: string, mark: string, from: number): number {
  const found = text.indexOf(mark, from)
  return found < 0 ? text.length : found
}

/** A word ends at white space, `;`, `{` or `}`; a quoted one at its quote, which may be missing yet. */
function endOfWord(text: string, from: number): number {
  const quote = text[from]
  if (quote === '"' || quote === "'") {
    for (let at = from + 1; at < text.length; at++) {
      if (text[at] === '\\') at++
      else if (text[at] === quote) return at + 1
      // A quote that is not closed on its line is still being written.
      else if (text[at] === '\n') return at
    }
    return text.length
  }
  let at = from
  while (at < text.length && isWordChar(text[at])) {
    if (text[at] === '\\') at++
    else if (text[at] === '$' && text[at + 1] === '{') at = Math.max(at, endOf(text, '}', at))
    at++
  }
  return Math.min(at, text.length)
}

function unquoted(word: string): string {
  const quote = word[0]
  if (quote !== '"' && quote !== "'") return word
  return word.slice(1, word.endsWith(quote) && word.length > 1 ? -1 : undefined)
}
