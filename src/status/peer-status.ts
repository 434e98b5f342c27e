/**
 * What a peer does. `failed` sits out fail_timeout after max_fails failures; `checking` gets requests and waits for
 * its active check's first word; `unhealthy` was taken out by its active check.
 */
export type PeerState = 'up' | 'down' | 'draining' | 'failed' | 'checking' | 'unhealthy'

/** What was steered away from the configuration, until it is kept, taken back, or the program ends. */
export interface PeerSteered {
  readonly weight?: number
  /** Down here and not in the configuration, or the other way round; draining is in no configuration. */
  readonly state?: 'up' | 'down' | 'draining'
}

/** What a peer's active check says. */
export interface PeerCheck {
  readonly state: 'checking' | 'healthy' | 'unhealthy'
  /** Good and bad answers since the checks began, and how many of the last kind came in a row. */
  readonly passed: number
  readonly failed: number
  readonly inARow: number
  /** When the last check ended, milliseconds since 1970, and how long it took. */
  readonly lastAt?: number
  readonly lastMs?: number
  /** The last one that failed, in words: `GET /health answered 503, expected 200`. */
  readonly reason?: string
  readonly failedAt?: number
  /** Unhealthy, and still asked because no other peer is live: a check alone never takes the last one out. */
  readonly spared?: true
}

/** One peer of an upstream, as it stands. Times are milliseconds since 1970. */
export interface PeerStatus {
  readonly address: string
  /** The `server` line it comes from, when a name gave several addresses. */
  readonly server: string
  /** What counts now: the configuration's, unless steered. */
  readonly weight: number
  /** What the configuration says. */
  readonly configuredWeight: number
  /** `weight` less what failures took off it; nginx raises it again by one with each choice. */
  readonly effectiveWeight: number
  /** Another weight or state than the configuration has; absent: as configured. */
  readonly steered?: PeerSteered
  readonly backup: boolean
  readonly state: PeerState
  /** When a failed peer is tried again. */
  readonly failedUntil?: number
  /** Absent: the upstream has no active check. */
  readonly check?: PeerCheck
  /** Connections in use, and those kept for the next request. */
  readonly active: number
  readonly idle: number
  /** Bounds `active`; absent: nothing does. */
  readonly maxConns?: number
  readonly requests: number
  readonly failures: number
  /** The last failure in words, `connect() failed (111: Connection refused)`, and when it was. */
  readonly lastFailure?: string
  readonly lastFailureAt?: number
  /** Its part by the configured weights among all that are neither backup nor down there, 0 to 1. */
  readonly configuredShare: number
  /** Its part by present weights among those that take requests now, 0 to 1. */
  readonly expectedShare: number
  /** Its part of the upstream's requests in the last minute, 0 to 1; and how many those were. */
  readonly share: number
  readonly lastMinute: number
  /** Response times of the last minute, milliseconds. */
  readonly p50?: number
  readonly p95?: number
  readonly p99?: number
}

/** What a `server` line's name stands for. */
export interface PeerName {
  /** The name, without its port. */
  readonly name: string
  /** `start`: looked up at each apply, as nginx does once; `resolver`: followed while it runs (`resolve`). */
  readonly by: 'start' | 'resolver'
  readonly addresses: readonly string[]
  /** When they were found and, by a resolver, until when they are believed; milliseconds since 1970. */
  readonly resolvedAt?: number
  readonly validUntil?: number
  /** Why the last look-up gave nothing; what was found before stays in use. */
  readonly problem?: string
}

/** One upstream with its peers. */
export interface UpstreamStatus {
  readonly name: string
  /** In nginx's words: `round robin`, `least_conn`, `hash consistent`, `sticky cookie`. */
  readonly method: string
  /** A `proxy_pass` names the host itself: there is no `upstream` block, and nothing to keep a steering in. */
  readonly implicit: boolean
  /** Idle connections kept at most; 0: none. */
  readonly keepalive: number
  /** Requests of the last minute. */
  readonly lastMinute: number
  /** The host names its `server` lines have; addresses are not among them. */
  readonly names: readonly PeerName[]
  readonly peers: readonly PeerStatus[]
}
