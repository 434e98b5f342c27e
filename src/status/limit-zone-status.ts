/** What a limit did with a request; nginx's `$limit_req_status` and `$limit_conn_status`. */
export type LimitVerdict =
  | 'PASSED'
  | 'DELAYED'
  | 'REJECTED'
  /** Would have been, with `limit_…_dry_run on`. */
  | 'DELAYED_DRY_RUN'
  | 'REJECTED_DRY_RUN'

/** How often a limit did what. `dryRun`: would have been delayed or rejected, with `limit_…_dry_run on`. */
export interface LimitCounts {
  readonly passed: number
  readonly delayed: number
  readonly rejected: number
  readonly dryRun: number
}

/** What a limit did in one stretch of time. */
export interface LimitBucket extends LimitCounts {
  /** When it began: milliseconds since 1970. */
  readonly at: number
}

/** One key of a zone, as it stands. */
export interface LimitKeyStatus {
  /** The key as text; an address where the key is `$binary_remote_addr`; bytes that are no text as `\xHH`. */
  readonly key: string
  /** Requests above the rate (nginx's excess), or connections in flight. */
  readonly load: number
  /** When the last request counted: milliseconds since 1970, whole seconds; absent for connections. */
  readonly lastAt?: number
  /** Requests of this key that were delayed and rejected (dry runs too) since the zone knows it. */
  readonly delayed: number
  readonly rejected: number
}

/** A place that a zone is used in: one `limit_req` or `limit_conn` as it holds for a location. */
export interface LimitUse {
  /** `pathKey` of the location, as in exchange records. */
  readonly route: string
  /** The `limit_req`'s: requests above the rate that may wait, and those of them that need not. */
  readonly burst?: number
  readonly delay?: number | 'nodelay'
  /** The `limit_conn`'s: how many at a time. */
  readonly connections?: number
  /** What a rejected request is answered with. */
  readonly status: number
  readonly dryRun: boolean
}

/** One `limit_req_zone` or `limit_conn_zone`, as it stands. */
export interface LimitZoneStatus {
  readonly name: string
  readonly kind: 'requests' | 'connections'
  /** As the configuration has it: `$binary_remote_addr`. */
  readonly key: string
  /** Requests allowed; absent for connections. */
  readonly rate?: { readonly requests: number; readonly per: 's' | 'm' }
  /** Bytes of its memory, and how many of them are taken. */
  readonly size: number
  readonly used: number
  /** Keys it holds, and about how many of this length it can hold. */
  readonly keys: number
  readonly capacity: number
  /** Keys that had to go for want of memory, the least recently used first. */
  readonly evicted: number
  readonly total: LimitCounts
  readonly lastMinute: LimitCounts
  /** The last 15 minutes in stretches of 15 s, the oldest first; the last one is still going on. */
  readonly history: readonly LimitBucket[]
  /** The keys with the highest load, the highest first. */
  readonly hottest: readonly LimitKeyStatus[]
  /** Where it is used, in the order of the configuration; empty: nowhere. */
  readonly uses: readonly LimitUse[]
}
