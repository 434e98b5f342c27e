import { fieldName, fieldValue } from './fields.ts'
import type { FramingName } from './field-names.ts'
import { validHost } from './host.ts'
import type { RequestHead } from './request-head.ts'

/** How the body of a request is delimited and what its head says about the connection. */
export interface RequestFraming {
  readonly body: 'none' | 'length' | 'chunked'
  /** The body's length in bytes; 0 unless `body` is `length`. */
  readonly length: number
  /** The Host field as received. */
  readonly host: string | undefined
  /** The name the server is looked up by: of the target's host if it had one, else of the Host field, else empty. */
  readonly serverName: string
  /** The client wants the connection kept. */
  readonly keepalive: boolean
  /** The client waits for `100 Continue` before it sends the body. */
  readonly expectContinue: boolean
  /** The Upgrade field. */
  readonly upgrade: string | undefined
}

/** A request that is refused for what its fields say together; the connection is of no use after it. */
export interface BadFraming {
  /** 400, 405, 413 or 501. */
  readonly bad: number
  /** What nginx's error log says, at level info. */
  readonly reason: string
  /** The server that was asked for, where its name had been read before the fault. */
  readonly serverName?: string
  /** Which field shows it; absent: all of them have been read. */
  readonly field?: number
}

const host = 1
const contentLength = 2
const transferEncoding = 3
const connection = 4
const expect = 5
const upgrade = 6
/** nginx takes it only once. */
const once = 7

/** What each of these names is for here. */
const roles = new Map<string, number>(
  Object.entries({
    host,
    connection,
    'content-length': contentLength,
    'transfer-encoding': transferEncoding,
    expect,
    upgrade,
    'if-modified-since': once,
    'if-unmodified-since': once,
    'if-match': once,
    'if-none-match': once,
    'content-range': once,
    'if-range': once,
    authorization: once,
  } satisfies Record<FramingName, number>),
)

/**
 * The framing of a request, or why it is refused. Source: the handlers of ngx_http_headers_in and
 * ngx_http_process_request_header; RFC 9112 §6.3.
 */
export function requestFraming(head: RequestHead): RequestFraming | BadFraming {
  const { fields, version } = head
  const { names } = fields
  let hostAt = -1
  let lengthAt = -1
  let codingAt = -1
  let expectAt = -1
  let upgradeAt = -1
  let keepalive = version > 10
  for (const i of fields.framing ?? names.keys()) {
    switch (roles.get(names[i] ?? '')) {
      case undefined:
        break
      case host:
        if (hostAt >= 0) return duplicate(head, i, hostAt, hostAt)
        hostAt = i
        break
      case contentLength:
        if (lengthAt >= 0) return duplicate(head, i, lengthAt, hostAt)
        lengthAt = i
        break
      case transferEncoding:
        if (codingAt >= 0) return duplicate(head, i, codingAt, hostAt)
        codingAt = i
        break
      case connection:
        keepalive = wantsKeepalive(fieldValue(fields, i), keepalive)
        break
      case expect:
        if (expectAt >= 0) return duplicate(head, i, expectAt, hostAt)
        expectAt = i
        break
      case upgrade:
        if (upgradeAt < 0) upgradeAt = i
        break
      default: {
        const first = names.indexOf(names[i] ?? '')
        if (first < i) return duplicate(head, i, first, hostAt)
      }
    }
  }

  let serverName = head.schemeHost
  let hostValue: string | undefined
  if (hostAt >= 0) {
    hostValue = fieldValue(fields, hostAt)
    const name = validHost(hostValue)
    if (name === undefined) return { bad: 400, reason: 'client sent invalid host header', field: hostAt }
    serverName ??= name
  } else if (version > 10) {
    const reason = 'client sent HTTP/1.1 request without "Host" header'
    return { bad: 400, reason, serverName: serverName ?? '' }
  }

  const refused = (bad: number, reason: string): BadFraming => ({ bad, reason, serverName: serverName ?? '' })
  let body: RequestFraming['body'] = 'none'
  let length = 0
  if (lengthAt >= 0) {
    length = contentLengthOf(fieldValue(fields, lengthAt))
    if (length < 0) return refused(400, 'client sent invalid "Content-Length" header')
    // Unlike nginx, a length that cannot be counted exactly is refused whatever `client_max_body_size` says:
    // 9 petabytes.
    if (length > Number.MAX_SAFE_INTEGER) {
      return refused(413, `client intended to send too large body: ${fieldValue(fields, lengthAt)} bytes`)
    }
    body = 'length'
  }
  if (codingAt >= 0) {
    const coding = fieldValue(fields, codingAt)
    if (version < 11) {
      return refused(400, 'client sent HTTP/1.0 request with "Transfer-Encoding" header')
    }
    if (coding.length !== 7 || coding.toLowerCase() !== 'chunked') {
      return refused(501, `client sent unknown "Transfer-Encoding": "${coding}"`)
    }
    if (lengthAt >= 0) {
      return refused(400, 'client sent "Content-Length" and "Transfer-Encoding" headers at the same time')
    }
    body = 'chunked'
  }
  if (head.method === 'CONNECT' || head.method === 'TRACE') {
    return refused(405, `client sent ${head.method} method`)
  }

  return {
    body,
    length,
    host: hostValue,
    serverName: serverName ?? '',
    keepalive,
    expectContinue: expectAt >= 0 && version > 10 && isContinue(fieldValue(fields, expectAt)),
    upgrade: upgradeAt < 0 ? undefined : fieldValue(fields, upgradeAt),
  }
}

/** What a Connection field makes of the wish so far; nginx looks for the words anywhere in it. */
function wantsKeepalive(value: string, soFar: boolean): boolean {
  if (value === 'keep-alive') return true
  const lower = value.toLowerCase()
  return lower.includes('close') ? false : lower.includes('keep-alive') || soFar
}

function isContinue(value: string): boolean {
  return value.length === 12 && value.toLowerCase() === '100-continue'
}

/** The number that a Content-Length field says, −1 if it is not digits alone or does not fit 63 bits. */
export function contentLengthOf(value: string): number {
  if (!/^[0-9]+$/.test(value)) return -1
  const length = Number(value)
  if (length <= Number.MAX_SAFE_INTEGER) return length
  return BigInt(value) <= 9223372036854775807n ? length : -1
}

function duplicate(head: RequestHead, i: number, first: number, hostAt: number): BadFraming {
  const { fields } = head
  const what = fields.names[i] === 'host' ? 'host header' : 'header line'
  const now = `"${fieldName(fields, i)}: ${fieldValue(fields, i)}"`
  const before = `"${fieldName(fields, first)}: ${fieldValue(fields, first)}"`
  const serverName = head.schemeHost ?? (hostAt < 0 ? undefined : validHost(fieldValue(fields, hostAt)))
  const reason = `client sent duplicate ${what}: ${now}, previous value: ${before}`
  return { bad: 400, reason, field: i, ...(serverName !== undefined && { serverName }) }
}
