/** One second of traffic. */
export interface ThroughputSecond {
  /** Milliseconds since 1970, whole seconds. */
  readonly at: number
  readonly requests: number
  /** By class of status: 1xx to 5xx. */
  readonly classes: readonly [number, number, number, number, number]
  readonly bytes: number
  readonly p50?: number
  readonly p95?: number
  readonly p99?: number
  readonly cache: Readonly<Record<string, number>>
  readonly limited: number
}

/** Counters of one route since the program started. */
export interface RouteCount {
  /** `pathKey` of the server or location. */
  readonly route: string
  readonly requests: number
  readonly errors: number
  /** Requests a second, over the last ten seconds. */
  readonly rate: number
  /** Milliseconds since 1970. */
  readonly lastAt?: number
  /** What nineteen of twenty answers of the last minute did not exceed, in milliseconds; absent: there were none. */
  readonly p95?: number
  /** Requests that came to a cache, and those of them that were answered with what was stored. */
  readonly cacheAsked: number
  readonly cacheServed: number
}

/** Traffic as numbers: exact, whatever rows were dropped. */
export interface Throughput {
  readonly seconds: readonly ThroughputSecond[]
  readonly routes: readonly RouteCount[]
  readonly connections: number
  readonly totalRequests: number
}
