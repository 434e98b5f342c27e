/** The story of a request at a cache: found and sent, or fetched (ngx_http_upstream_cache). */
import type { MissReason, StoreReason } from '../../status/cache-status.ts'
import type { ProxySettings, ProxyTarget } from '../proxy/settings.ts'
import { logError } from '../request/error-log.ts'
import type { Exchange } from '../request/exchange.ts'
import { finalize } from '../request/finalize.ts'
import { firstValue } from '../wire/fields.ts'
import { backgroundExchange } from './background.ts'
import { waitForLock } from './lock.ts'
import { look } from './lookup.ts'
import { sendStored } from './serve.ts'
import { isAnySet, type CacheSettings } from './settings.ts'
import { countExchange, CacheUse } from './use.ts'
import type { CacheZone } from './zone.ts'

/** Asks the origin for an exchange; `use`: what it has to do with the cache. */
export type Fetch = (x: Exchange, use: CacheUse | undefined) => void

interface Turn {
  readonly x: Exchange
  readonly proxy: ProxySettings
  readonly cache: CacheSettings
  readonly fetch: Fetch
  readonly use: CacheUse
}

/** Sends what is stored, or fetches. */
export function consultCache(
  x: Exchange,
  proxy: ProxySettings,
  cache: CacheSettings,
  target: ProxyTarget,
  fetch: Fetch,
): void {
  const passBy = (reason: MissReason & StoreReason, zone?: CacheZone): void => {
    x.cacheReason = reason
    x.cacheNotStored = reason
    if (zone) countExchange(zone, x)
    fetch(x, undefined)
  }
  const zone = cache.zone(x)
  if (!cache.methods.has(x.method)) {
    passBy('method', typeof zone === 'string' ? undefined : zone)
    return
  }
  if (zone === undefined) {
    passBy('cache-off')
    return
  }
  if (typeof zone === 'string') {
    logError(x, 'error', `cache "${zone}" not found`)
    finalize(x, 500)
    return
  }
  const key = cache.key(x, target)
  const room = keyRoom(key)
  if (room > proxy.bufferSize) {
    const least = Math.ceil(room / 1024) * 1024
    logError(
      x,
      'error',
      `proxy_buffer_size ${proxy.bufferSize} is not enough for cache key, it should be increased to at least ${least}`,
    )
    passBy('key-too-long', zone)
    return
  }
  const use = new CacheUse(x, cache, zone, key, false)
  x.cache = use
  if (cache.bypass.length > 0 && isAnySet(x, cache.bypass)) {
    use.verdict = 'BYPASS'
    use.missed('bypass')
    fetch(x, use)
    return
  }
  use.verdict = 'MISS'
  decide({ x, proxy, cache, fetch, use })
}

// What nginx's file has in front of the response, and 256 bytes for its head (ngx_http_upstream_cache).
function keyRoom(key: string): number {
  return 336 + '\nKEY: '.length + key.length + 1 + 256
}

function decide(turn: Turn): void {
  const { use, cache, x } = turn
  const found = look(use)
  if (typeof found === 'number') {
    use.verdict = 'HIT'
    use.free()
    finalize(x, found)
    return
  }
  const staleIsFine = cache.useStale.has('updating') || use.mayServeWhileUpdating
  switch (found) {
    case 'fresh':
      send(turn, 'HIT')
      return
    case 'stale':
      // A body that was read is gone when the client has its answer.
      if (staleIsFine && cache.backgroundUpdate && x.body.size === 0) {
        refreshBehind(turn)
        send(turn, 'STALE')
      } else fetchExpired(turn)
      return
    case 'updating':
      if (staleIsFine) send(turn, 'UPDATING')
      // Unlike nginx, whose proxy_cache_lock is for what is missing only: of those that want what is expired,
      // too, one goes to the origin and the others wait.
      else if (use.lockTimeout > 0) wait(turn)
      else fetchExpired(turn)
      return
    case 'wait':
      wait(turn)
      return
    case 'scarce':
      use.refuse(scarceReason(x.cacheReason))
      fetchChecked(turn)
      return
    case 'missing':
      fetchChecked(turn)
  }
}

function wait(turn: Turn): void {
  turn.use.putBack()
  waitForLock(turn.use, () => decide(turn))
}

function send({ x, proxy, use, fetch }: Turn, verdict: 'HIT' | 'STALE' | 'UPDATING'): void {
  use.verdict = verdict
  if (verdict === 'HIT') x.cacheReason = undefined
  if (sendStored(x, proxy, use)) {
    use.free()
    return
  }
  use.verdict = 'MISS'
  use.missed('damaged')
  fetch(x, use)
}

function fetchExpired(turn: Turn): void {
  const { use } = turn
  use.freshUntil = 0
  use.staleWhileRevalidate = 0
  use.staleIfError = 0
  use.verdict = 'EXPIRED'
  fetchChecked(turn)
}

function fetchChecked({ x, cache, fetch, use }: Turn): void {
  if (use.cacheable && isBeyond(x, cache.maxRangeOffset)) use.refuse('range-offset')
  fetch(x, use)
}

// Why it is fetched and not stored: what kept it from being looked for.
function scarceReason(missed: MissReason | undefined): StoreReason {
  switch (missed) {
    case 'no-room':
    case 'disk-error':
    case 'lock-timeout':
      return missed
    default:
      return 'min-uses'
  }
}

/** A range that begins so far in is passed to the origin (ngx_http_upstream_cache_check_range). */
function isBeyond(x: Exchange, offset: number): boolean {
  if (offset === Infinity) return false
  const range = firstValue(x.head.fields, 'range')
  if (range === undefined) return false
  if (offset === 0) return true
  const [, dash, digits] = /^bytes= *(-|([0-9]*))/i.exec(range) ?? []
  if (dash === undefined || range.length < 7) return false
  // Without digits nginx reads an error, which is less than any offset.
  return dash === '-' || (digits !== undefined && digits !== '' && Number(digits) >= offset)
}

function refreshBehind({ cache, fetch, use }: Turn): void {
  const x = backgroundExchange(use.x)
  const behind = new CacheUse(x, cache, use.zone, use.key, true)
  x.cache = behind
  behind.takeOver(use)
  behind.verdict = 'EXPIRED'
  behind.lastModified = use.lastModified
  behind.etag = use.etag
  behind.known = use.stored?.head
  fetch(x, behind)
}
