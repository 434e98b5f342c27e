/**
 * Targets and paths the way nginx reads them. Every string here holds bytes, one a character
 * (latin1), as they came over the wire or out of percent-decoding: nginx matches and compares bytes.
 */

/** A request target taken apart and its path made normal. */
export interface NormalTarget {
  /** The path that locations and rewrites see: decoded, dot segments resolved, slashes merged. nginx's `$uri`. */
  readonly uri: string
  /** What stands after the first `?`, as received, without a fragment. nginx's `$args`. */
  readonly args: string
  /** What stands after the last dot of the path's last segment; empty without one. */
  readonly exten: string
  /** The path held an escape, so it has to be escaped again where it is sent on changed. */
  readonly quoted: boolean
  /** The path held a `+`, plain or escaped: captures of it are escaped where they become arguments. */
  readonly plus: boolean
  /** The target had no path (`http://host?a=b`): it cannot be sent on as received. */
  readonly emptyPath: boolean
}

export interface BadTarget {
  readonly bad: true
}

const bad: BadTarget = { bad: true }

const slash = 0x2f
const dot = 0x2e
const percent = 0x25
const question = 0x3f
const hash = 0x23
const plusSign = 0x2b

/**
 * What `$uri`, `$args` and the extension are for a received target. Bad (400) is a malformed escape,
 * an escaped NUL, or `..` above the root. The target must begin with `/`, or with `?` when an
 * absolute-form target had no path. Source: ngx_http_process_request_uri, ngx_http_parse_complex_uri.
 */
export function normaliseTarget(
  target: string,
  options: { mergeSlashes: boolean },
): NormalTarget | BadTarget {
  let exten = -1
  let plus = false
  let end = 0
  let previous = 0
  for (; end < target.length; end++) {
    const c = target.charCodeAt(end)
    if (c === question) break
    if (c === percent || c === hash) return normaliseComplex(target, options.mergeSlashes)
    if (c === slash) {
      if (previous === slash) return normaliseComplex(target, options.mergeSlashes)
      exten = -1
    } else if (c === dot) {
      if (previous === slash) return normaliseComplex(target, options.mergeSlashes)
      exten = end + 1
    } else if (c === plusSign) plus = true
    previous = c
  }
  const fragment = end < target.length ? target.indexOf('#', end) : -1
  const args = end < target.length ? target.slice(end + 1, fragment < 0 ? undefined : fragment) : ''
  const emptyPath = end === 0
  return {
    uri: emptyPath ? '/' : end < target.length ? target.slice(0, end) : target,
    args,
    exten: exten < 0 ? '' : target.slice(exten, end),
    quoted: false,
    plus,
    emptyPath,
  }
}

// The states of ngx_http_parse_complex_uri, without its two for the digits of an escape.
const usual = 0
const afterSlash = 1
const afterDot = 2
const afterDotDot = 3

// The path under construction; reused, because a path is finished before the next begins.
const out: number[] = []

function normaliseComplex(target: string, mergeSlashes: boolean): NormalTarget | BadTarget {
  let length = 0
  let state = usual
  let exten = -1
  let plus = false
  let quoted = false
  let args = ''
  let i = 0
  while (i < target.length) {
    let c = target.charCodeAt(i++)
    if (c === percent) {
      quoted = true
      const decoded = hexPair(target, i)
      if (decoded <= 0) return bad
      i += 2
      // What an escape stands for counts as if it had been written plainly, save that `?` and `#` end nothing.
      c = decoded
    } else if (c === question || c === hash) {
      if (c === question) {
        const fragment = target.indexOf('#', i)
        args = target.slice(i, fragment < 0 ? undefined : fragment)
      }
      break
    }
    if (c === plusSign) plus = true
    if (c === slash) {
      if (state === usual) {
        exten = -1
        out[length++] = c
      } else if (state === afterSlash) {
        if (!mergeSlashes) out[length++] = c
      } else if (state === afterDot) length--
      else {
        length = parentOf(length)
        if (length < 0) return bad
      }
      state = afterSlash
    } else if (c === dot && state !== afterDotDot) {
      if (state === usual) exten = length + 1
      else state = state === afterSlash ? afterDot : afterDotDot
      out[length++] = c
    } else {
      state = usual
      out[length++] = c
    }
  }
  if (state === afterDot) length--
  else if (state === afterDotDot) {
    length = parentOf(length)
    if (length < 0) return bad
  }
  const uri = textOf(length)
  return { uri, args, exten: exten < 0 ? '' : uri.slice(exten), quoted, plus, emptyPath: false }
}

/** Where the path ends when its last segment, `..`, takes away the one before it; below 0 above the root. */
function parentOf(length: number): number {
  for (let i = length - 4; i >= 0; i--) if (out[i] === slash) return i + 1
  return -1
}

function textOf(length: number): string {
  // 4,096 a call: String.fromCharCode takes its characters as arguments, and those live on the stack.
  let text = ''
  for (let from = 0; from < length; from += 4096) {
    text += String.fromCharCode.apply(undefined, out.slice(from, Math.min(from + 4096, length)))
  }
  return text
}

function hexPair(text: string, at: number): number {
  const high = hexDigit(text.charCodeAt(at))
  const low = hexDigit(text.charCodeAt(at + 1))
  return high < 0 || low < 0 ? -1 : high * 16 + low
}

/** The value of a hexadecimal digit, -1 for anything else, the NaN past a text's end included. */
function hexDigit(c: number): number {
  if (c >= 0x30 && c <= 0x39) return c - 0x30
  const lower = c | 0x20
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x61 + 10 : -1
}
