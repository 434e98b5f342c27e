/** How often a limit did what. `dryRun`: would have been delayed or rejected, with `limit_…_dry_run on`. */
export interface LimitCounts {
  readonly passed: number
  readonly delayed: number
  readonly rejected: number
  readonly dryRun: number
}

/** One key of a zone, as it stands. */
export interface LimitKeyStatus {
  /** The key as text; an address where the key is `$binary_remote_addr`; bytes that are no text as `\xHH`. */
  readonly key: string
  /** Requests above the rate (nginx's excess), or connections in flight. */
  readonly load: number
  /** When the last request counted: milliseconds since 1970, whole seconds; absent for connections. */
  readonly lastAt?: number
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
  /** Keys it holds. */
  readonly keys: number
  /** Keys that had to go for want of memory, the least recently used first. */
  readonly evicted: number
  readonly total: LimitCounts
  readonly lastMinute: LimitCounts
  /** The keys with the highest load, the highest first. */
  readonly hottest: readonly LimitKeyStatus[]
}
