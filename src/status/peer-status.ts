/** What a peer does: `failed` sits out fail_timeout. */
export type PeerState = 'up' | 'down' | 'draining' | 'failed' | 'checking'

/** One peer of an upstream, as it stands. */
export interface PeerStatus {
  readonly address: string
  /** The `server` line it comes from, when a name gave several addresses. */
  readonly server: string
  /** What counts now. */
  readonly weight: number
  /** What the configuration says; another than `weight` where it was steered. */
  readonly configuredWeight?: number
  readonly backup: boolean
  readonly state: PeerState
  /** When a failed peer is tried again; milliseconds since 1970. */
  readonly failedUntil?: number
  readonly active: number
  readonly idle: number
  readonly requests: number
  readonly failures: number
  readonly lastFailure?: string
  /** Its part of the upstream's requests in the last minute, 0 to 1. */
  readonly share: number
  /** Response times of the last minute, milliseconds. */
  readonly p50?: number
  readonly p95?: number
  readonly p99?: number
}

/** One upstream with its peers. */
export interface UpstreamStatus {
  readonly name: string
  readonly method: string
  readonly keepalive: number
  readonly peers: readonly PeerStatus[]
}
