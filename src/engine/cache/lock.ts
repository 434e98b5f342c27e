/** Waiting for the exchange that fetches what this one wants (ngx_http_file_cache_lock_wait). */
import { logError } from '../request/error-log.ts'
import type { CacheUse } from './use.ts'

/**
 * Calls back when it is time to look again: the other one is done or has been given up on, or this one waited
 * long enough. Not at all where the client goes meanwhile.
 *
 * Unlike nginx, which looks every half second: whoever waits is woken at once.
 */
export function waitForLock(use: CacheUse, again: () => void): void {
  const { x, zone, entry } = use
  if (!entry) {
    again()
    return
  }
  const { clock } = zone
  if (use.waitUntil === 0) use.waitUntil = clock.monotonic() + use.lockTimeout
  const leave = (): void => {
    timer.cancel()
    zone.waiting--
    entry.waiting?.delete(wake)
    x.onAbort = undefined
  }
  const wake = (): void => {
    leave()
    if (x.finished) return
    if (use.waitUntil <= clock.monotonic()) {
      logError(x, 'info', 'cache lock timeout')
      use.lockTimeout = 0
    }
    again()
  }
  zone.waiting++
  ;(entry.waiting ??= new Set()).add(wake)
  const timer = clock.after(Math.max(1, Math.min(use.waitUntil, entry.lockUntil) - clock.monotonic()), wake)
  x.onAbort = () => {
    leave()
    if (!x.headSent) x.status = 499
    x.client.abort(x)
  }
}
