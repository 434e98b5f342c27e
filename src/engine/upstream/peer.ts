/** One peer: its settings and what has happened to it (ngx_http_upstream_rr_peer_t). */
import type { PeerStatus } from '../../status/peer-status.ts'
import { RecentTimes } from './recent-times.ts'

/** Where a peer is dialled. */
export type Dial = { readonly path: string } | { readonly host: string; readonly port: number }

export class Peer {
  /** As `$upstream_addr` shows it. */
  readonly name: string
  /** The `server` line's address. */
  readonly server: string
  readonly dial: Dial
  readonly isBackup: boolean
  weight: number
  maxConns: number
  maxFails: number
  failTimeout: number
  down: boolean
  draining = false

  currentWeight = 0
  effectiveWeight: number
  connections = 0
  fails = 0
  /** Monotonic milliseconds of the last failure, and of the window it is counted in. */
  accessed = -Infinity
  checked = -Infinity
  requests = 0
  failures = 0
  lastFailure: string | undefined
  recent = new RecentTimes()

  constructor(init: {
    name: string
    server: string
    dial: Dial
    isBackup?: boolean
    weight?: number
    maxConns?: number
    maxFails?: number
    failTimeout?: number
    down?: boolean
  }) {
    this.name = init.name
    this.server = init.server
    this.dial = init.dial
    this.isBackup = init.isBackup ?? false
    this.weight = init.weight ?? 1
    this.effectiveWeight = this.weight
    this.maxConns = init.maxConns ?? 0
    this.maxFails = init.maxFails ?? 1
    this.failTimeout = init.failTimeout ?? 10_000
    this.down = init.down ?? false
  }

  /** Takes over what happened to the same peer in the cycle before. */
  remember(old: Peer): void {
    this.fails = old.fails
    this.accessed = old.accessed
    this.checked = old.checked
    this.requests = old.requests
    this.failures = old.failures
    this.lastFailure = old.lastFailure
    this.recent = old.recent
    this.draining = old.draining
  }

  /** Sits out fail_timeout after max_fails failures. */
  failed(now: number): boolean {
    return this.maxFails > 0 && this.fails >= this.maxFails && now - this.checked <= this.failTimeout
  }

  /** May get a request now (the checks of ngx_http_upstream_get_peer). */
  available(now: number): boolean {
    return (
      !this.down &&
      !this.draining &&
      !this.failed(now) &&
      !(this.maxConns > 0 && this.connections >= this.maxConns)
    )
  }

  status(now: number, total: number, idle: number): PeerStatus {
    const failed = this.failed(now)
    const times = this.recent.percentiles(now)
    return {
      address: this.name,
      server: this.server,
      weight: this.weight,
      backup: this.isBackup,
      state: this.down ? 'down' : this.draining ? 'draining' : failed ? 'failed' : 'up',
      ...(failed && { failedUntil: Date.now() + this.failTimeout - (now - this.checked) }),
      active: this.connections,
      idle,
      requests: this.requests,
      failures: this.failures,
      ...(this.lastFailure !== undefined && { lastFailure: this.lastFailure }),
      share: total === 0 ? 0 : this.recent.count(now) / total,
      ...times,
    }
  }
}
