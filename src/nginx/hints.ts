/** What probably was meant, where nginx only says what it cannot read. */
import { directiveNamed } from '../config/directives.ts'
import type { Statement } from '../config/statement.ts'

/** A directive's name among the arguments means that the line before it was not ended. */
export function missingSemicolon({ name, args }: Statement): string | undefined {
  const next = args.find((arg) => /^[a-z_]{4,}$/.test(arg) && directiveNamed(arg, 'main') !== undefined)
  return next === undefined ? undefined : `end "${name}" with ";" before "${next}"`
}

// https://nginx.org/en/docs/http/ngx_http_upstream_module.html and others say "commercial subscription" of these.
const commercial: ReadonlySet<string> = new Set([
  'api',
  'health_check',
  'keyval',
  'keyval_zone',
  'least_time',
  'match',
  'ntlm',
  'proxy_cache_purge',
  'queue',
  'session_log',
  'session_log_zone',
  'state',
  'status_zone',
  'sticky',
  'sticky_cookie_insert',
  'upstream_conf',
])

/** For a name nobody knows: the known one that differs by one or two letters, or a regex cut at its brace. */
export function unknownNameHint(name: string, known: Iterable<string>): string | undefined {
  if (/^\d+(,\d*)?\}/.test(name))
    return 'put quotes around the regular expression: "{" opens a block without them'
  if (name.startsWith('\uFEFF')) return 'save the file as UTF-8 without a byte order mark'
  if (commercial.has(name)) return `take it out: nginx 1.22.1 has "${name}" in its commercial edition only`
  const limit = name.length < 6 ? 1 : 2
  for (const other of known)
    if (Math.abs(other.length - name.length) <= limit && distance(name, other) <= limit)
      return `did you mean "${other}"?`
  return undefined
}

/** How many letters must be changed, added or taken out (Levenshtein). */
function distance(a: string, b: string): number {
  let row = [...Array(b.length + 1).keys()]
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const swap = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1)
      next.push(Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, swap))
    }
    row = next
  }
  return row[b.length] ?? 0
}
