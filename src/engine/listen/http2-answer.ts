/** The head of an answer as a header block, in the order nginx writes it (ngx_http_v2_header_filter). */
import type { Answer } from '../request/answer.ts'
import type { Exchange } from '../request/exchange.ts'
import { serverName } from '../request/special-response.ts'
import { nameIndex } from '../wire/hpack-static.ts'
import {
  beginBlock,
  endBlock,
  writeContentLength,
  writeField,
  writeIndexed,
  writeIndexedKnown,
  writeStatus,
} from '../wire/hpack-writer.ts'
import { httpDate } from '../wire/write-head.ts'
import { absoluteLocation } from './answer-head.ts'

// Unlike nginx, which lets an upstream's Upgrade through, nothing about a connection is sent: clients treat
// such an answer as malformed (RFC 9113 §8.2.2).
const ofConnection = new Set(['connection', 'keep-alive', 'proxy-connection', 'transfer-encoding', 'upgrade'])
/** Only these lengths have to be looked at more closely. */
const ofConnectionLengths = new Set([...ofConnection].map((name) => name.length))

/** The block of an answer's head; to be used before another is made. `upgraded`: a WebSocket's 101. */
export function answerBlock(x: Exchange, answer: Answer, emptyTable: boolean, upgraded: boolean): Buffer {
  const { settings } = x
  beginBlock(emptyTable)
  writeStatus(upgraded ? 200 : answer.status)
  if (answer.server === undefined) writeIndexedKnown(nameIndex.server, serverName(settings.serverTokens))
  if (answer.date === undefined) writeIndexedKnown(nameIndex.date, httpDate(x.cycle.clock.now()))
  if (answer.status !== 204 && !upgraded) {
    if (answer.contentType !== undefined) writeIndexedKnown(nameIndex.contentType, answer.contentType)
    if (answer.contentLength >= 0) writeContentLength(answer.contentLength)
    if (answer.lastModified !== undefined) writeIndexed(nameIndex.lastModified, answer.lastModified)
  }
  if (answer.location !== undefined && answer.location !== '')
    writeIndexed(nameIndex.location, absoluteLocation(x, answer.location))
  writeLines(answer.lines, upgraded)
  return endBlock()
}

/** The block of an interim answer. */
export function interimBlock(status: number, lines: string, emptyTable: boolean): Buffer {
  beginBlock(emptyTable)
  writeStatus(status)
  writeLines(lines, false)
  return endBlock()
}

/** The block of trailer fields. */
export function trailerBlock(
  trailers: readonly (readonly [name: string, value: string])[],
  emptyTable: boolean,
): Buffer {
  beginBlock(emptyTable)
  for (const [name, value] of trailers) {
    const text = `${name}${value}`
    writeField(text, 0, name.length, name.length, text.length)
  }
  return endBlock()
}

function writeLines(lines: string, upgraded: boolean): void {
  for (let start = 0; start < lines.length;) {
    const colon = lines.indexOf(':', start)
    const end = lines.indexOf('\r\n', start)
    if (colon < 0 || end < 0 || colon > end) return
    let value = colon + 1
    if (lines.charCodeAt(value) === 0x20) value++
    if (!isOfConnection(lines, start, colon) && !(upgraded && isAccept(lines, start, colon)))
      writeField(lines, start, colon, value, end)
    start = end + 2
  }
}

function isOfConnection(lines: string, start: number, end: number): boolean {
  return ofConnectionLengths.has(end - start) && ofConnection.has(lines.slice(start, end).toLowerCase())
}

// What an HTTP/1.1 upstream proves with its 101 means nothing to a client that sent no key.
function isAccept(lines: string, start: number, end: number): boolean {
  return lines.slice(start, end).toLowerCase() === 'sec-websocket-accept'
}
