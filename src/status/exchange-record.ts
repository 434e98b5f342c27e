/**
 * What can be seen of one exchange: one request with its answer. Rows are light; both sides' heads are
 * in the detail, fetched when somebody looks.
 */

import type { LimitVerdict } from './limit-zone-status.ts'

/** One try at one peer. Times are milliseconds since the attempt began; absent: not reached. */
export interface Attempt {
  /** The peer's address as nginx's `$upstream_addr` has it. */
  readonly peer: string
  /** nginx's `$upstream_status`; 0 when there was no answer (`502`/`504` are told by `error`). */
  readonly status: number
  readonly connectMs?: number
  readonly headerMs?: number
  readonly responseMs: number
  /** Whether a kept connection was used. */
  readonly reused: boolean
  /** Why it failed, in nginx's words: `connect() failed (111: Connection refused)`. */
  readonly error?: string
  /** The message this attempt sent, as it went over the wire, without its body. */
  readonly requestHead?: string
  readonly responseHead?: string
}

/** How long one phase took, in milliseconds, from the exchange's start. */
export interface PhaseSpan {
  readonly name: string
  readonly startMs: number
  readonly durationMs: number
}

/** What became of the request at the cache; nginx's `$upstream_cache_status`. */
export type CacheVerdict = 'HIT' | 'MISS' | 'BYPASS' | 'EXPIRED' | 'STALE' | 'UPDATING' | 'REVALIDATED'

/** One row of the traffic table. */
export interface ExchangeRecord {
  /** Counts from 1 since the program started. */
  readonly id: number
  /** When the first byte of the request was there; milliseconds since 1970. */
  readonly startedAt: number
  readonly durationMs: number
  readonly client: string
  /** The client's port; absent for unix sockets. */
  readonly clientPort?: number
  /** The port of this machine that it came to; absent for unix sockets. */
  readonly port?: number
  readonly scheme: 'http' | 'https'
  readonly protocol: string
  readonly method: string
  readonly host: string
  /** The request target as received. */
  readonly target: string
  readonly status: number
  /** Everything sent to the client, head included. */
  readonly bytesSent: number
  readonly bodyBytesSent: number
  readonly requestBytes: number
  /** `pathKey` of the server and location that matched (`config/path.ts`); absent when none was chosen yet. */
  readonly route?: string
  /** The server's and the location's keys, for showing. */
  readonly server?: string
  readonly location?: string
  /** The upstream's name (`proxy_pass`'s host), when it was proxied. */
  readonly upstream?: string
  /** The last peer tried. */
  readonly peer?: string
  readonly attempts: number
  readonly cache?: CacheVerdict
  /** Why not from the cache: a word of `missReasons` (`status/cache-status.ts`). */
  readonly cacheReason?: string
  /** What was stored had not been fresh any more for so many seconds; with the reason `expired`. */
  readonly cacheExpiredSeconds?: number
  /** Why the answer was not stored: a word of `storeReasons`. */
  readonly cacheNotStored?: string
  /** What a limit did: absent where none looked at it or all let it pass at once. */
  readonly limit?: Exclude<LimitVerdict, 'PASSED'>
  /** The zone of that limit, and the request's key there, as `limits.watch` shows it. */
  readonly limitZone?: string
  readonly limitKey?: string
  /** What went wrong, in one sentence. */
  readonly error?: string
  /** Switched to another protocol (WebSocket). */
  readonly upgraded?: true
  /** Its upstream gave no answer, and a reply kept on this machine was sent. */
  readonly keptReply?: true
  /** It has not ended yet: times and sizes are those of now, and a status of 0 is none yet. */
  readonly running?: true
}

/** One field as it was on the wire. */
export type FieldPair = readonly [name: string, value: string]

/** A head taken apart for showing. */
export interface ShownHead {
  readonly startLine: string
  readonly fields: readonly FieldPair[]
}

/** Everything known of one exchange. */
export interface ExchangeDetail {
  readonly record: ExchangeRecord
  readonly phases: readonly PhaseSpan[]
  readonly attempts: readonly Attempt[]
  readonly request: ShownHead
  /** What the last attempt sent to the upstream. */
  readonly upstreamRequest?: ShownHead
  /** What the upstream answered. */
  readonly upstreamResponse?: ShownHead
  readonly response?: ShownHead
}
