/** What can be seen of a cache and of what it stores. */
import type {
  CacheEntryDetail,
  CacheEntryStatus,
  CacheFilter,
  CachePage,
  CacheZoneStatus,
} from '../../status/cache-zone-status.ts'
import { bytesOf } from '../request/script.ts'
import type { Entry } from './entry.ts'
import { fileHash } from './key.ts'
import type { StoredHead } from './stored.ts'
import type { CacheZone } from './zone.ts'

export function zoneStatus(zone: CacheZone): CacheZoneStatus {
  const { maxSize } = zone.bounds
  return {
    name: zone.name,
    folder: zone.folder,
    entries: zone.existing,
    keys: zone.entries.size,
    capacity: zone.capacity,
    keysMemory: zone.keysMemory,
    diskSize: zone.diskSize,
    ...(maxSize !== Infinity && { maxSize }),
    hot: zone.hot.size,
    hotSize: zone.hot.weight,
    hotLimit: zone.hot.limit,
    loading: zone.cold,
    verdicts: zone.tally.total,
    recent: zone.tally.recent(zone.clock.now()),
    waiting: zone.waiting,
    stored: zone.storedCount,
    purged: zone.purgedCount,
    removed: zone.removedCount,
    ...(zone.trouble !== undefined && { trouble: zone.trouble }),
  }
}

/** The stored responses that fit a filter, from the `offset`th on, at most `limit`; those used last come first. */
export function listEntries(zone: CacheZone, filter: CacheFilter, offset: number, limit: number): CachePage {
  const fits = matcher(filter, zone.now)
  const entries: CacheEntryStatus[] = []
  let total = 0
  let size = 0
  for (let entry = zone.order.newest; entry; entry = entry.older) {
    if (!entry.exists || !fits(entry)) continue
    if (total >= offset && entries.length < limit) entries.push(entryStatus(zone, entry, headOf(zone, entry)))
    total++
    size += entry.bodyLength
  }
  return { total, size, entries }
}

function matcher(filter: CacheFilter, now: number): (entry: Entry) => boolean {
  const { fresh, status } = filter
  const text = filter.text?.toLowerCase()
  const prefix = filter.prefix === undefined ? undefined : bytesOf(filter.prefix)
  const host = filter.host?.toLowerCase()
  return (entry) =>
    (status === undefined || entry.status === status) &&
    (fresh === undefined || entry.freshUntil >= now === fresh) &&
    (host === undefined || entry.host === host) &&
    (prefix === undefined || entry.key.startsWith(prefix)) &&
    (text === undefined || textOf(entry.key).toLowerCase().includes(text) || entry.host.includes(text))
}

// A file that cannot be read is told by whoever wants to send it.
function headOf(zone: CacheZone, entry: Entry): StoredHead | undefined {
  try {
    return zone.headOf(entry)
  } catch {
    return undefined
  }
}

function entryStatus(zone: CacheZone, entry: Entry, head: StoredHead | undefined): CacheEntryStatus {
  const { now } = zone
  return {
    key: textOf(entry.key),
    ...(entry.name !== entry.key && { variant: fileHash(entry.name) }),
    host: entry.host,
    status: entry.status,
    size: entry.bodyLength,
    storedAt: entry.storedAt * 1000,
    age: Math.max(0, now - entry.storedAt) * 1000,
    freshUntil: entry.freshUntil * 1000,
    fresh: entry.freshUntil >= now,
    hits: entry.hits,
    vary: head?.vary ?? '',
    etag: head?.etag ?? '',
    ...(head && head.lastModified >= 0 && { lastModified: head.lastModified * 1000 }),
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
  const head = entry?.exists ? zone.headOf(entry) : undefined
  if (!entry || !head) return undefined
  return {
    ...entryStatus(zone, entry, head),
    file: zone.pathOf(name),
    diskSize: entry.diskSize,
    head: head.text,
  }
}
