/** Texts and conditions of SSI commands (ngx_http_ssi_evaluate_string, ngx_http_ssi_if). */

/** Looks up a variable by its lower-case name. */
export type Lookup = (name: string) => string | undefined

/** What is wrong, in nginx's words. */
export class SsiError extends Error {}

/** A text with its variables; a backslash stands in front of `\ ' " $` that mean themselves. */
export function expand(text: string, lookup: Lookup): string {
  let out = ''
  for (let at = 0; at < text.length;) {
    const dollar = dollarIn(text, at)
    out += unquoted(text.slice(at, dollar))
    if (dollar === text.length) return out
    const { name, end } = nameAt(text, dollar + 1)
    out += lookup(name.toLowerCase()) ?? ''
    at = end
  }
  return out
}

function dollarIn(text: string, from: number): number {
  for (let i = from; i < text.length; i++) {
    if (text[i] === '$') return i
    if (text[i] === '\\') i++
  }
  return text.length
}

function unquoted(text: string): string {
  return text.replace(/\\([^]|$)/g, (all, c: string) => ('\\\'"$'.includes(c) ? c : all))
}

function nameAt(text: string, start: number): { name: string; end: number } {
  const bracket = text[start] === '{'
  const from = bracket ? start + 1 : start
  const name = /^\w*/.exec(text.slice(from))?.[0] ?? ''
  const end = from + name.length
  if (from === text.length) throw new SsiError(`invalid variable name in "${text}"`)
  if (bracket && text[end] !== '}') throw new SsiError(`the closing bracket in "${name}" variable is missing`)
  if (name === '') throw new SsiError(`invalid variable name in "${text}"`)
  return { name, end: bracket ? end + 1 : end }
}

/** Whether `expr` of an `if` holds: a text that is not empty, `a = b`, `a != b`, `a = /regex/`. */
export function holds(
  expr: string,
  lookup: Lookup,
  matches: (pattern: string, text: string) => boolean,
): boolean {
  const match = /^([A-Za-z0-9${}_"']*) *(?:(!?=) *([^]*))?$/.exec(expr)
  if (!match) throw new SsiError(`invalid expression in "${expr}"`)
  const [, first = '', operator, second = ''] = match
  const left = expand(first.toLowerCase(), lookup)
  if (operator === undefined) return left !== ''
  const isRegex = second.length > 1 && second.startsWith('/')
  if (isRegex && !second.endsWith('/')) throw new SsiError(`invalid expression in "${expr}"`)
  const right = expand(isRegex ? second.slice(1, -1) : second.replace(/^\\\/(?=[^])/, '/'), lookup)
  return (isRegex ? matches(right, left) : left === right) === (operator === '=')
}
