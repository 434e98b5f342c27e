import type { FieldLines } from './fields.ts'
import {
  expectedName,
  internName,
  lastFramingName,
  lowerNameByte,
  lowerText,
  nameOf,
  nextHash,
  noName,
} from './field-names.ts'

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

// What is being read; a head is read before the next begins. Lists that grow field by field would cost as much memory
// as the head itself.
const foundNames: string[] = []
const foundAt: number[] = []
const foundFraming: number[] = []
const noFraming: readonly number[] = []

/** The blank line has not come yet. */
export const incomplete = -1

const lf = 0x0a
const cr = 0x0d
const space = 0x20
const slash = 0x2f
const colon = 0x3a
const underscore = 0x5f
const del = 0x7f

/**
 * Reads the fields from offset `from` of `text`, which is `buffer` from `start` to `end`, up to the blank
 * line. Source: ngx_http_parse_header_line. Refused are white space and control bytes in or before a name
 * (so also continuation lines), a line that begins with a colon, NUL, and a CR without its LF.
 *
 * This runs for every byte of every head, so it is one loop that calls little and makes no strings.
 */
export function readFieldLines(
  buffer: Buffer,
  start: number,
  end: number,
  text: string,
  from: number,
  rules: FieldRules,
): ReadFields {
  let count = 0
  let framingCount = 0
  let canonical = true
  let dropped: string[] | undefined
  let id = noName
  let line = from
  let result = incomplete
  for (;;) {
    // The name: the one that is expected here, or whatever comes up to the colon.
    let i = start + line
    let hash = 0
    let usual = true
    let valid = true
    let c = colon
    const expected = expectedName(buffer, i, end, id)
    if (expected !== noName) i += nameOf(expected).length
    else {
      for (; i < end; i++) {
        c = buffer[i] ?? 0
        const lower = lowerNameByte[c] ?? 0
        if (lower !== 0) {
          hash = nextHash(hash, lower)
          continue
        }
        if (c === colon || c <= space || c === del) break
        usual = false
        if (c === slash && rules.skipStatusLines === true && isStatusLine(text, line, i - start)) break
        if (c !== underscore || !rules.underscores) valid = false
      }
      if (i >= end) break
    }
    const nameEnd = i - start

    let valueStart = nameEnd
    let valueEnd = nameEnd
    let lineFeed = nameEnd
    if (c === colon) {
      if (nameEnd === line) return refused(found(text, count, framingCount, canonical, dropped), nameEnd)
      valueStart++
      while (buffer[start + valueStart] === space) valueStart++
      lineFeed = text.indexOf('\n', valueStart)
      if (lineFeed < 0) break
      valueEnd = lineFeed
      const carriageReturn = text.indexOf('\r', valueStart)
      if (carriageReturn >= 0 && carriageReturn < lineFeed) {
        // Unlike nginx, several CRs before the LF are refused too: a CR that does not belong to the line's end
        // is a line's end to some readers (RFC 9112 §2.2).
        if (carriageReturn !== lineFeed - 1)
          return refused(found(text, count, framingCount, canonical, dropped), carriageReturn)
        valueEnd = carriageReturn
      }
      while (valueEnd > valueStart && buffer[start + valueEnd - 1] === space) valueEnd--
      if (valueStart !== nameEnd + 2 || valueEnd !== carriageReturn) canonical = false
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
      if (c !== lf) return refused(found(text, count, framingCount, canonical, dropped), nameEnd)
      if (nameEnd === line) {
        result = lineFeed + 1
        break
      }
      // A line without a colon: nginx takes it for a field with an empty value.
      canonical = false
    }

    if (valid || !rules.ignoreInvalid) {
      if (expected !== noName) id = expected
      else id = usual ? internName(buffer, start + line, i, hash, id) : noName
      if (id !== noName && id <= lastFramingName) foundFraming[framingCount++] = count
      foundNames[count] = id === noName ? lowerText(text.slice(line, nameEnd)) : nameOf(id)
      foundAt[4 * count] = line
      foundAt[4 * count + 1] = valueStart
      foundAt[4 * count + 2] = valueEnd
      foundAt[4 * count + 3] = lineFeed + 1
      count++
    } else {
      canonical = false
      ;(dropped ??= []).push(text.slice(line, valueEnd))
    }
    line = lineFeed + 1
  }
  const nul = text.indexOf('\0', from)
  if (nul >= 0 && (result < 0 || nul < result))
    return refused(found(text, count, framingCount, canonical, dropped), nul)
  return { fields: found(text, count, framingCount, canonical, dropped), end: result }
}

/** The fields found so far, in lists of just the size they need. */
function found(
  text: string,
  count: number,
  framingCount: number,
  canonical: boolean,
  dropped: readonly string[] | undefined,
): FieldLines {
  return {
    text,
    names: foundNames.slice(0, count),
    at: foundAt.slice(0, 4 * count),
    framing: framingCount === 0 ? noFraming : foundFraming.slice(0, framingCount),
    canonical,
    dropped,
  }
}

/** The slash at `at` ends the `HTTP/` that a line begins with. */
function isStatusLine(text: string, line: number, at: number): boolean {
  return at === line + 4 && text.startsWith('HTTP', line)
}

function refused(fields: FieldLines, offset: number): ReadFields {
  return { fields, end: -2 - offset }
}
