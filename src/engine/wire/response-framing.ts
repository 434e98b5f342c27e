import { fieldValue } from './fields.ts'
import { contentLengthOf } from './request-framing.ts'
import type { ResponseHead } from './response-head.ts'

/** How the body of a response ends and what becomes of its connection. */
export interface ResponseFraming {
  /** `close`: the body ends where the connection does. */
  readonly body: 'none' | 'length' | 'chunked' | 'close'
  /** The body's length in bytes; 0 unless `body` is `length`. */
  readonly length: number
  /** What Content-Length said, whether or not a body follows (HEAD, 304). */
  readonly contentLength: number | undefined
  /** The connection may serve another request once the body has ended. */
  readonly keepalive: boolean
}

/** A response that is refused (502) for what its fields say together, in the words of nginx's error log. */
export interface BadResponseFraming {
  readonly bad: string
}

/**
 * The framing of the response to a request of this method. Source: RFC 9112 §6.3 and
 * ngx_http_proxy_input_filter_init; a 1xx is an interim response without a body, 101 included.
 *
 * Unlike nginx, Content-Length that is invalid, repeated or beside Transfer-Encoding is refused, and so is any
 * Transfer-Encoding but `chunked`: 1.22.1 guesses, its successors refuse these too (1.23.0).
 */
export function responseFraming(head: ResponseHead, method: string): ResponseFraming | BadResponseFraming {
  const { fields, status } = head
  const { names } = fields
  let contentLength = -1
  let chunked = false
  let keepalive = head.version > 10
  for (const i of fields.framing ?? names.keys()) {
    switch (names[i]) {
      case 'content-length':
        if (contentLength >= 0) return { bad: repeated('Content-Length', fieldValue(fields, i)) }
        if (chunked) return bothFramings
        contentLength = contentLengthOf(fieldValue(fields, i))
        if (contentLength < 0 || contentLength > Number.MAX_SAFE_INTEGER) {
          return { bad: `upstream sent invalid "Content-Length" header: "${fieldValue(fields, i)}"` }
        }
        break
      case 'transfer-encoding': {
        const coding = fieldValue(fields, i)
        if (chunked) return { bad: repeated('Transfer-Encoding', coding) }
        if (contentLength >= 0) return bothFramings
        if (coding.length !== 7 || coding.toLowerCase() !== 'chunked') {
          return { bad: `upstream sent unknown "Transfer-Encoding": "${coding}"` }
        }
        chunked = true
        break
      }
      case 'connection':
        if (fieldValue(fields, i).toLowerCase().includes('close')) keepalive = false
        break
      default:
    }
  }
  const said = contentLength < 0 ? undefined : contentLength
  if (status < 200 || status === 204 || status === 304 || method === 'HEAD') {
    return { body: 'none', length: 0, contentLength: said, keepalive: keepalive && status !== 101 }
  }
  if (chunked) return { body: 'chunked', length: 0, contentLength: undefined, keepalive }
  if (contentLength > 0) return { body: 'length', length: contentLength, contentLength, keepalive }
  if (contentLength === 0) return { body: 'none', length: 0, contentLength, keepalive }
  return { body: 'close', length: 0, contentLength: undefined, keepalive: false }
}

const bothFramings: BadResponseFraming = {
  bad: 'upstream sent "Content-Length" and "Transfer-Encoding" headers at the same time',
}

function repeated(name: string, value: string): string {
  return `upstream sent duplicate header line: "${name}: ${value}"`
}
