import { parseHttpDate } from './dates.ts'

/** The precondition fields of a request. */
export interface Preconditions {
  readonly ifMatch?: string
  readonly ifNoneMatch?: string
  readonly ifModifiedSince?: string
  readonly ifUnmodifiedSince?: string
}

/** What a response is recognised by. */
export interface Validators {
  /** The ETag field. */
  readonly etag?: string
  /** The time of change in milliseconds since 1970. */
  readonly lastModifiedMs?: number
}

/**
 * What the preconditions of a request make of a response with status 200: it is sent, 304 is, or 412 is.
 * `ifModifiedSince` is the directive of that name. Source: ngx_http_not_modified_header_filter.
 *
 * As in nginx, and not as in RFC 9110 §13.2.2, a response that If-Modified-Since finds changed is sent even if
 * If-None-Match matches.
 */
export function evaluatePreconditions(
  asked: Preconditions,
  response: Validators,
  ifModifiedSince: 'off' | 'exact' | 'before',
): 'send' | 'not-modified' | 'failed' {
  if (asked.ifUnmodifiedSince !== undefined && !isUnmodified(asked.ifUnmodifiedSince, response))
    return 'failed'
  if (asked.ifMatch !== undefined && !etagMatches(asked.ifMatch, response.etag, 'strong')) return 'failed'
  if (asked.ifModifiedSince === undefined && asked.ifNoneMatch === undefined) return 'send'
  if (asked.ifModifiedSince !== undefined && isModified(asked.ifModifiedSince, response, ifModifiedSince)) {
    return 'send'
  }
  if (asked.ifNoneMatch !== undefined && !etagMatches(asked.ifNoneMatch, response.etag, 'weak')) return 'send'
  return 'not-modified'
}

function isUnmodified(since: string, { lastModifiedMs }: Validators): boolean {
  if (lastModifiedMs === undefined) return false
  const time = parseHttpDate(since)
  return time !== undefined && time >= lastModifiedMs
}

function isModified(
  since: string,
  { lastModifiedMs }: Validators,
  mode: 'off' | 'exact' | 'before',
): boolean {
  if (lastModifiedMs === undefined || mode === 'off') return true
  const time = parseHttpDate(since)
  if (time === lastModifiedMs) return false
  return mode === 'exact' || time === undefined || time < lastModifiedMs
}

/**
 * One of the entity tags in `list` is `etag`; `*` is any, even none. A strong comparison is one of the texts, `W/`
 * and all; a weak one leaves `W/` out of account. Source: ngx_http_test_if_match; RFC 9110 §8.8.3.2.
 */
export function etagMatches(list: string, etag: string | undefined, comparison: 'weak' | 'strong'): boolean {
  if (list === '*') return true
  if (etag === undefined) return false
  const wanted = comparison === 'weak' ? withoutWeak(etag) : etag
  let at = 0
  while (at < list.length) {
    if (comparison === 'weak' && list.startsWith('W/', at) && at + 2 < list.length) at += 2
    if (list.startsWith(wanted, at)) {
      at += wanted.length
      if (/^[ \t]*(?:,|$)/.test(list.slice(at))) return true
    }
    const next = /,[ \t,]*/.exec(list.slice(at))
    if (next === null) return false
    at += next.index + next[0].length
  }
  return false
}

function withoutWeak(etag: string): string {
  return etag.length > 2 && etag.startsWith('W/') ? etag.slice(2) : etag
}
