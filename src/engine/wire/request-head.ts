import { latin1 } from './latin1.ts'
import { incomplete, readFieldLines } from './field-lines.ts'
import type { FieldLines } from './fields.ts'
import { headComplete, headStart, requestHeadMachine, scanHead } from './head-machine.ts'
import { lineOverLimit, safeLength, type HeadLimits, type LineOver } from './head-limits.ts'
import { readRequestLine, type BadRequestLine, type RequestLine } from './request-line.ts'

export type { HeadLimits } from './head-limits.ts'

/** The head of a request. */
export interface RequestHead extends RequestLine {
  readonly fields: FieldLines
  /** The length of the head with its blank line, without empty lines before it; of one that is refused, what was read. */
  readonly bytes: number
}

/** A head that is refused; the connection is of no use after it. */
export interface BadRequestHead {
  readonly kind: 'bad'
  /** 400, 414, 494 or 505. */
  readonly status: number
  /** What nginx's error log says, at level info. */
  readonly reason: string
  /** The request line for the access log, as far as it has come. */
  readonly requestLine: string
  /** The head as far as it could be read; absent if that does not go beyond the request line. */
  readonly head?: RequestHead
  /** The server that was asked for, where its name had been read before the fault. */
  readonly serverName?: string
}

export type RequestHeadResult =
  | {
      readonly kind: 'more'
      /** To be handed in when more bytes have come; what was looked at is not looked at again. */
      readonly scannedTo: number
    }
  | { readonly kind: 'head'; readonly head: RequestHead; readonly next: number }
  | BadRequestHead

// How much is made a string in search of the head's end; there may be a body behind it.
const firstLook = 2048
const secondLook = 8192
const cr = 0x0d

/**
 * Reads the head of a request that begins at `start` of a buffer filled up to `end`. `scannedTo` is 0 at first,
 * then what the last result for this head said; the head may have been moved meanwhile.
 * Source: ngx_http_process_request_line and ngx_http_process_request_headers.
 */
export function parseRequestHead(
  buffer: Buffer,
  start: number,
  end: number,
  limits: HeadLimits,
  scannedTo: number,
): RequestHeadResult {
  if (scannedTo === 0) {
    let result = readRequestHead(buffer, start, Math.min(end, start + firstLook), limits)
    if (result === undefined && end - start > firstLook) {
      result = readRequestHead(buffer, start, Math.min(end, start + secondLook), limits)
    }
    if (result !== undefined) return result
  }
  const state = scannedTo === 0 ? headStart : scannedTo % 64
  const scan = scanHead(requestHeadMachine, state, buffer, start + Math.floor(scannedTo / 64), end)
  const scanned = Math.floor(scan / 64)
  if (scan % 64 > headComplete) {
    return unfinishedTooLong(buffer, start, scanned, limits) ?? { kind: 'more', scannedTo: scan - start * 64 }
  }
  return readRequestHead(buffer, start, scanned, limits) ?? badField(buffer, start, scanned, limits)
}

/** The head, or what is wrong with it; undefined if it is not complete and its lines so far are right. */
function readRequestHead(
  buffer: Buffer,
  start: number,
  end: number,
  limits: HeadLimits,
): RequestHeadResult | undefined {
  const text = latin1(buffer, start, end)
  const read = readRequestLine(buffer, start, end, text)
  if (read === undefined) return undefined
  if ('reason' in read) return tooLongBefore(buffer, start, end, limits) ?? badLine(text, read)
  const { line, from } = read
  let headEnd = read.end
  let fields: FieldLines = { text, names: [], at: [] }
  if (line.version !== 9) {
    const readFields = readFieldLines(buffer, start, end, text, headEnd, limits)
    fields = readFields.fields
    headEnd = readFields.end
    if (headEnd === incomplete) return undefined
    if (headEnd < 0) {
      return (
        tooLongBefore(buffer, start, end, limits) ??
        badFieldAt(text, -2 - headEnd, { head: headOf(line, fields, 0), from })
      )
    }
  }
  const head = headOf(line, fields, headEnd - from)
  if (headEnd > safeLength(limits)) {
    const over = lineOverLimit(text, from, headEnd, limits)
    if (over !== undefined) return tooLong(text, over, { head, from })
  }
  return { kind: 'head', head, next: start + headEnd }
}

function badLine(text: string, { status, reason, line }: BadRequestLine): BadRequestHead {
  if (line === undefined) return { kind: 'bad', status, reason, requestLine: firstLine(text) }
  const from = text.search(/[^\r\n]/)
  const head = headOf(line, { text, names: [], at: [] }, text.indexOf('\n', from) + 1 - from)
  return { kind: 'bad', status, reason, requestLine: line.requestLine, head }
}

function headOf(line: RequestLine, fields: FieldLines, bytes: number): RequestHead {
  const { method, target, version, protocol, requestLine, schemeHost } = line
  return { method, target, version, protocol, requestLine, schemeHost, fields, bytes }
}

/** An unfinished head that the machine refuses, though no line that is complete is wrong. */
function badField(buffer: Buffer, start: number, end: number, limits: HeadLimits): BadRequestHead {
  const text = latin1(buffer, start, end)
  return badFieldAt(text, text.length - 1, headSoFar(buffer, start, end, text, limits))
}

/** A head as far as it has come, and where it begins in its text. */
interface HeadSoFar {
  readonly head: RequestHead
  readonly from: number
}

/** What nginx counts of a refused head: its lines up to the one that is wrong. */
function upTo(lineStart: number, { head, from }: HeadSoFar): RequestHead {
  const { names, at } = head.fields
  const read = names.filter((_, i) => (at[4 * i + 3] ?? 0) <= lineStart).length
  const fields = { ...head.fields, names: names.slice(0, read), at: at.slice(0, 4 * read) }
  return { ...head, fields, bytes: lineStart - from }
}

function badFieldAt(text: string, at: number, soFar: HeadSoFar | undefined): BadRequestHead {
  // A CR whose LF is missing is the wrong byte, not the one that came instead.
  const wrong = text.charCodeAt(at - 1) === cr ? at - 1 : at
  const lineStart = text.lastIndexOf('\n', wrong - 1) + 1
  const line = text.slice(lineStart, wrong)
  const byte = text.charCodeAt(wrong).toString(16).padStart(2, '0')
  return {
    kind: 'bad',
    status: 400,
    reason: `client sent invalid header line: "${line}\\x${byte}..."`,
    requestLine: firstLine(text),
    head: soFar && upTo(lineStart, soFar),
  }
}

/** A head that will not be whole: its line as far as it came, and all that could be read if that is whole. */
export function cutOffHead(
  buffer: Buffer,
  start: number,
  end: number,
  limits: HeadLimits,
): { requestLine: string; head: RequestHead | undefined } {
  const text = latin1(buffer, start, end)
  const soFar = headSoFar(buffer, start, end, text, limits)
  const head = soFar && upTo(text.lastIndexOf('\n') + 1, soFar)
  return { requestLine: firstLine(text), head }
}

function headSoFar(
  buffer: Buffer,
  start: number,
  end: number,
  text: string,
  limits: HeadLimits,
): HeadSoFar | undefined {
  const read = readRequestLine(buffer, start, end, text)
  if (read === undefined || 'reason' in read) return undefined
  const { fields } = readFieldLines(buffer, start, end, text, read.end, limits)
  return { head: headOf(read.line, fields, 0), from: read.from }
}

/** A head that is refused for a field, as far as it had been read by then. */
export function readUpTo(head: RequestHead, field: number): RequestHead {
  const { text, at } = head.fields
  return upTo(at[4 * field + 3] ?? 0, { head, from: text.search(/[^\r\n]/) })
}

/** The first line as far as it came, without empty lines before it. */
function firstLine(text: string): string {
  return text.replace(/^[\r\n]*([^\r\n]*)[^]*$/, '$1')
}

/** An unfinished head that nginx would have no more room for. */
function unfinishedTooLong(
  buffer: Buffer,
  start: number,
  end: number,
  limits: HeadLimits,
): BadRequestHead | undefined {
  return end - start < safeLength(limits)
    ? undefined
    : headTooLong(buffer, start, end, end - start + 1, limits)
}

/** A line of a refused head that nginx would have found too long before it came to what is wrong. */
function tooLongBefore(
  buffer: Buffer,
  start: number,
  end: number,
  limits: HeadLimits,
): BadRequestHead | undefined {
  if (end - start <= safeLength(limits)) return undefined
  const wrong = Math.floor(scanHead(requestHeadMachine, headStart, buffer, start, end) / 64)
  return headTooLong(buffer, start, wrong, wrong - start, limits)
}

function headTooLong(
  buffer: Buffer,
  start: number,
  end: number,
  length: number,
  limits: HeadLimits,
): BadRequestHead | undefined {
  const text = latin1(buffer, start, end)
  const from = text.search(/[^\r\n]/)
  const over = from < 0 ? undefined : lineOverLimit(text, from, length, limits)
  return over === undefined ? undefined : tooLong(text, over, headSoFar(buffer, start, end, text, limits))
}

function tooLong(text: string, over: LineOver, soFar: HeadSoFar | undefined): BadRequestHead {
  if (over.from === (soFar?.from ?? text.search(/[^\r\n]/))) {
    const requestLine = text.slice(over.from, over.to)
    return { kind: 'bad', status: 414, reason: 'client sent too long URI', requestLine }
  }
  // 1,748 bytes: what nginx leaves of a line in its error log.
  const line = text.slice(over.from, Math.min(over.to, over.from + 1748))
  return {
    kind: 'bad',
    status: 494,
    reason: `client sent too long header line: "${line}..."`,
    requestLine: firstLine(text),
    head: soFar && upTo(over.from, soFar),
  }
}
