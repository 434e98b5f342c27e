/** Pieces of an expression for JavaScript, whose groups are numbered when all of it is there. */
import { PatternError } from './cursor.ts'

/**
 * Text; the beginning of a capturing group; both ends of what gives nothing back, which is made of a capturing
 * group in JavaScript and shifts the numbers of those behind it; a reference to a group of the pattern.
 */
export type Token =
  | string
  | { readonly opens: number; readonly name: string }
  | { readonly atomic: object }
  | { readonly endsAtomic: object }
  | { readonly refers: number | string; readonly at: number; readonly caseless: boolean }

/** A pattern for JavaScript, without flags. */
export interface Spelled {
  readonly source: string
  /** For each group of the pattern, from 0: the group of `source` that holds it. */
  readonly groups: readonly number[]
  /** `source` has other groups than the pattern. */
  readonly renumbered: boolean
  /** Names of groups, in order. */
  readonly names: readonly string[]
}

// What a look-ahead has found it does not look for again, and what it found is then taken as it is.
export function atomic(tokens: readonly Token[]): Token[] {
  const id = {}
  return [{ atomic: id }, ...tokens, { endsAtomic: id }]
}

/** The whole expression. Throws a PatternError where a reference has no group. */
export function numbered(tokens: readonly Token[], names: ReadonlyMap<string, number>): Spelled {
  const groups: number[] = [0]
  const atomics = new Map<object, number>()
  let count = 0
  for (const token of tokens) {
    if (typeof token === 'string') continue
    if ('opens' in token) groups[token.opens] = ++count
    else if ('atomic' in token) atomics.set(token.atomic, ++count)
  }
  const source = tokens.map((token) => {
    if (typeof token === 'string') return token
    if ('opens' in token) return token.name === '' ? '(' : `(?<${token.name}>`
    if ('atomic' in token) return '(?:(?=('
    if ('endsAtomic' in token) return `))\\${atomics.get(token.endsAtomic) ?? 0})`
    const group = typeof token.refers === 'string' ? names.get(token.refers) : token.refers
    const number = group === undefined || group < 1 ? undefined : groups[group]
    if (number === undefined) throw new PatternError('reference to non-existent subpattern', token.at)
    return token.caseless ? `(?i:\\${number})` : `(?:\\${number})`
  })
  return { source: source.join(''), groups, renumbered: atomics.size > 0, names: [...names.keys()] }
}
