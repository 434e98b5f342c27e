/** What a cache would say to a request; nothing is counted, fetched or locked. */
import type { ExplainedCache } from '../../status/explanation.ts'
import { variantHash, variantName } from '../cache/key.ts'
import { isAnySet, type CacheSettings } from '../cache/settings.ts'
import { CacheUse } from '../cache/use.ts'
import type { CacheZone } from '../cache/zone.ts'
import type { ProxyTarget } from '../proxy/settings.ts'
import type { Exchange } from '../request/exchange.ts'
import { shownText } from './trial.ts'

/** What is seen of the cache, and its part in making the request; `use` is absent where it takes none. */
export interface CacheLook {
  readonly seen: ExplainedCache
  readonly use: CacheUse | undefined
}

/** As consultCache goes, without asking for an entry. A text: there is no cache of this name. */
export function lookAtCache(x: Exchange, cache: CacheSettings, target: ProxyTarget): CacheLook | string {
  const zone = cache.zone(x)
  if (typeof zone === 'string') return zone
  const key = zone ? cache.key(x, target) : ''
  const seen = {
    zone: zone?.name ?? '',
    key: shownText(key),
    bypass: cache.bypass.map((script) => shownText(script(x))),
    noStore: cache.noCache.map((script) => shownText(script(x))),
    valid: cache.valid,
  }
  if (!cache.methods.has(x.method)) return { seen: { ...seen, reason: 'method' }, use: undefined }
  if (!zone) return { seen: { ...seen, reason: 'cache-off' }, use: undefined }
  const use = new CacheUse(x, cache, zone, key, false)
  const verdict = isAnySet(x, cache.bypass)
    ? ({ verdict: 'BYPASS', reason: 'bypass' } as const)
    : judge(use, zone, key)
  use.verdict = verdict.verdict
  return { seen: { ...seen, ...verdict }, use }
}

type Judged = Pick<ExplainedCache, 'verdict' | 'reason' | 'stored'>

function judge(use: CacheUse, zone: CacheZone, key: string): Judged {
  const stored = storedUnder(use, zone, key)
  if (stored === 'absent') return { verdict: 'MISS', reason: 'key-not-there' }
  if (stored === 'other-variant') return { verdict: 'MISS', reason: 'variant-not-there' }
  const { head, size, updating } = stored
  const seen = {
    stored: {
      status: head.status,
      storedAt: head.storedAt * 1000,
      freshUntil: head.freshUntil * 1000,
      size,
    },
  }
  if (head.freshUntil >= zone.now) return { verdict: 'HIT', ...seen }
  use.etag = head.etag
  use.lastModified = head.lastModified
  const since = zone.now - head.freshUntil
  const mayBeStale = use.settings.useStale.has('updating') || head.staleWhileRevalidate >= since
  if (mayBeStale && updating) return { verdict: 'UPDATING', reason: 'expired', ...seen }
  if (mayBeStale && use.settings.backgroundUpdate) return { verdict: 'STALE', reason: 'expired', ...seen }
  return { verdict: 'EXPIRED', reason: 'expired', ...seen }
}

type StoredHere = {
  readonly head: NonNullable<ReturnType<CacheZone['read']>>['head']
  readonly size: number
  readonly updating: boolean
}

function storedUnder(use: CacheUse, zone: CacheZone, key: string): StoredHere | 'absent' | 'other-variant' {
  const main = peek(zone, key)
  if (!main) return 'absent'
  if (main.head.vary === '') return main
  const variant = variantHash(key, main.head.vary, use.x.head.fields)
  if (variant === main.head.variant) return main
  return peek(zone, variantName(variant)) ?? 'other-variant'
}

function peek(zone: CacheZone, name: string): StoredHere | undefined {
  const entry = zone.entries.get(name)
  const stored = entry?.exists ? zone.read(entry) : undefined
  if (!entry || !stored) return undefined
  if ('close' in stored) stored.close()
  return { head: stored.head, size: stored.head.bodyLength, updating: entry.updating }
}
