import type { FieldLines } from './fields.ts'
import { internName, lowerNameByte, lowerText, nextHash } from './field-names.ts'

/** Which lines of a head are fields. */
export interface FieldRules {
  /** Leave out fields whose name has an invalid character, instead of keeping them (`ignore_invalid_headers`). */
  readonly ignoreInvalid: boolean
  /** `_` is valid in names (`underscores_in_headers`). */
  readonly underscores: boolean
  /** Pass over a line that begins with `HTTP/`: some servers repeat their status line. */
  readonly skipStatusLines?: boolean
}

/** The fields of a head and where the head ends. */
export interface ReadFields {
  readonly fields: FieldLines
  /** The offset past the blank line; `incomplete` without one; −2 less the offset of a byte that is refused. */
  readonly end: number
}

/** The blank line has not come yet. */
export const incomplete = -1

const lf = 0x0a
const cr = 0x0d
const space = 0x20
const del = 0x7f
const colon = 0x3a
const underscore = 0x5f
const slash = 0x2f

/**
 * Reads the fields from offset `from` of `text`, which is `buffer` from `start` to `end`, up to the blank
 * line. Source: ngx_http_parse_header_line. Refused are white space and control bytes in or before a name
 * (so also continuation lines), a line that begins with a colon, NUL, and a CR without its LF.
 */
export function readFieldLines(
  buffer: Buffer,
  start: number,
  end: number,
  text: string,
  from: number,
  rules: FieldRules,
): ReadFields {
  const names: string[] = []
  const at: number[] = []
  let canonical = true
  let line = from
  let result = incomplete
  for (;;) {
    let i = start + line
    let hash = 0
    let usual = true
    let valid = true
    let c = -1
    for (; i < end; i++) {
      c = buffer[i] ?? 0
      const lower = lowerNameByte[c] ?? 0
      if (lower !== 0) {
        hash = nextHash(hash, lower)
        continue
      }
      if (c <= colon && (c <= space || c === colon)) break
      if (c === del) break
      usual = false
      if (
        c === slash &&
        rules.skipStatusLines === true &&
        i === start + line + 4 &&
        text.startsWith('HTTP', line)
      )
        break
      if (c !== underscore || !rules.underscores) valid = false
    }
    if (i >= end) break
    const nameEnd = i - start

    let valueStart = nameEnd
    let valueEnd = nameEnd
    let lineFeed = nameEnd
    if (c === colon) {
      if (nameEnd === line) return refused(text, names, at, nameEnd)
      valueStart++
      while (buffer[start + valueStart] === space) valueStart++
      lineFeed = text.indexOf('\n', valueStart)
      if (lineFeed < 0) break
      valueEnd = lineFeed
      const carriageReturn = text.indexOf('\r', valueStart)
      if (carriageReturn >= 0 && carriageReturn < lineFeed) {
        // Unlike nginx, several CRs before the LF are refused too: a CR that does not belong to the line's end
        // is a line's end to some readers (RFC 9112 §2.2).
        if (carriageReturn !== lineFeed - 1) return refused(text, names, at, carriageReturn)
        valueEnd = carriageReturn
      }
      while (valueEnd > valueStart && buffer[start + valueEnd - 1] === space) valueEnd--
      if (valueStart !== nameEnd + 2 || valueEnd !== lineFeed - 1) canonical = false
    } else if (c === slash) {
      lineFeed = text.indexOf('\n', nameEnd)
      if (lineFeed < 0) break
      canonical = false
      line = lineFeed + 1
      continue
    } else {
      if (c === cr) {
        if (i + 1 >= end) break
        lineFeed++
        c = buffer[i + 1] ?? 0
      }
      if (c !== lf) return refused(text, names, at, nameEnd)
      if (nameEnd === line) {
        result = lineFeed + 1
        break
      }
      // A line without a colon: nginx takes it for a field with an empty value.
      canonical = false
    }

    if (valid || !rules.ignoreInvalid) {
      names.push(usual ? internName(buffer, start + line, i, hash) : lowerText(text.slice(line, nameEnd)))
      at.push(line, valueStart, valueEnd, lineFeed + 1)
    } else canonical = false
    line = lineFeed + 1
  }
  const nul = text.indexOf('\0', from)
  if (nul >= 0 && (result < 0 || nul < result)) return refused(text, names, at, nul)
  return { fields: { text, names, at, canonical }, end: result }
}

function refused(text: string, names: string[], at: number[], offset: number): ReadFields {
  return { fields: { text, names, at, canonical: false }, end: -2 - offset }
}
