/**
 * The texts of a case: `\r`-style escapes, values known when the case runs (`%%PORT%%`), repeats
 * (`%%a*1000%%`), and in expectations wildcards (`%%DATE%%`). One character is one byte.
 */

export type Values = ReadonlyMap<string, string>

/** What may stand in an expectation for something that differs from run to run. */
const wildcards: Readonly<Record<string, string>> = {
  ANY: '[^\\r\\n]*',
  DATE: '[A-Z][a-z]{2}, \\d{2} [A-Z][a-z]{2} \\d{4} \\d{2}:\\d{2}:\\d{2} GMT',
  ETAG: '(?:W/)?"[^"\\r\\n]*"',
  HEX: '[0-9a-f]+',
  NUMBER: '\\d+',
  SECONDS: '\\d+\\.\\d{3}',
  // The one field in which the two programs may differ: who they are.
  SERVER: '(?:nginx|sluicegate)/\\d+\\.\\d+\\.\\d+',
  SERVER_NAME: '(?:nginx|sluicegate)',
}

const escapes: Readonly<Record<string, string>> = { r: '\r', n: '\n', t: '\t', '0': '\0', '\\': '\\' }

/** Values and repeats, nothing else: for configurations, files and regular expressions. */
export function substitute(text: string, values: Values): string {
  return text.replaceAll(
    /%%(?:((?:(?!%%).){1,40}?)\*(\d+)|([A-Z][A-Z0-9_]*))%%/gs,
    (whole, unit, count, name) => {
      if (name === undefined) return String(unit).repeat(Number(count))
      const value = values.get(String(name))
      if (value === undefined && !(String(name) in wildcards)) throw new Error(`unknown placeholder ${whole}`)
      return value ?? whole
    },
  )
}

/** Bytes to send: escapes, values, repeats. `%%LENGTH%%` is the number of bytes after the first blank line. */
export function toBytes(text: string, values: Values): string {
  const length = text.includes('%%LENGTH%%')
  const bytes = substitute(text.replaceAll('%%LENGTH%%', '\\x00LENGTH\\x00'), values)
  const unescaped = unescape(bytes)
  if (!length) return unescaped
  const body = unescaped.slice(unescaped.indexOf('\r\n\r\n') + 4)
  return unescaped.replaceAll('\0LENGTH\0', String(body.length))
}

function unescape(text: string): string {
  return text.replaceAll(/\\(x[0-9a-fA-F]{2}|.)/gs, (whole, escape: string) => {
    if (escape.length === 3) return String.fromCharCode(Number.parseInt(escape.slice(1), 16))
    const character = escapes[escape]
    if (character === undefined) throw new Error(`unknown escape ${whole}`)
    return character
  })
}

/** An expected text; `shown` is what a reader sees when it does not match. */
export type Pattern = { matches: (actual: string) => boolean; shown: string; source: string }

/** An expectation in which every byte counts except where a wildcard stands. */
export function toPattern(text: string, values: Values): Pattern {
  const shown = toBytes(text, values)
  const parts = shown.split(/%%([A-Z_]+)%%/)
  // split() with one group gives literal, wildcard, literal, wildcard, …, literal.
  const source = parts.map((part, index) => (index % 2 ? wildcards[part] : quote(part))).join('')
  if (parts.length === 1) return { matches: (actual) => actual === shown, shown, source }
  const regex = new RegExp(`^${source}$`)
  return { matches: (actual) => regex.test(actual), shown, source }
}

/** A regular expression of a case; placeholders in it stand for themselves, not for a pattern. */
export function toRegex(source: string, values: Values): RegExp {
  const quoted = new Map([...values].map(([name, value]) => [name, quote(value)]))
  const text = substitute(source, quoted).replaceAll(
    /%%([A-Z_]+)%%/g,
    (whole, name: string) => wildcards[name] ?? whole,
  )
  return new RegExp(text)
}

function quote(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|/-]/g, '\\$&')
}

/** One line a reader can see all bytes of. */
export function visible(text: string): string {
  const escaped = text.replaceAll(/[\\\r\n\t\0]|[^\x20-\x7e]/g, (character) => {
    const name = Object.entries(escapes).find(([, value]) => value === character)?.[0]
    return `\\${name ?? `x${character.charCodeAt(0).toString(16).padStart(2, '0')}`}`
  })
  return escaped.length <= 240
    ? escaped
    : `${escaped.slice(0, 150)} … (${text.length} bytes) … ${escaped.slice(-60)}`
}

/** Several lines, each ending where the bytes have a line end. */
export function visibleLines(text: string): string[] {
  return text.split(/(?<=\n)/).map(visible)
}
