/** What can be seen of a cache and of what it stores. */
import type {
  CacheEntryDetail,
  CacheEntryStatus,
  CacheFilter,
  CachePage,
  CacheZoneStatus,
} from '../../status/cache-zone-status.ts'
import type { Entry } from './entry.ts'
import { fileHash } from './key.ts'
import type { CacheZone } from './zone.ts'

export function zoneStatus(zone: CacheZone): CacheZoneStatus {
  const { maxSize } = zone.bounds
  return {
    name: zone.name,
    folder: zone.folder,
    entries: zone.existing,
    keys: zone.entries.size,
    capacity: zone.capacity,
    diskSize: zone.diskSize,
    ...(maxSize !== Infinity && { maxSize }),
    hot: zone.hot.size,
    hotSize: zone.hot.weight,
    loading: zone.cold,
    verdicts: { ...zone.verdicts },
    stored: zone.storedCount,
    purged: zone.purgedCount,
    removed: zone.removedCount,
    ...(zone.trouble !== undefined && { trouble: zone.trouble }),
  }
}

/** The stored responses that fit a filter, from the `offset`th on, at most `limit`; those used last come first. */
export function listEntries(zone: CacheZone, filter: CacheFilter, offset: number, limit: number): CachePage {
  const wanted = filter.text?.toLowerCase()
  const entries: CacheEntryStatus[] = []
  let total = 0
  for (let entry = zone.order.newest; entry; entry = entry.older) {
    if (!entry.exists || !fits(entry, filter, wanted, zone.now)) continue
    if (total >= offset && entries.length < limit) entries.push(entryStatus(entry))
    total++
  }
  return { total, entries }
}

function fits(entry: Entry, { fresh, status }: CacheFilter, text: string | undefined, now: number): boolean {
  if (status !== undefined && entry.status !== status) return false
  if (fresh !== undefined && entry.freshUntil >= now !== fresh) return false
  return text === undefined || textOf(entry.key).toLowerCase().includes(text) || entry.host.includes(text)
}

function entryStatus(entry: Entry): CacheEntryStatus {
  return {
    key: textOf(entry.key),
    ...(entry.name !== entry.key && { variant: fileHash(entry.name) }),
    host: entry.host,
    status: entry.status,
    size: entry.bodyLength,
    storedAt: entry.storedAt * 1000,
    freshUntil: entry.freshUntil * 1000,
    hits: entry.hits,
    inMemory: entry.hot !== undefined,
    updating: entry.updating,
  }
}

// Keys are bytes, one a character; people write UTF-8.
function textOf(bytes: string): string {
  return Buffer.from(bytes, 'latin1').toString('utf8')
}

/** One stored response with what its file says; undefined where there is none. Throws the system's error. */
export function entryDetail(zone: CacheZone, name: string): CacheEntryDetail | undefined {
  const entry = zone.entries.get(name)
  const stored = entry?.exists ? zone.read(entry) : undefined
  if (!entry || !stored) return undefined
  if ('close' in stored) stored.close()
  const { vary, etag, lastModified, text } = stored.head
  return {
    ...entryStatus(entry),
    file: zone.pathOf(name),
    vary,
    etag,
    ...(lastModified >= 0 && { lastModified: lastModified * 1000 }),
    head: text,
  }
}
