import { latin1 } from './latin1.ts'
import { incomplete, readFieldLines } from './field-lines.ts'
import type { FieldLines } from './fields.ts'
import { headComplete, headStart, requestHeadMachine, scanHead } from './head-machine.ts'
import { readRequestLine, type BadRequestLine, type RequestLine } from './request-line.ts'

/** The head of a request. */
export interface RequestHead extends RequestLine {
  readonly fields: FieldLines
  /** The length of the head with its blank line, without empty lines before it. */
  readonly bytes: number
}

/** nginx's limits and rules for a request's head. */
export interface HeadLimits {
  /** The most bytes in one line, its line break included: the size of a large header buffer. */
  readonly lineLimit: number
  /** The most bytes in the lines that the first buffer does not hold: number × size of the large header buffers. */
  readonly totalLimit: number
  /** `client_header_buffer_size`; absent, nginx's default of 1 KiB. */
  readonly firstBuffer?: number
  /** `ignore_invalid_headers` */
  readonly ignoreInvalid: boolean
  /** `underscores_in_headers` */
  readonly underscores: boolean
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
const defaultFirstBuffer = 1024
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
    return (
      unfinishedOverLimit(buffer, start, scanned, limits) ?? { kind: 'more', scannedTo: scan - start * 64 }
    )
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
  if ('reason' in read) return badLine(text, read)
  const { line, from } = read
  let headEnd = read.end
  let fields: FieldLines = { text, names: [], at: [] }
  if (line.version !== 9) {
    const readFields = readFieldLines(buffer, start, end, text, headEnd, limits)
    fields = readFields.fields
    headEnd = readFields.end
    if (headEnd === incomplete) return undefined
    if (headEnd < 0) return badFieldAt(text, -2 - headEnd, headOf(line, fields, 0))
  }
  const head = headOf(line, fields, headEnd - from)
  if (headEnd > (limits.firstBuffer ?? defaultFirstBuffer)) {
    const over = lineOverLimit(text, from, headEnd, limits)
    if (over !== undefined) return tooLong(text, from, over, head)
  }
  return { kind: 'head', head, next: start + headEnd }
}

function badLine(text: string, { status, reason, line }: BadRequestLine): BadRequestHead {
  if (line === undefined) return { kind: 'bad', status, reason, requestLine: firstLine(text) }
  const head = headOf(line, { text, names: [], at: [] }, 0)
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

function badFieldAt(text: string, at: number, head: RequestHead | undefined): BadRequestHead {
  // A CR whose LF is missing is the wrong byte, not the one that came instead.
  const wrong = text.charCodeAt(at - 1) === cr ? at - 1 : at
  const line = text.slice(text.lastIndexOf('\n', wrong - 1) + 1, wrong)
  const byte = text.charCodeAt(wrong).toString(16).padStart(2, '0')
  return {
    kind: 'bad',
    status: 400,
    reason: `client sent invalid header line: "${line}\\x${byte}..."`,
    requestLine: head === undefined ? firstLine(text) : head.requestLine,
    head,
  }
}

function headSoFar(
  buffer: Buffer,
  start: number,
  end: number,
  text: string,
  limits: HeadLimits,
): RequestHead | undefined {
  const read = readRequestLine(buffer, start, end, text)
  if (read === undefined || 'reason' in read) return undefined
  return headOf(read.line, readFieldLines(buffer, start, end, text, read.end, limits).fields, 0)
}

/** The first line as far as it came, without empty lines before it. */
function firstLine(text: string): string {
  return /[^\r\n]+/.exec(text)?.[0] ?? ''
}

function unfinishedOverLimit(
  buffer: Buffer,
  start: number,
  end: number,
  limits: HeadLimits,
): BadRequestHead | undefined {
  if (end - start < (limits.firstBuffer ?? defaultFirstBuffer)) return undefined
  const text = latin1(buffer, start, end)
  const from = text.search(/[^\r\n]/)
  if (from < 0) return undefined
  const over = lineOverLimit(text, from, text.length + 1, limits)
  return over === undefined
    ? undefined
    : tooLong(text, from, over, headSoFar(buffer, start, end, text, limits))
}

/** A line that nginx has no room for, as far as it would have read it. */
interface LineOver {
  readonly from: number
  readonly to: number
}

function tooLong(text: string, from: number, over: LineOver, head: RequestHead | undefined): BadRequestHead {
  if (over.from === from) {
    return { kind: 'bad', status: 414, reason: 'client sent too long URI', requestLine: firstLine(text) }
  }
  // 1,748 bytes: what nginx leaves of a line in its error log.
  const line = text.slice(over.from, Math.min(over.to, over.from + 1748))
  return {
    kind: 'bad',
    status: 494,
    reason: `client sent too long header line: "${line}..."`,
    requestLine: head === undefined ? firstLine(text) : head.requestLine,
    head,
  }
}

/**
 * The first line up to `end` that nginx would have no room for. A line stands whole in one buffer: it is moved to
 * the next when it does not fit, and what was left of the buffer is lost. Source: ngx_http_alloc_large_header_buffer.
 */
function lineOverLimit(text: string, from: number, end: number, limits: HeadLimits): LineOver | undefined {
  const first = limits.firstBuffer ?? defaultFirstBuffer
  // The buffer is used anew when empty lines before the request have filled it.
  let room = first - (from % first)
  let buffers = Math.floor(limits.totalLimit / limits.lineLimit)
  for (let line = from; line < end;) {
    const lineFeed = text.indexOf('\n', line)
    const next = lineFeed < 0 || lineFeed >= end ? end : lineFeed + 1
    const length = next - line
    if (length <= room) room -= length
    else {
      if (room >= limits.lineLimit || buffers === 0) return { from: line, to: line + room }
      if (length > limits.lineLimit) return { from: line, to: line + limits.lineLimit }
      buffers--
      room = limits.lineLimit - length
    }
    line = next
  }
  return undefined
}
