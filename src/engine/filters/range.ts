/** Ranges: 206 and 416 (ngx_http_range_filter_module). */
import { contentRange, ifRangeHolds, parseRange, unsatisfiedRange, type ByteRange } from '../../http/range.ts'
import type { FilterFactory } from '../filters.ts'
import type { Answer } from '../request/answer.ts'
import type { Output } from '../request/client-side.ts'
import type { Exchange } from '../request/exchange.ts'
import { firstValue } from '../wire/fields.ts'

export const range: FilterFactory = (fields) => {
  const most = fields.maxRanges ?? Infinity
  if (most === 0) return undefined
  return (x, answer) => {
    if (!answer.allowRanges || answer.status !== 200 || answer.contentLength < 0 || x.head.version < 10)
      return undefined
    const ranges = rangesOf(x, answer, answer.singleRange || !answer.seekable ? 1 : most)
    if (ranges === 'ignored') {
      answer.add('Accept-Ranges', 'bytes')
      return undefined
    }
    if (ranges === 'unsatisfiable') {
      answer.add('Content-Range', unsatisfiedRange(answer.contentLength))
      return 416
    }
    answer.status = 206
    answer.reason = undefined
    const [only] = ranges
    if (ranges.length === 1 && only) onePart(answer, only)
    else manyParts(answer, ranges)
    return undefined
  }
}

function rangesOf(x: Exchange, answer: Answer, most: number): ReturnType<typeof parseRange> {
  const asked = firstValue(x.head.fields, 'range')
  if (asked === undefined) return 'ignored'
  const condition = firstValue(x.head.fields, 'if-range')
  if (condition !== undefined && !ifRangeHolds(condition, answer.etag, answer.modifiedAt)) return 'ignored'
  return parseRange(asked, answer.contentLength, most)
}

function onePart(answer: Answer, part: ByteRange): void {
  answer.add('Content-Range', contentRange(part, answer.contentLength))
  answer.contentLength = part.end - part.start
  if (answer.takeRange) answer.takeRange(part)
  else if (answer.seekable) answer.parts = [{ text: '', ...part }]
  else (answer.wraps ??= []).unshift((inner) => new Cut(inner, part))
}

let boundaries = 0

function manyParts(answer: Answer, ranges: readonly ByteRange[]): void {
  const boundary = String(++boundaries).padStart(20, '0')
  const type = answer.contentType ? `Content-Type: ${answer.contentType}\r\n` : ''
  const parts = ranges.map((part) => ({
    text: `\r\n--${boundary}\r\n${type}Content-Range: ${contentRange(part, answer.contentLength)}\r\n\r\n`,
    ...part,
  }))
  answer.parts = [...parts, { text: `\r\n--${boundary}--\r\n`, start: 0, end: 0 }]
  answer.contentType = `multipart/byteranges; boundary=${boundary}`
  answer.contentLength = answer.parts.reduce(
    (sum, { text, start, end }) => sum + text.length + end - start,
    0,
  )
}

/** Lets one range of a body through that comes as a stream. */
class Cut implements Output {
  readonly #inner: Output
  readonly #range: ByteRange
  #at = 0

  constructor(inner: Output, part: ByteRange) {
    this.#inner = inner
    this.#range = part
  }

  write(x: Exchange, buffer: Buffer, start: number, end: number): boolean {
    const from = Math.max(start, start + this.#range.start - this.#at)
    const to = Math.min(end, start + this.#range.end - this.#at)
    this.#at += end - start
    if (from >= to) return true
    const flowing = this.#inner.write(x, buffer, from, to)
    // The client has all it asked for; the rest of the stream is only read to its end.
    if (this.#at >= this.#range.end) this.#inner.flush(x)
    return flowing
  }

  flush(x: Exchange): void {
    this.#inner.flush(x)
  }

  end(x: Exchange): void {
    this.#inner.end(x)
  }
}
