/** What is kept of a response (ngx_http_file_cache_header_t). Times are whole seconds since 1970, as nginx counts them. */
import type { ResponseHead } from '../wire/response-head.ts'
import { parseResponseHead } from '../wire/response-head.ts'

/** How long a stored response may be used. */
export interface Validity {
  /** The last second in which it is fresh. */
  readonly freshUntil: number
  /** For so many seconds more it may be used while it is fetched anew (stale-while-revalidate). */
  readonly staleWhileRevalidate: number
  /** For so many seconds more it may be used when the origin fails (stale-if-error). */
  readonly staleIfError: number
  /** When it was stored or last found unchanged. */
  readonly storedAt: number
}

/** A stored response without its body. */
export interface StoredHead extends Validity {
  /** The text that `proxy_cache_key` made. */
  readonly key: string
  /** The host that was asked for. */
  readonly host: string
  readonly status: number
  /** The origin's Vary, and what of the request it was stored for chose this variant; empty without one. */
  readonly vary: string
  readonly variant: string
  /** The ETag field; empty without one. */
  readonly etag: string
  /** Last-Modified in seconds since 1970; -1 without one. */
  readonly lastModified: number
  /** The head as the origin sent it, blank line included; bytes, one a character. */
  readonly text: string
  readonly bodyLength: number
}

/** The head taken apart; undefined where it is none, which only a damaged file can have. */
export function parseStoredHead(text: string): ResponseHead | undefined {
  const bytes = Buffer.from(text, 'latin1')
  const result = parseResponseHead(bytes, 0, bytes.length, 0)
  return result.kind === 'head' ? result.head : undefined
}
