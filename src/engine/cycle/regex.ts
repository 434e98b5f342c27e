/** Regular expressions of a configuration: PCRE as written, compiled for JavaScript over bytes. */

/** nginx's sentence for an expression that does not compile. */
export class RegexError extends Error {}

const posixClasses: Readonly<Record<string, string>> = {
  alpha: 'A-Za-z',
  digit: '0-9',
  alnum: 'A-Za-z0-9',
  upper: 'A-Z',
  lower: 'a-z',
  space: '\\s',
  xdigit: '0-9A-Fa-f',
  word: '\\w',
  punct: '!-\\/:-@\\[-`{-~',
}

// Unicode properties of single bytes, which is all that is matched.
const properties: Readonly<Record<string, string>> = {
  N: '0-9',
  Nd: '0-9',
  L: 'A-Za-z',
  Lu: 'A-Z',
  Ll: 'a-z',
}

function property(all: string, name: string, offset: number, pattern: string): string {
  const bytes = properties[name]
  if (bytes === undefined) return all
  const inBrackets = pattern.lastIndexOf('[', offset) > pattern.lastIndexOf(']', offset)
  return inBrackets ? bytes : `[${bytes}]`
}

/**
 * PCRE's spellings that JavaScript lacks: `(?P<n>`, a leading `(?i)`, `\A`, `\z`, `\Z`, `\h`, possessive
 * `\Q…\E`, `\p{N}`, quantifiers and atomic groups (which only forbid backtracking), POSIX classes.
 */
export function toJavaScript(pattern: string): { source: string; ignoreCase: boolean } {
  let source = pattern
  let ignoreCase = false
  const lead = /^\(\?([ims]+)\)/.exec(source)
  if (lead) {
    ignoreCase = (lead[1] ?? '').includes('i')
    source = source.slice(lead[0].length)
  }
  source = source
    .replace(/\\Q(.*?)(?:\\E|$)/gs, (_all, literal: string) =>
      literal.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&'),
    )
    .replace(/\\p\{(\w+)\}/g, property)
    .replace(/\(\?P</g, '(?<')
    .replace(/\(\?P=(\w+)\)/g, '\\k<$1>')
    .replace(/\(\?>/g, '(?:')
    .replace(/\\A/g, '^')
    .replace(/\\[zZ]/g, '$')
    .replace(/\\h/g, '[ \\t]')
    .replace(/([*+?}])\+/g, '$1')
    .replace(/\[:(\w+):\]/g, (all, name: string) => posixClasses[name] ?? all)
  return { source, ignoreCase }
}

/** Compiles; throws a RegexError. Strings matched are bytes, so characters beyond ASCII are theirs, as UTF-8. */
export function compileRegex(
  pattern: string,
  ignoreCase: boolean,
): { regex: RegExp; names: readonly string[] } {
  const { source, ignoreCase: inline } = toJavaScript(Buffer.from(pattern, 'utf8').toString('latin1'))
  try {
    const regex = new RegExp(source, ignoreCase || inline ? 'is' : 's')
    return { regex, names: groupNames(source) }
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause)
    throw new RegexError(
      `pcre_compile() failed: ${why.replace(/^Invalid regular expression: /, '')} in "${pattern}"`,
      { cause },
    )
  }
}

function groupNames(source: string): string[] {
  return [...source.matchAll(/\(\?<([A-Za-z_]\w*)>/g)].map((m) => m[1] ?? '')
}
