/** The listings of a folder, byte for byte nginx's (ngx_http_autoindex_module.c). Names are bytes, one a character. */
import { formatHttpDate } from '../../http/dates.ts'
import { escapeComponent, escapeHtml } from '../../http/escape.ts'

export interface Entry {
  readonly name: string
  readonly kind: 'directory' | 'file' | 'other'
  /** Bytes. */
  readonly size: number
  readonly mtimeMs: number
}

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']
// How wide the column of names is; longer ones are cut.
const nameWidth = 50

/** `utf8`: names are counted in characters; `exact`: sizes in bytes; `local`: times of this machine. */
export function listAsHtml(
  uri: string,
  entries: readonly Entry[],
  options: { readonly local: boolean; readonly exact: boolean; readonly utf8: boolean },
): string {
  const title = escapeHtml(uri)
  const lines = entries.map((entry) => {
    const slash = entry.kind === 'directory' ? '/' : ''
    const name = nameColumn(entry.name, slash, options.utf8)
    const size = options.exact ? exactSize(entry) : roundedSize(entry)
    return `<a href="${escapeComponent(entry.name)}${slash}">${name} ${timeOf(entry.mtimeMs, options.local)} ${size}\r\n`
  })
  return (
    `<html>\r\n<head><title>Index of ${title}</title></head>\r\n<body>\r\n<h1>Index of ${title}</h1>` +
    `<hr><pre><a href="../">../</a>\r\n${lines.join('')}</pre><hr></body>\r\n</html>\r\n`
  )
}

function nameColumn(name: string, slash: string, utf8: boolean): string {
  const characters = utf8 ? charactersOf(name) : [...name]
  if (characters.length > nameWidth)
    return `${escapeHtml(characters.slice(0, nameWidth - 3).join(''))}..&gt;</a>`
  const width = characters.length + (characters.length < nameWidth ? slash.length : 0)
  const shown = `${escapeHtml(name)}${characters.length < nameWidth ? slash : ''}`
  return `${shown}</a>${' '.repeat(nameWidth - width)}`
}

// Bytes that are no character count one each.
function charactersOf(name: string): string[] {
  return (
    name.match(/[\0-\x7f]|[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}|[^]/g) ??
    []
  )
}

function timeOf(ms: number, local: boolean): string {
  const t = new Date(local ? ms - new Date(ms).getTimezoneOffset() * 60_000 : ms)
  const day = `${two(t.getUTCDate())}-${months[t.getUTCMonth()] ?? ''}-${t.getUTCFullYear()}`
  return `${day} ${two(t.getUTCHours())}:${two(t.getUTCMinutes())}`
}

function two(n: number): string {
  return String(n).padStart(2, '0')
}

function exactSize({ kind, size }: Entry): string {
  return (kind === 'directory' ? '-' : String(size)).padStart(19)
}

const units: readonly (readonly [above: number, unit: string, size: number])[] = [
  [1024 ** 3 - 1, 'G', 1024 ** 3],
  [1024 ** 2 - 1, 'M', 1024 ** 2],
  [9999, 'K', 1024],
]

function roundedSize({ kind, size }: Entry): string {
  if (kind === 'directory') return '      -'
  const found = units.find(([above]) => size > above)
  if (!found) return ` ${String(size).padStart(6)}`
  const [, letter, unit] = found
  const rounded = Math.floor(size / unit) + (size % unit > unit / 2 - 1 ? 1 : 0)
  return `${String(rounded).padStart(6)}${letter}`
}

export function listAsJson(entries: readonly Entry[]): string {
  const lines = entries.map(({ name, kind, mtimeMs, size }) => {
    const bytes = kind === 'file' ? `, "size":${size}` : ''
    return `\r\n{ "name":"${escapeJson(name)}", "type":"${kind}", "mtime":"${formatHttpDate(mtimeMs)}"${bytes} }`
  })
  return `[${lines.join(',')}\r\n]`
}

export function listAsXml(entries: readonly Entry[]): string {
  const lines = entries.map(({ name, kind, mtimeMs, size }) => {
    const time = `${new Date(mtimeMs).toISOString().slice(0, 19)}Z`
    const bytes = kind === 'file' ? ` size="${size}"` : ''
    return `<${kind} mtime="${time}"${bytes}>${escapeHtml(name)}</${kind}>\r\n`
  })
  return `<?xml version="1.0"?>\r\n<list>\r\n${lines.join('')}</list>\r\n`
}

// ngx_escape_json: what JSON has short forms for, and control characters as \u00XX.
const short: Readonly<Record<string, string>> = {
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\b': '\\b',
  '\f': '\\f',
  '"': '\\"',
  '\\': '\\\\',
}

function escapeJson(text: string): string {
  return text.replace(
    /["\\]|[^ -\xff]/g,
    (c) => short[c] ?? `\\u00${c.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`,
  )
}
