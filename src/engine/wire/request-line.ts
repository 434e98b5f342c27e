import { validHost } from './host.ts'

/** The first line of a request. */
export interface RequestLine {
  readonly method: string
  /** As received, without scheme and authority; begins with `/`, or with `?` where an absolute-form has no path. */
  readonly target: string
  /** HTTP/0.9, 1.0, or 1.1 (any 1.x above 1.0). */
  readonly version: 9 | 10 | 11
  /** As received, from `HTTP/` on; empty in HTTP/0.9. */
  readonly protocol: string
  /** The line as received, without its line break. */
  readonly requestLine: string
  /** The host of an absolute-form target, lower case, without port and final dot. */
  readonly schemeHost?: string
}

/** A request line and the offsets in its text where it begins and where what follows it begins. */
export interface ReadRequestLine {
  readonly line: RequestLine
  readonly from: number
  readonly end: number
}

/** Why a request line is refused, in the words of nginx's error log. */
export interface BadRequestLine {
  readonly status: 400 | 505
  readonly reason: string
  /** The line, if it could be read all the same; its version decides how the refusal is written. */
  readonly line?: RequestLine
}

const badMethod: BadRequestLine = { status: 400, reason: 'client sent invalid method' }
const badRequest: BadRequestLine = { status: 400, reason: 'client sent invalid request' }
const badVersion: BadRequestLine = { status: 505, reason: 'client sent invalid version' }
const badMethod09 = 'client sent invalid method in HTTP/0.9 request'
const badHost = 'client sent invalid host in request line'

const lf = 0x0a
const cr = 0x0d
const space = 0x20
const slash = 0x2f
const colon = 0x3a
const question = 0x3f
const dot = 0x2e
const upperH = 0x48
const openBracket = 0x5b
const closeBracket = 0x5d
const protocolStart = [0x48, 0x54, 0x54, 0x50, slash]

const methodByte = 1
const targetByte = 2
const schemeByte = 4
const hostByte = 8
const literalByte = 16
const digitByte = 32
const letterByte = 64

const kinds: [kind: number, bytes: RegExp][] = [
  [methodByte, /[A-Z_-]/],
  [targetByte, /[!-~\x80-\xff]/],
  [schemeByte, /[A-Za-z0-9+.-]/],
  [hostByte, /[A-Za-z0-9.-]/],
  [literalByte, /[A-Za-z0-9:._~!$&'()*+,;=-]/],
  [digitByte, /[0-9]/],
  [letterByte, /[A-Za-z]/],
]

/** What each byte may be part of. */
const byteKind = Uint8Array.from({ length: 256 }, (_, byte) =>
  kinds.reduce((all, [kind, bytes]) => (bytes.test(String.fromCharCode(byte)) ? all | kind : all), 0),
)

function is(b: number | undefined, kind: number): boolean {
  // No byte is of no kind.
  return ((byteKind[b as number] ?? 0) & kind) !== 0
}

/**
 * Reads the request line at the beginning of `text`, which is `buffer` from `start` to `end`; undefined if it is
 * not complete and nothing is wrong so far. Source: ngx_http_parse_request_line. So `*` and authority-form
 * targets, control bytes and spaces in targets, and methods with other than `A-Z`, `_`, `-` are refused.
 */
export function readRequestLine(
  buffer: Buffer,
  start: number,
  end: number,
  text: string,
): ReadRequestLine | BadRequestLine | undefined {
  let i = start
  while (i < end && (buffer[i] === cr || buffer[i] === lf)) i++
  const from = i
  while (i < end && is(buffer[i], methodByte)) i++
  if (i >= end) return undefined
  if (buffer[i] !== space || i === from) return badMethod
  const method = methodName(text, from - start, i - start)
  while (i < end && buffer[i] === space) i++
  if (i >= end) return undefined

  let targetFrom = i
  let targetEnd = -1
  let schemeHost: string | undefined
  if (buffer[i] !== slash) {
    const authority = readAuthority(buffer, i, end)
    if (authority === undefined || 'reason' in authority) return authority
    schemeHost = text.slice(authority.hostFrom - start, authority.hostEnd - start)
    i = authority.end
    targetFrom = i
    if (buffer[i] === space) {
      // nginx takes the path from the slashes of the scheme.
      targetFrom = authority.hostFrom - 1
      targetEnd = authority.hostFrom
    }
  }
  if (targetEnd < 0) {
    while (i < end && is(buffer[i], targetByte)) i++
    if (i >= end) return undefined
    targetEnd = i
  }

  while (i < end && buffer[i] === space) i++
  if (i >= end) return undefined
  let version: 9 | 10 | 11 = 9
  const protocolFrom = i
  let lineEnd: number
  if (text.startsWith('HTTP/1.1\r\n', i - start)) {
    version = 11
    lineEnd = i + 8
    i = lineEnd + 1
  } else {
    if (buffer[i] === upperH) {
      const read = readVersion(buffer, i, end)
      if (read === undefined || 'reason' in read) return read
      version = read.version
      i = read.end
      while (i < end && buffer[i] === space) i++
      if (i >= end) return undefined
    }
    lineEnd = i
    if (buffer[i] === cr) i++
    if (i >= end) return undefined
  }
  if (buffer[i] !== lf) return badRequest
  const host = schemeHost === undefined ? undefined : validHost(schemeHost)
  const line: RequestLine = {
    method,
    target: text.slice(targetFrom - start, targetEnd - start),
    version,
    protocol: version === 9 ? '' : protocolName(text, protocolFrom - start, lineEnd - start),
    requestLine: text.slice(from - start, lineEnd - start),
    schemeHost: host,
  }
  if (version === 9 && method !== 'GET') return { status: 400, reason: badMethod09, line }
  if (schemeHost !== undefined && host === undefined) return { status: 400, reason: badHost, line }
  return { line, from: from - start, end: i + 1 - start }
}

const commonMethods = ['GET', 'POST', 'PUT', 'HEAD', 'DELETE', 'OPTIONS', 'PATCH']

/** The common methods always as the same string, so that comparing them costs nothing. */
function methodName(text: string, from: number, to: number): string {
  for (const method of commonMethods) {
    if (method.length === to - from && text.startsWith(method, from)) return method
  }
  return text.slice(from, to)
}

function protocolName(text: string, from: number, to: number): string {
  return to - from === 8 && text.startsWith('HTTP/1.1', from) ? 'HTTP/1.1' : text.slice(from, to)
}

interface Authority {
  readonly hostFrom: number
  readonly hostEnd: number
  /** Where the `/`, `?` or space after the authority stands. */
  readonly end: number
}

/** Scheme and authority of an absolute-form target; user information is refused, as nginx does. */
function readAuthority(buffer: Buffer, from: number, end: number): Authority | BadRequestLine | undefined {
  let i = from
  if (!is(buffer[i], letterByte)) return badRequest
  while (i < end && is(buffer[i], schemeByte)) i++
  for (const expected of [colon, slash, slash]) {
    if (i >= end) return undefined
    if (buffer[i++] !== expected) return badRequest
  }
  const hostFrom = i
  if (buffer[i] === openBracket && i < end) {
    i++
    while (i < end && is(buffer[i], literalByte)) i++
    if (i >= end) return undefined
    if (buffer[i++] !== closeBracket) return badRequest
  } else {
    while (i < end && is(buffer[i], hostByte)) i++
  }
  const hostEnd = i
  if (i < end && buffer[i] === colon) {
    i++
    while (i < end && is(buffer[i], digitByte)) i++
  }
  if (i >= end) return undefined
  const c = buffer[i]
  return c === slash || c === question || c === space ? { hostFrom, hostEnd, end: i } : badRequest
}

interface Version {
  readonly version: 10 | 11
  readonly end: number
}

/** `HTTP/1.x`, up to the byte after its last digit. */
function readVersion(buffer: Buffer, from: number, end: number): Version | BadRequestLine | undefined {
  let i = from
  for (const expected of protocolStart) {
    if (i >= end) return undefined
    if (buffer[i++] !== expected) return badRequest
  }
  if (i >= end) return undefined
  const major = buffer[i++] ?? 0
  if (major < 0x31 || major > 0x39) return badRequest
  if (major !== 0x31) return badVersion
  if (i >= end) return undefined
  if (is(buffer[i], digitByte)) return badVersion
  if (buffer[i++] !== dot) return badRequest
  if (i >= end) return undefined
  if (!is(buffer[i], digitByte)) return badRequest
  let minor = 0
  for (; i < end && is(buffer[i], digitByte); i++) {
    if (minor > 99) return badRequest
    minor = minor * 10 + (buffer[i] ?? 0) - 0x30
  }
  return i < end ? { version: minor === 0 ? 10 : 11, end: i } : undefined
}
