/** Why a Cache-Control keeps a response out of the cache; `malformed` is a number that is none. */
export type CacheControlObstacle = 'no-cache' | 'no-store' | 'private' | 'max-age-zero' | 'malformed'

/** What a Cache-Control of an upstream says to nginx's cache; times are in seconds. */
export interface CacheControl {
  readonly obstacle?: CacheControlObstacle
  /** `s-maxage`, which a shared cache prefers, else `max-age`. */
  readonly maxAge?: number
  readonly staleWhileRevalidate?: number
  readonly staleIfError?: number
}

/**
 * Reads a Cache-Control as nginx does: a directive is found wherever its name stands, so `no-cache="x"`, too, is
 * `no-cache`, and numbers are not quoted. Source: ngx_http_upstream_process_cache_control; RFC 9111 §5.2.2, RFC 5861.
 */
export function parseCacheControl(value: string): CacheControl {
  const lower = value.toLowerCase()
  for (const obstacle of ['no-cache', 'no-store', 'private'] as const) {
    if (lower.includes(obstacle)) return { obstacle }
  }
  const maxAge = secondsAfter(lower, 's-maxage=') ?? secondsAfter(lower, 'max-age=')
  if (maxAge === 'malformed') return { obstacle: 'malformed' }
  if (maxAge === 0) return { obstacle: 'max-age-zero' }
  const staleWhileRevalidate = secondsAfter(lower, 'stale-while-revalidate=')
  if (staleWhileRevalidate === 'malformed') return { maxAge, obstacle: 'malformed' }
  const staleIfError = secondsAfter(lower, 'stale-if-error=')
  if (staleIfError === 'malformed') return { maxAge, staleWhileRevalidate, obstacle: 'malformed' }
  return { maxAge, staleWhileRevalidate, staleIfError: staleIfError ?? staleWhileRevalidate }
}

/** The number behind the first `name=`; nothing at all is 0. */
function secondsAfter(value: string, name: string): number | 'malformed' | undefined {
  const at = value.indexOf(name)
  if (at < 0) return undefined
  const digits = /^[^,; ]*/.exec(value.slice(at + name.length))?.[0] ?? ''
  return /^[0-9]*$/.test(digits) ? Number(digits) : 'malformed'
}
