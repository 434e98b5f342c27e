/** The first line of a response. */
export interface StatusLine {
  /** HTTP/1.0 (or older), or 1.1 (or newer). */
  readonly version: 10 | 11
  /** 100 to 999. */
  readonly status: number
  /** What stands after the status and the byte behind it; may be empty. */
  readonly reason: string
  /** From the status on as received, what nginx calls the status line: `200 OK`. */
  readonly statusLine: string
}

const lf = 0x0a
const cr = 0x0d
const space = 0x20
const dot = 0x2e
/** The length of `HTTP/1.1` and `HTTP/1.0`. */
const usualVersion = 8
const anyVersion = /^HTTP\/([1-9][0-9]{0,2})\.([0-9]{1,3})(?= )/

/**
 * Reads the status line of `text`, whose first LF is at `lineFeed`; undefined if it is not one.
 * Source: ngx_http_parse_status_line.
 */
export function readStatusLine(text: string, lineFeed: number): StatusLine | undefined {
  const crlf = text.charCodeAt(lineFeed - 1) === cr
  const end = crlf ? lineFeed - 1 : lineFeed
  // Unlike nginx, NUL in the reason is refused.
  if (holdsBefore(text, '\r', end) || holdsBefore(text, '\0', end)) return undefined
  const http11 = text.startsWith('HTTP/1.1 ')
  const other = http11 || text.startsWith('HTTP/1.0 ') ? undefined : anyVersion.exec(text)
  if (other === null) return undefined
  const version = other === undefined ? usualVersion : other[0].length
  let i = version
  while (text.charCodeAt(i) === space) i++
  const status = threeDigits(text, i)
  // Unlike nginx, a status below 100 and one with spaces between its digits are refused: no two readers agree
  // on what they are.
  if (status < 100 || i === version) return undefined
  const next = text.charCodeAt(i + 3)
  // Some servers send `403.1`.
  if (next !== space && next !== dot && next !== cr && next !== lf) return undefined
  return {
    version: http11 || (other !== undefined && isAbove10(other)) ? 11 : 10,
    status,
    reason: i + 4 < end ? text.slice(i + 4, end) : '',
    statusLine: text.slice(i, end),
  }
}

function holdsBefore(text: string, byte: string, end: number): boolean {
  const at = text.indexOf(byte)
  return at >= 0 && at < end
}

function threeDigits(text: string, from: number): number {
  let number = 0
  for (let i = from; i < from + 3; i++) {
    const digit = text.charCodeAt(i) - 0x30
    if (!(digit >= 0 && digit <= 9)) return -1
    number = number * 10 + digit
  }
  return number
}

function isAbove10([, major, minor]: RegExpExecArray): boolean {
  return Number(major) * 1000 + Number(minor) > 1000
}
