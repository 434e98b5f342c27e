/** What `proxy_cache` and its companions of one location compile to. */
import type { ProxyTarget, SentField } from '../proxy/settings.ts'
import type { Exchange } from '../request/exchange.ts'
import type { Script } from '../request/script.ts'
import type { CacheZone } from './zone.ts'

/** A `proxy_cache_valid`: a status (0: any) and seconds. */
export interface ValidTime {
  readonly status: number
  readonly seconds: number
}

export interface CacheSettings {
  /** The zone of an exchange; undefined: the variable says none; a text: there is no zone of this name. */
  zone(x: Exchange): CacheZone | undefined | string
  key(x: Exchange, target: ProxyTarget): string
  readonly valid: readonly ValidTime[]
  readonly methods: ReadonlySet<string>
  readonly minUses: number
  readonly bypass: readonly Script[]
  readonly noCache: readonly Script[]
  /** `updating`, and conditions of `proxy_next_upstream`. */
  readonly useStale: ReadonlySet<string>
  readonly backgroundUpdate: boolean
  readonly lock: boolean
  /** Milliseconds. */
  readonly lockTimeout: number
  readonly lockAge: number
  readonly revalidate: boolean
  readonly convertHead: boolean
  /** Bytes; Infinity: ranges always go through the cache. */
  readonly maxRangeOffset: number
  /** The fields sent to the upstream while its answer may be stored: without the client's conditions and ranges. */
  readonly fields: readonly SentField[]
  readonly overridden: ReadonlySet<string>
}

/** For how many seconds an answer with this status is fresh when the origin does not say; 0: it is not stored. */
export function validSeconds(valid: readonly ValidTime[], status: number): number {
  return valid.find((each) => each.status === 0 || each.status === status)?.seconds ?? 0
}

/** One of these texts is neither empty nor 0 (ngx_http_test_predicates). */
export function isAnySet(x: Exchange, scripts: readonly Script[]): boolean {
  return scripts.some((script) => {
    const value = script(x)
    return value !== '' && value !== '0'
  })
}
