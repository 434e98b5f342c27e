/** Errors that are answered for a while without asking the origin (ngx_http_upstream_intercept_errors, _finalize_request). */
import { validSeconds } from './settings.ts'
import type { CacheUse } from './use.ts'

/** An error page is sent instead of an answer with this status. */
export function keepError(use: CacheUse, status: number): void {
  if (use.cacheable && isFresh(use, status)) use.error = status
  use.refuse('intercepted')
  use.free()
}

function isFresh(use: CacheUse, status: number): boolean {
  if (use.freshUntil !== 0) return true
  const seconds = validSeconds(use.settings.valid, status)
  if (seconds > 0) use.freshUntil = use.zone.now + seconds
  return seconds > 0
}

/** The origin gave no answer: 502 and 504 are kept where a `proxy_cache_valid` names them. */
export function keepFailure(use: CacheUse, status: number): void {
  const seconds = status === 502 || status === 504 ? validSeconds(use.settings.valid, status) : 0
  if (use.cacheable && seconds > 0) {
    use.freshUntil = use.zone.now + seconds
    use.error = status
  }
  use.refuse('origin-failed')
  use.free()
}
