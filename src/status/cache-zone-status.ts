import type { MissReason, StoreReason } from './cache-status.ts'
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
  /** Bytes of memory that the known keys take, about; what is kept of responses is not among them. */
  readonly keysMemory: number
  /** How many are kept in memory as well, what those take, and what they may take together. */
  readonly hot: number
  readonly hotSize: number
  readonly hotLimit: number
  /** Files of an earlier run are still being found. */
  readonly loading: boolean
  /** Exchanges by what became of them, since the cache began. */
  readonly verdicts: Readonly<Partial<Record<CacheVerdict, number>>>
  readonly recent: RecentVerdicts
  /** Exchanges that wait at present for another one to fetch what they want (proxy_cache_lock). */
  readonly waiting: number
  readonly stored: number
  /** Removed by a purge; and because nobody asked, or for want of room. */
  readonly purged: number
  readonly removed: number
  /** Why nothing is stored at present: what the disk said. */
  readonly trouble?: string
}

/** What became of the exchanges of the last minutes, by the minute and altogether. */
export interface RecentVerdicts {
  /** The whole minutes looked back on, the running one included. */
  readonly minutes: number
  /** One column a minute, the oldest first; minutes without an exchange are there too, and empty. */
  readonly columns: readonly VerdictColumn[]
  /** The sums over these columns. An exchange that never came to the cache (its method) has no verdict. */
  readonly verdicts: Readonly<Partial<Record<CacheVerdict, number>>>
  /** Why exchanges were not answered from the cache, the most frequent reason first. */
  readonly missed: readonly ReasonCount<MissReason>[]
  /** Why answers were not stored, the most frequent reason first. */
  readonly notStored: readonly ReasonCount<StoreReason>[]
}

/** One minute. */
export interface VerdictColumn {
  /** When it began; milliseconds since 1970. */
  readonly at: number
  readonly verdicts: Readonly<Partial<Record<CacheVerdict, number>>>
}

/** How often a reason was given (`missReasons`, `storeReasons` have the sentences). */
export interface ReasonCount<R extends string> {
  readonly reason: R
  readonly count: number
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
  /** When it was stored, or last found unchanged by the origin; and how long ago that is, in milliseconds. */
  readonly storedAt: number
  readonly age: number
  readonly freshUntil: number
  readonly fresh: boolean
  /** How often it was sent since this program knows of it. */
  readonly hits: number
  /** The request fields that variants are told apart by; empty without. */
  readonly vary: string
  /** The validators: the ETag field, empty without one, and Last-Modified, absent where the origin did not say. */
  readonly etag: string
  readonly lastModified?: number
  readonly inMemory: boolean
  /** Somebody is fetching it anew. */
  readonly updating: boolean
}

/** A stored response looked at closely. */
export interface CacheEntryDetail extends CacheEntryStatus {
  /** Where its file is. */
  readonly file: string
  /** Bytes it takes on the disk, whole blocks. */
  readonly diskSize: number
  /** The head as the origin sent it. */
  readonly head: string
}

/** Which stored responses are listed. */
export interface CacheFilter {
  /** Part of the key or of the host; upper and lower case are the same. */
  readonly text?: string | undefined
  /** What the key begins with, and the whole host: the same as `CachePurge` has them. */
  readonly prefix?: string | undefined
  readonly host?: string | undefined
  readonly fresh?: boolean | undefined
  readonly status?: number | undefined
}

/** Some stored responses, those used last first. */
export interface CachePage {
  /** How many fit the filter altogether, and the bytes of their bodies. */
  readonly total: number
  readonly size: number
  readonly entries: readonly CacheEntryStatus[]
}

/** What is to be purged. A key takes its variants along, unless one is named. */
export type CachePurge =
  | { readonly by: 'key'; readonly key: string; readonly variant?: string | undefined }
  | { readonly by: 'prefix'; readonly prefix: string }
  | { readonly by: 'host'; readonly host: string }
  | { readonly by: 'all' }

/** What a purge removed. */
export interface CachePurged {
  /** How many stored responses went; and the bytes of their bodies. */
  readonly removed: number
  readonly size: number
  /** How many were being fetched: their answers will not be stored. */
  readonly interrupted: number
  /** The same in a sentence, also where there was nothing to remove. */
  readonly message: string
}
