/** Is it stored, and may it be used? (ngx_http_file_cache_open, _exists, _read) */
import { logError } from '../request/error-log.ts'
import type { Entry } from './entry.ts'
import { variantHash, variantName } from './key.ts'
import type { Stored } from './zone.ts'
import type { CacheUse } from './use.ts'

/**
 * `missing` is fetched and stored; `scarce` is fetched and not stored; `wait`: another exchange is fetching it.
 * A number is a status that is answered without asking.
 */
export type Found = 'fresh' | 'stale' | 'updating' | 'missing' | 'scarce' | 'wait' | number

/** Looks under the present name; for a variant once more under that variant's. */
export function look(use: CacheUse): Found {
  const { zone, settings } = use
  const entry = use.entry ?? zone.entry(use.name, use.key)
  if (!entry) {
    use.missed('no-room')
    return 'scarce'
  }
  const isNew = entry.uses === 0
  const known = knows(use, entry)
  zone.touch(entry)
  if (known === 'scarce') {
    use.missed('min-uses')
    return 'scarce'
  }
  if (typeof known === 'number') return known
  // Until all files have been seen, a file may be there that is not known of.
  const look = known ? entry.exists : zone.cold
  const scarce = !known && settings.minUses > 1
  if (scarce && !look) {
    use.missed('min-uses')
    return 'scarce'
  }
  if (look) {
    const stored = read(use, entry)
    if (stored === 'error') return 'scarce'
    if (stored) return judge(use, entry, stored)
  }
  use.missed(scarce ? 'min-uses' : missReason(use, entry, isNew))
  return scarce ? 'scarce' : takeLock(use, entry)
}

function missReason(
  use: CacheUse,
  entry: Entry,
  isNew: boolean,
): 'damaged' | 'purged' | 'variant-not-there' | 'key-not-there' {
  if (use.lost && !isNew) return 'damaged'
  if (use.zone.purged.has(entry.name)) return 'purged'
  return use.secondary ? 'variant-not-there' : 'key-not-there'
}

/** Whether there may be something under it: an entry that is new, or whose error is over, begins anew. */
function knows(use: CacheUse, entry: Entry): boolean | 'scarce' | number {
  if (use.entry !== entry) {
    use.hold(entry)
    entry.uses++
    if (entry.uses === 1) return false
  }
  if (entry.error) {
    if (entry.errorUntil >= use.zone.now) {
      use.error = entry.error
      return entry.error
    }
    entry.error = 0
    use.zone.forgetFile(entry)
    return false
  }
  return entry.exists || entry.uses >= use.settings.minUses ? true : 'scarce'
}

function read(use: CacheUse, entry: Entry): Stored | 'error' | undefined {
  const { zone } = use
  try {
    const { exists } = entry
    const stored = zone.read(entry)
    use.lost = exists && !stored
    if (use.lost) zone.forgetFile(entry)
    if (!stored || stored.head.key === use.key) return stored
    if ('close' in stored) stored.close()
    logError(use.x, 'crit', `cache file "${zone.pathOf(entry.name)}" has md5 collision`)
    return undefined
  } catch (error) {
    // Unlike nginx, which answers 500: the origin has what this folder refuses.
    zone.failed(`open() "${zone.pathOf(entry.name)}"`, error)
    use.missed('disk-error')
    return 'error'
  }
}

function judge(use: CacheUse, entry: Entry, stored: Stored): Found {
  const { zone } = use
  const { head } = stored
  if (head.vary !== '') {
    const variant = variantHash(use.key, head.vary, use.x.head.fields)
    if (variant !== head.variant) return lookForVariant(use, stored, variant)
  }
  use.stored = stored
  use.freshUntil = head.freshUntil
  use.staleWhileRevalidate = head.staleWhileRevalidate
  use.staleIfError = head.staleIfError
  use.etag = head.etag
  use.lastModified = head.lastModified
  if (!entry.exists) {
    // The loader has not come to it yet.
    const size = 'size' in stored ? stored.size : stored.body.length + head.text.length
    zone.found(entry, head, zone.blocks(size))
  }
  if (head.freshUntil >= zone.now) return 'fresh'
  const since = zone.now - head.freshUntil
  use.x.cacheExpiredSeconds = since
  use.mayServeWhileUpdating = head.staleWhileRevalidate >= since
  use.mayServeOnError = head.staleIfError >= since
  use.missed('expired')
  if (entry.updating) return 'updating'
  use.takeUpdating(use.settings.lock ? use.settings.lockAge : 0)
  return 'stale'
}

function lookForVariant(use: CacheUse, stored: Stored, variant: string): Found {
  if ('close' in stored) stored.close()
  if (use.secondary) {
    logError(use.x, 'crit', `cache file "${use.zone.pathOf(use.name)}" has incorrect vary hash`)
    return 'missing'
  }
  if (use.entry) use.entry.count--
  use.entry = undefined
  use.secondary = true
  use.name = variantName(variant)
  return look(use)
}

/** With proxy_cache_lock one exchange fetches what is missing, and the others wait for it. */
function takeLock(use: CacheUse, entry: Entry): Found {
  const { settings, zone } = use
  if (!settings.lock) return 'missing'
  if (!entry.updating || entry.lockUntil <= zone.clock.monotonic()) {
    use.takeUpdating(settings.lockAge)
    return 'missing'
  }
  if (use.lockTimeout > 0) return 'wait'
  use.x.cacheReason = 'lock-timeout'
  return 'scarce'
}
