/** Regular expressions of a configuration: PCRE as written, compiled for JavaScript over bytes. */
import { PatternError } from '../regex/cursor.ts'
import { spellPattern } from '../regex/pcre.ts'
import type { Spelled } from '../regex/spelling.ts'

/** nginx's sentence for an expression that does not compile. */
export class RegexError extends Error {}

/** Compiles; throws a RegexError. Strings matched are bytes, so characters beyond ASCII are theirs, as UTF-8. */
export function compileRegex(
  pattern: string,
  ignoreCase: boolean,
): { regex: RegExp; names: readonly string[] } {
  const bytes = Buffer.from(pattern, 'utf8').toString('latin1')
  const { source, groups, renumbered, names } = spelled(bytes, ignoreCase)
  try {
    return { regex: renumbered ? new RenumberedRegExp(source, groups) : new RegExp(source), names }
  } catch (cause) {
    // Too large for JavaScript's engine; nothing else can be wrong with what was spelled for it.
    const why = cause instanceof Error ? cause.message : String(cause)
    throw new RegexError(`pcre2_compile() failed: ${why} in "${pattern}"`, { cause })
  }
}

function spelled(bytes: string, ignoreCase: boolean): Spelled {
  try {
    return spellPattern(bytes, ignoreCase)
  } catch (cause) {
    if (!(cause instanceof PatternError)) throw cause
    const [whole, rest] = [bytes, bytes.slice(cause.offset)].map((text) =>
      Buffer.from(text, 'latin1').toString('utf8'),
    )
    const where = rest === '' ? '' : ` at "${rest}"`
    throw new RegexError(`pcre2_compile() failed: ${cause.message} in "${whole}"${where}`, { cause })
  }
}

/** An expression some of whose groups are not the pattern's own: what it finds has the pattern's numbers. */
class RenumberedRegExp extends RegExp {
  readonly #groups: readonly number[]

  constructor(source: string, groups: readonly number[]) {
    super(source)
    this.#groups = groups
  }

  override exec(text: string): RegExpExecArray | null {
    const found = super.exec(text)
    if (!found) return null
    const renumbered = this.#groups.map((group) => found[group]) as unknown as RegExpExecArray
    return Object.assign(renumbered, { index: found.index, input: found.input, groups: found.groups })
  }
}
