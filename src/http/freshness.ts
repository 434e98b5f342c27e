import { parseCacheControl, type CacheControlObstacle } from './cache-control.ts'
import { parseHttpDate } from './dates.ts'

/** Why a response is not to be stored, as far as its freshness goes. */
export type FreshnessObstacle = CacheControlObstacle | 'accel-expires-zero' | 'expired'

/** How long the upstream says that its response may be used. */
export interface Freshness {
  /** The first reason not to store it. */
  readonly obstacle?: FreshnessObstacle
  /** In seconds since 1970; undefined where the upstream is silent and `proxy_cache_valid` decides. */
  readonly freshUntil?: number
  /** For how many seconds after that it may be used while it is fetched anew. */
  readonly staleWhileRevalidate: number
  /** For how many seconds after that it may be used when the upstream fails. */
  readonly staleIfError: number
}

/**
 * What the fields of an upstream's response, in their order, say of its freshness. `ignored` are the lower-case names
 * in `proxy_ignore_headers`. nginx has no heuristic freshness.
 * Source: ngx_http_upstream_process_accel_expires, _cache_control and _expires.
 *
 * As in nginx 1.22.1, and not as in RFC 9111 §5.3, the order of fields matters: Expires counts only if nothing before it
 * has said how long, but if it is over there, no later Cache-Control makes up for it.
 */
export function freshnessOf(
  fields: Iterable<readonly [name: string, value: string]>,
  nowMs: number,
  ignored: ReadonlySet<string>,
): Freshness {
  const now = Math.floor(nowMs / 1000)
  let obstacle: FreshnessObstacle | undefined
  let freshUntil = 0
  let accelExpires = false
  let staleWhileRevalidate = 0
  let staleIfError = 0
  for (const [name, value] of fields) {
    if (name === 'x-accel-expires') {
      accelExpires = true
      if (ignored.has(name)) continue
      const [, at, digits] = /^(@?)([0-9]+)$/.exec(value) ?? []
      if (digits === undefined) continue
      if (at === '@') freshUntil = Number(digits)
      else if (Number(digits) === 0) obstacle ??= 'accel-expires-zero'
      else freshUntil = now + Number(digits)
    } else if (name === 'cache-control') {
      if (ignored.has(name) || (accelExpires && freshUntil !== 0)) continue
      const said = parseCacheControl(value)
      obstacle ??= said.obstacle
      if (said.maxAge !== undefined) freshUntil = now + said.maxAge
      staleWhileRevalidate = said.staleWhileRevalidate ?? staleWhileRevalidate
      staleIfError = said.staleIfError ?? staleIfError
    } else if (name === 'expires') {
      if (ignored.has(name) || freshUntil !== 0) continue
      const expires = parseHttpDate(value)
      if (expires === undefined || expires < now * 1000) obstacle ??= 'expired'
      else freshUntil = expires / 1000
    }
  }
  return {
    obstacle,
    freshUntil: freshUntil === 0 ? undefined : freshUntil,
    staleWhileRevalidate,
    staleIfError,
  }
}
