import type { CacheVerdict } from './exchange-record.ts'

/** One `proxy_cache_path`, as it stands. Sizes are bytes. */
export interface CacheZoneStatus {
  readonly name: string
  /** Where its files are. */
  readonly folder: string
  /** What is stored, and how many keys are known and may be. */
  readonly entries: number
  readonly keys: number
  readonly capacity: number
  readonly diskSize: number
  /** Absent: no bound. */
  readonly maxSize?: number
  /** How many are kept in memory as well, and what those take. */
  readonly hot: number
  readonly hotSize: number
  /** Files of an earlier run are still being found. */
  readonly loading: boolean
  /** Exchanges by what became of them, since the cache began. */
  readonly verdicts: Readonly<Partial<Record<CacheVerdict, number>>>
  readonly stored: number
  /** Removed by a purge; and because nobody asked, or for want of room. */
  readonly purged: number
  readonly removed: number
  /** Why nothing is stored at present: what the disk said. */
  readonly trouble?: string
}

/** One stored response. Times are milliseconds since 1970, whole seconds. */
export interface CacheEntryStatus {
  /** What `proxy_cache_key` made. */
  readonly key: string
  /** Tells variants of one key apart; absent where the response does not vary. */
  readonly variant?: string
  readonly host: string
  readonly status: number
  /** Bytes of the body. */
  readonly size: number
  readonly storedAt: number
  readonly freshUntil: number
  readonly hits: number
  readonly inMemory: boolean
  /** Somebody is fetching it anew. */
  readonly updating: boolean
}

/** A stored response looked at closely. */
export interface CacheEntryDetail extends CacheEntryStatus {
  /** Where its file is. */
  readonly file: string
  readonly vary: string
  readonly etag: string
  /** Absent: the origin did not say. */
  readonly lastModified?: number
  /** The head as the origin sent it. */
  readonly head: string
}

/** Which stored responses are listed. */
export interface CacheFilter {
  /** Part of the key or of the host; upper and lower case are the same. */
  readonly text?: string | undefined
  readonly fresh?: boolean | undefined
  readonly status?: number | undefined
}

/** Some stored responses, those used last first. */
export interface CachePage {
  /** How many fit the filter altogether. */
  readonly total: number
  readonly entries: readonly CacheEntryStatus[]
}

/** What is to be purged. A key takes its variants along. */
export type CachePurge =
  | { readonly by: 'key'; readonly key: string }
  | { readonly by: 'prefix'; readonly prefix: string }
  | { readonly by: 'host'; readonly host: string }
  | { readonly by: 'all' }
