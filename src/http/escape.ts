/** Percent-escaping as nginx does it (ngx_escape_uri, ngx_unescape_uri); strings hold bytes, one a character. */

function tableOf(characters: string): Uint8Array {
  const table = new Uint8Array(256)
  for (let c = 0; c < 256; c++) {
    table[c] = c < 0x21 || c > 0x7e || characters.includes(String.fromCharCode(c)) ? 1 : 0
  }
  return table
}

const inPath = tableOf('"#%<>?\\^`{|}')
const inArgs = tableOf('"#%<>?\\^`{|}&+;')
const inComponent = tableOf('!"#$%&\'()*+,/:;<=>?@[\\]^`{|}')

const inHtml = tableOf('"#%\'<>\\^`{|}')

function escape(text: string, table: Uint8Array): string {
  let escaped = ''
  let from = 0
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i)
    if (table[c] === 0) continue
    escaped += `${text.slice(from, i)}%${c < 16 ? '0' : ''}${c.toString(16).toUpperCase()}`
    from = i + 1
  }
  return from === 0 ? text : escaped + text.slice(from)
}

/** A path as it may stand in a request line (NGX_ESCAPE_URI). */
export function escapeUri(path: string): string {
  return escape(path, inPath)
}

/** A text as the value of an argument (NGX_ESCAPE_ARGS). */
export function escapeArgs(text: string): string {
  return escape(text, inArgs)
}

/** A text as the value of an attribute that holds a URI (NGX_ESCAPE_HTML). */
export function escapeUriInHtml(text: string): string {
  return escape(text, inHtml)
}

/** A text with everything escaped but letters, digits and `-._~` (NGX_ESCAPE_URI_COMPONENT). */
export function escapeComponent(text: string): string {
  return escape(text, inComponent)
}

// Two digits are an escape. Of what is none, nginx keeps the byte behind the `%`, or nothing if that was a digit.
const escapes = /%(?:([0-9A-F]{2})|[0-9A-F][^]?|([^])|$)/gi

/** Every escape undone (ngx_unescape_uri with type 0). */
export function unescape(text: string): string {
  return text.replace(escapes, (_all, hex?: string, other?: string) =>
    hex === undefined ? (other ?? '') : byteOf(hex),
  )
}

/**
 * What a rewrite puts into Location: escapes of visible characters behind `%` are undone up to the first `?`,
 * others stay (NGX_UNESCAPE_REDIRECT). An escaped `?` counts as the first one too.
 */
export function unescapeRedirect(text: string): string {
  let path = ''
  let from = 0
  for (const match of text.matchAll(/\?|%(?:([0-9A-F]{2})|[0-9A-F][^]?|([^])|$)/gi)) {
    const [all, hex, other = ''] = match
    path += text.slice(from, match.index)
    from = match.index + all.length
    const decoded = hex === undefined ? other : byteOf(hex)
    if (all === '?' || (hex !== undefined && decoded === '?')) return `${path}?${text.slice(from)}`
    path += hex === undefined || (decoded > '%' && decoded < '\x7f') ? decoded : all
  }
  return path + text.slice(from)
}

const entities: Readonly<Record<string, string>> = { '<': '&lt;', '>': '&gt;', '&': '&amp;', '"': '&quot;' }

/** A text in a page (ngx_escape_html). */
export function escapeHtml(text: string): string {
  return text.replace(/[<>&"]/g, (c) => entities[c] ?? c)
}

function byteOf(hex: string): string {
  return String.fromCharCode(Number.parseInt(hex, 16))
}
