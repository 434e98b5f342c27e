/** What one exchange has to do with a cache (ngx_http_cache_t). */
import type { MissReason, StoreReason } from '../../status/cache-status.ts'
import type { CacheVerdict } from '../../status/exchange-record.ts'
import type { Exchange } from '../request/exchange.ts'
import type { FieldLines } from '../wire/fields.ts'
import type { Entry } from './entry.ts'
import type { CacheSettings } from './settings.ts'
import type { StoredHead } from './stored.ts'
import type { Stored, CacheZone } from './zone.ts'

export class CacheUse {
  readonly x: Exchange
  readonly settings: CacheSettings
  readonly zone: CacheZone
  readonly key: string
  /** The name it looks under: the key, or that of a variant. */
  name: string
  secondary = false
  /** This request refreshes in the background what another one was answered with. */
  readonly background: boolean
  /** The answer may be stored, as far as is known. */
  cacheable = true
  entry: Entry | undefined
  /** It is this exchange that fetches; until `lockUntil` of the entry nobody else does. */
  updating = false
  #lockUntil = 0
  /** Milliseconds; 0: it does not wait (any more). */
  lockTimeout: number
  waitUntil = 0
  /** What was found. */
  stored: Stored | undefined
  /** For a request in the background: what the one before it was answered with. */
  known: StoredHead | undefined
  /** Fields of the stored response that was sent, for `$upstream_http_*`. */
  servedFields: FieldLines | undefined
  /** The file was found damaged or gone. */
  lost = false

  /** How long the answer is fresh, in seconds since 1970; 0: it is not known. */
  freshUntil = 0
  staleWhileRevalidate = 0
  staleIfError = 0
  /** The stored response may be sent while it is refreshed, or when the origin fails (RFC 5861). */
  mayServeWhileUpdating = false
  mayServeOnError = false
  /** The answer's. */
  vary = ''
  /** The stored response's, and then the answer's. */
  etag = ''
  lastModified = -1
  /** A status that the next ones are answered with without asking. */
  error = 0
  #purges = 0
  #over = false

  constructor(x: Exchange, settings: CacheSettings, zone: CacheZone, key: string, background: boolean) {
    this.x = x
    this.settings = settings
    this.zone = zone
    this.key = key
    this.name = key
    this.background = background
    this.lockTimeout = settings.lock ? settings.lockTimeout : 0
  }

  get over(): boolean {
    return this.#over
  }

  get verdict(): CacheVerdict | undefined {
    return this.x.cacheStatus
  }

  set verdict(verdict: CacheVerdict | undefined) {
    this.x.cacheStatus = verdict
  }

  /** Why it is not a hit; the first reason counts. */
  missed(reason: MissReason): void {
    this.x.cacheReason ??= reason
  }

  /** The answer will not be stored; the first reason counts. */
  refuse(reason: StoreReason): void {
    this.cacheable = false
    this.x.cacheNotStored ??= reason
  }

  /** Takes hold of an entry: it is not removed while it is held. */
  hold(entry: Entry): void {
    this.entry = entry
    this.#purges = entry.purges
    entry.count++
  }

  /** It fetches what is not there or not fresh. */
  takeUpdating(lockAge: number): void {
    const { entry } = this
    if (!entry) return
    entry.updating = true
    // A whole number needs no memory of its own in the entry.
    entry.lockUntil = Math.ceil(this.zone.clock.monotonic() + lockAge)
    this.updating = true
    this.#lockUntil = entry.lockUntil
  }

  /** Whoever fetched this entry before has been given up on, or another one took over from it. */
  get ownsUpdate(): boolean {
    return this.updating && this.entry?.lockUntil === this.#lockUntil
  }

  /** Does another one's fetching (in the background), which that one needs not finish. */
  takeOver(other: CacheUse): void {
    this.name = other.name
    this.secondary = other.secondary
    if (!other.entry) return
    this.hold(other.entry)
    this.updating = other.updating
    this.#lockUntil = other.#lockUntil
    other.updating = false
  }

  /** It was purged since it was held. */
  get purgedMeanwhile(): boolean {
    return this.entry?.purges !== this.#purges
  }

  /** Leaves its entry for another one, which fetches on its own account (ngx_http_file_cache_update_variant). */
  leave(): void {
    const { entry } = this
    this.entry = undefined
    this.updating = false
    if (!entry) return
    entry.count--
    entry.release()
  }

  /** The answer is stored. */
  finish(): void {
    if (this.#over) return
    this.#end()
    this.updating = false
    const { entry } = this
    if (!entry) return
    entry.count--
    entry.release()
  }

  /** Nothing (more) is stored: lets go of the entry (ngx_http_file_cache_free). */
  free(): void {
    const { entry, zone } = this
    this.putBack()
    if (this.#over) return
    this.#end()
    if (!entry) return
    entry.count--
    if (this.ownsUpdate) entry.release()
    this.updating = false
    if (this.error) {
      entry.error = this.error
      if (this.freshUntil !== 0) entry.errorUntil = this.freshUntil
    } else if (!entry.exists && entry.count === 0 && this.settings.minUses === 1) zone.remove(entry)
  }

  #end(): void {
    this.#over = true
    if (!this.background) countExchange(this.zone, this.x)
  }

  /** What was found is not sent (now). */
  putBack(): void {
    if (this.stored && 'close' in this.stored) this.stored.close()
    this.stored = undefined
  }

  /** What was found, for sending: it is the caller's to close now. */
  takeStored(): Stored | undefined {
    const { stored } = this
    this.stored = undefined
    return stored
  }
}

/** An exchange is through with a cache. */
export function countExchange(zone: CacheZone, x: Exchange): void {
  zone.tally.count(zone.clock.now(), x.cacheStatus, x.cacheReason, x.cacheNotStored)
}
