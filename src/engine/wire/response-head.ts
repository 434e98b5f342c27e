import { latin1 } from './latin1.ts'
import { incomplete, readFieldLines } from './field-lines.ts'
import type { FieldLines } from './fields.ts'
import { headComplete, headStart, responseHeadMachine, scanHead } from './head-machine.ts'
import { readStatusLine, type StatusLine } from './status-line.ts'

/** The head of a response that an upstream sent. */
export interface ResponseHead extends StatusLine {
  readonly fields: FieldLines
  /** The length of the head with its blank line. */
  readonly bytes: number
}

/** A head that is refused (502), in the words of nginx's error log. */
export interface BadResponseHead {
  readonly kind: 'bad'
  readonly reason: string
  /** There is no head at all: nginx takes what comes, from its first byte on, for the body of an HTTP/0.9 response. */
  readonly noHead?: true
}

export type ResponseHeadResult =
  | {
      readonly kind: 'more'
      /** To be handed in when more bytes have come; what was looked at is not looked at again. */
      readonly scannedTo: number
    }
  | { readonly kind: 'head'; readonly head: ResponseHead; readonly next: number }
  | BadResponseHead

// How much is made a string in search of the head's end: mostly a body came with it. Most heads are shorter than
// 512 bytes, and nearly all than 8 KiB.
const firstLook = 512
const secondLook = 8192
const cr = 0x0d

const rules = { ignoreInvalid: false, underscores: true, skipStatusLines: true }

/**
 * Reads the head of a response that begins at `start` of a buffer filled up to `end`. `scannedTo` is 0 at first,
 * then what the last result for this head said; the head may have been moved meanwhile. The head's size is
 * for the caller to bound. Source: ngx_http_proxy_process_status_line and ngx_http_proxy_process_header.
 */
export function parseResponseHead(
  buffer: Buffer,
  start: number,
  end: number,
  scannedTo: number,
): ResponseHeadResult {
  if (scannedTo === 0) {
    let result = readResponseHead(buffer, start, Math.min(end, start + firstLook))
    if (result === undefined && end - start > firstLook) {
      result = readResponseHead(buffer, start, Math.min(end, start + secondLook))
    }
    if (result !== undefined) return result
  }
  const state = scannedTo === 0 ? headStart : scannedTo % 64
  const scan = scanHead(responseHeadMachine, state, buffer, start + Math.floor(scannedTo / 64), end)
  if (scan % 64 > headComplete) return { kind: 'more', scannedTo: scan - start * 64 }
  const scanned = Math.floor(scan / 64)
  return readResponseHead(buffer, start, scanned) ?? refused(latin1(buffer, start, scanned))
}

/** The head, or what is wrong with it; undefined if it is not complete and its lines so far are right. */
function readResponseHead(buffer: Buffer, start: number, end: number): ResponseHeadResult | undefined {
  const text = latin1(buffer, start, end)
  const lineFeed = text.indexOf('\n')
  if (lineFeed < 0) return undefined
  const line = readStatusLine(text, lineFeed)
  if (line === undefined) return noStatusLine(text)
  const { fields, end: headEnd } = readFieldLines(buffer, start, end, text, lineFeed + 1, rules)
  if (headEnd === incomplete) return undefined
  if (headEnd < 0) return badFieldAt(text, -2 - headEnd)
  const { version, status, reason, statusLine } = line
  const head = { version, status, reason, statusLine, fields, bytes: headEnd }
  return { kind: 'head', head, next: start + headEnd }
}

/** Unlike nginx, what begins as a status line and is none is not taken for the body of an HTTP/0.9 response. */
function noStatusLine(text: string): BadResponseHead {
  const reason = 'upstream sent no valid HTTP/1.0 header'
  return text.startsWith('HTTP/') ? { kind: 'bad', reason } : { kind: 'bad', reason, noHead: true }
}

/** An unfinished head that the machine refuses, though no line that is complete is wrong. */
function refused(text: string): BadResponseHead {
  return text.includes('\n') ? badFieldAt(text, text.length - 1) : noStatusLine(text)
}

function badFieldAt(text: string, at: number): BadResponseHead {
  // A CR whose LF is missing is the wrong byte, not the one that came instead.
  const wrong = text.charCodeAt(at - 1) === cr ? at - 1 : at
  const line = text.slice(text.lastIndexOf('\n', wrong - 1) + 1, wrong)
  const byte = text.charCodeAt(wrong).toString(16).padStart(2, '0')
  return { kind: 'bad', reason: `upstream sent invalid header: "${line}\\x${byte}..."` }
}
