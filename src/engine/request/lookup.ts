/** Looking things up in fields, cookies and arguments the way nginx's variables do. */
import { fieldValue, type FieldLines } from '../wire/fields.ts'

/** Seconds with three decimals, as nginx prints times. */
export function seconds(ms: number): string {
  return (Math.max(0, Math.floor(ms)) / 1000).toFixed(3)
}

/** `$http_name` of these fields: the first one whose name fits, `-` read as `_` (ngx_http_variable_unknown_header). */
export function fieldNamed(fields: FieldLines, variable: string): string | undefined {
  const { names } = fields
  for (let i = 0; i < names.length; i++) {
    const name = names[i] ?? ''
    if (name.length === variable.length && (name === variable || name.replaceAll('-', '_') === variable))
      return fieldValue(fields, i)
  }
  return undefined
}

/** The value of one cookie of a Cookie field (ngx_http_parse_multi_header_lines). */
export function cookieNamed(header: string, name: string): string | undefined {
  const lower = name.toLowerCase()
  for (const pair of header.split(/[;,]/)) {
    const trimmed = pair.replace(/^ +/, '')
    const eq = trimmed.indexOf('=')
    if (eq > 0 && trimmed.slice(0, eq).trimEnd().toLowerCase() === lower)
      return trimmed.slice(eq + 1).trimStart()
  }
  return undefined
}

/** The value of a Set-Cookie field if it sets the cookie of this name (ngx_http_parse_set_cookie_lines). */
export function setCookieNamed(field: string, name: string): string | undefined {
  if (field.slice(0, name.length).toLowerCase() !== name.toLowerCase()) return undefined
  const rest = field.slice(name.length).replace(/^ +/, '')
  if (!rest.startsWith('=')) return undefined
  const end = rest.indexOf(';')
  return rest.slice(1, end < 0 ? undefined : end).replace(/^ +/, '')
}

/** `$arg_name`: the first argument of that name, any case, as received. */
export function argNamed(args: string, name: string): string | undefined {
  const wanted = name.toLowerCase()
  for (let start = 0; start <= args.length;) {
    let end = args.indexOf('&', start)
    if (end < 0) end = args.length
    if (
      args.charCodeAt(start + wanted.length) === 0x3d &&
      args.slice(start, start + wanted.length).toLowerCase() === wanted
    )
      return args.slice(start + wanted.length + 1, end)
    start = end + 1
  }
  return undefined
}
