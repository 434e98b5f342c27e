/** One peer: its settings and what has happened to it (ngx_http_upstream_rr_peer_t). */
import type { PeerStatus } from '../../status/peer-status.ts'
import { RecentTimes } from './recent-times.ts'

/** Where a peer is dialled. */
export type Dial = { readonly path: string } | { readonly host: string; readonly port: number }

/** What can be changed of a peer while it runs. */
export interface Steer {
  /** 1 or more. */
  readonly weight?: number | undefined
  readonly down?: boolean | undefined
  /** No new exchanges; the running ones end. */
  readonly draining?: boolean | undefined
}

/** nginx counts failures and fail_timeout by its clock's seconds. */
export function wholeSeconds(ms: number): number {
  return Math.floor(ms / 1000) * 1000
}

export class Peer {
  /** As `$upstream_addr` shows it. */
  readonly name: string
  /** The `server` line's address. */
  readonly server: string
  readonly dial: Dial
  readonly isBackup: boolean
  /** As the configuration has it; `weight` and `down` may be steered away from these. */
  readonly configured: { readonly weight: number; readonly down: boolean }
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
  /** Monotonic milliseconds, whole seconds, of the last failure, and of the window it is counted in. */
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
    this.configured = { weight: this.weight, down: this.down }
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
    // What was steered stays until the configuration itself says something else.
    if (old.configured.weight === this.configured.weight) this.weight = this.effectiveWeight = old.weight
    if (old.configured.down === this.configured.down) this.down = old.down
  }

  /** Changes what is given, from the next exchange on. */
  steer({ weight, down, draining }: Steer): void {
    if (weight !== undefined) {
      this.weight = weight
      this.effectiveWeight = weight
      this.currentWeight = 0
    }
    this.down = down ?? this.down
    this.draining = draining ?? this.draining
  }

  /** Sits out fail_timeout after max_fails failures. */
  failed(now: number): boolean {
    return (
      this.maxFails > 0 && this.fails >= this.maxFails && wholeSeconds(now) - this.checked <= this.failTimeout
    )
  }

  /** May get a request now (the checks of ngx_http_upstream_get_peer). */
  available(now: number): boolean {
    return this.hasRoom() && !this.failed(now)
  }

  /** Neither taken out nor at its max_conns. */
  hasRoom(): boolean {
    return !this.down && !this.draining && !(this.maxConns > 0 && this.connections >= this.maxConns)
  }

  /** It gets this request: a window for failures begins where the last one is over. */
  chosen(now: number): void {
    const second = wholeSeconds(now)
    if (second - this.checked > this.failTimeout) this.checked = second
  }

  /** `now` monotonic, `wall` since 1970; `total`: requests of all peers in the last minute. */
  status(now: number, wall: number, total: number, idle: number): PeerStatus {
    const failed = this.failed(now)
    const times = this.recent.percentiles(now)
    return {
      address: this.name,
      server: this.server,
      weight: this.weight,
      configuredWeight: this.configured.weight,
      backup: this.isBackup,
      state: this.down ? 'down' : this.draining ? 'draining' : failed ? 'failed' : 'up',
      // The second in which fail_timeout is reached still belongs to it.
      ...(failed && { failedUntil: Math.round(wall + this.failTimeout + 1000 - (now - this.checked)) }),
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
