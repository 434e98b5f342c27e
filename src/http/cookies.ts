/**
 * The value of a cookie in the Cookie fields of a request, nginx's `$cookie_`; names match whatever their case.
 * Source: ngx_http_parse_multi_header_lines.
 */
export function cookieValue(fields: readonly string[], name: string): string | undefined {
  for (const field of fields) {
    let start = 0
    while (start < field.length) {
      const value = valueAt(field, start, name)
      if (value !== undefined) return value
      const separator = /[;,] */.exec(field.slice(start))
      if (separator === null) break
      start += separator.index + separator[0].length
    }
  }
  return undefined
}

/**
 * The value of a cookie among the Set-Cookie fields of a response, nginx's `$upstream_cookie_`.
 * Source: ngx_http_parse_set_cookie_lines.
 */
export function setCookieValue(fields: readonly string[], name: string): string | undefined {
  for (const field of fields) {
    const value = valueAt(field, 0, name)
    if (value !== undefined) return value
  }
  return undefined
}

/** The value if the cookie that begins at `start` is the one. A comma ends a cookie, but not its value: so in nginx. */
function valueAt(field: string, start: number, name: string): string | undefined {
  const end = start + name.length
  if (field.slice(start, end).toLowerCase() !== name.toLowerCase()) return undefined
  return /^ *= *([^;]*)/.exec(field.slice(end))?.[1]
}

/** One part of a Set-Cookie: the cookie itself, which is the first, or an attribute; `Secure` has no value. */
export interface CookiePart {
  readonly name: string
  readonly value?: string
}

/** The parts of a Set-Cookie, spaces around names and values left out. Source: ngx_http_proxy_parse_cookie. */
export function parseSetCookie(field: string): CookiePart[] {
  return field.split(';').map((part) => {
    const equals = part.indexOf('=')
    if (equals < 0) return { name: trim(part) }
    return { name: trim(part.slice(0, equals)), value: trim(part.slice(equals + 1)) }
  })
}

/** The Set-Cookie that has these parts. Source: ngx_http_proxy_rewrite_cookie. */
export function formatSetCookie(parts: readonly CookiePart[]): string {
  return parts.map(({ name, value }) => (value === undefined ? name : `${name}=${value}`)).join('; ')
}

function trim(text: string): string {
  return text.replace(/^ +| +$/g, '')
}
