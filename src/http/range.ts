import { parseHttpDate } from './dates.ts'

/** A run of bytes: `start` is the first, `end` the one behind the last. */
export interface ByteRange {
  readonly start: number
  readonly end: number
}

/** What a Range asks of a representation; `ignored` has to be answered with the whole of it. */
export type RangeResult = readonly ByteRange[] | 'unsatisfiable' | 'ignored'

/**
 * The ranges that a Range field asks of a representation of `length` bytes. More than `mostRanges`, or ranges
 * that are together longer than the whole, are ignored. Source: ngx_http_range_parse; RFC 9110 §14.2.
 */
export function parseRange(field: string, length: number, mostRanges: number): RangeResult {
  if (field.length < 7 || field.slice(0, 6).toLowerCase() !== 'bytes=') return 'ignored'
  const ranges: ByteRange[] = []
  let size = 0
  for (const spec of field.slice(6).split(',')) {
    const range = rangeOf(spec, length)
    if (range === undefined) return 'unsatisfiable'
    if (range.start < range.end) {
      if (ranges.length === mostRanges) return 'ignored'
      ranges.push(range)
      size += range.end - range.start
    } else if (range.start === 0) return 'ignored'
  }
  if (ranges.length === 0) return 'unsatisfiable'
  return size > length ? 'ignored' : ranges
}

// The largest offset that nginx can count.
const farthest = 2 ** 63 - 1

/** One range, empty if it lies behind the end; undefined if it is none. */
function rangeOf(spec: string, length: number): ByteRange | undefined {
  const match = /^ *(?:([0-9]+) *- *([0-9]*)|-([0-9]+)) *$/.exec(spec)
  if (match === null) return undefined
  const [, first, last, suffix] = match
  if ([first, last, suffix].some((digits) => Number(digits) > farthest)) return undefined
  if (suffix !== undefined) return { start: Math.max(0, length - Number(suffix)), end: length }
  return { start: Number(first), end: last === '' ? length : Math.min(Number(last) + 1, length) }
}

/** The Content-Range of a part of a representation of `length` bytes. Source: RFC 9110 §14.4. */
export function contentRange(range: ByteRange, length: number): string {
  return `bytes ${range.start}-${range.end - 1}/${length}`
}

/** The Content-Range of a refusal. */
export function unsatisfiedRange(length: number): string {
  return `bytes */${length}`
}

/**
 * An If-Range holds for a representation with this ETag field and this time of change, in milliseconds: what ends with
 * a quote is compared as a whole, anything else is a date that has to be equal. Source: ngx_http_range_header_filter.
 */
export function ifRangeHolds(
  ifRange: string,
  etag: string | undefined,
  lastModifiedMs: number | undefined,
): boolean {
  if (ifRange.length >= 2 && ifRange.endsWith('"')) return ifRange === etag
  return lastModifiedMs !== undefined && parseHttpDate(ifRange) === lastModifiedMs
}
