/** One peer: its settings and what has happened to it (ngx_http_upstream_rr_peer_t). */
import { createHash } from 'node:crypto'
import type { PeerCheck, PeerState, PeerStatus, PeerSteered } from '../../status/peer-status.ts'
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
  /** Back to what the configuration says. */
  readonly reset?: boolean | undefined
}

/** What its upstream adds to a peer's status. Times are milliseconds, since some start and since 1970. */
export interface PeerView {
  readonly now: number
  readonly wall: number
  /** Requests of all peers in the last minute. */
  readonly lastMinute: number
  /** Weights of those that the configuration gives a share, and, for one of these, of those that take requests now. */
  readonly configuredTotal: number
  readonly presentTotal: number
  readonly idle: number
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
  readonly #route: string | undefined
  #sid: string | undefined
  /** As the configuration has it; these may be steered away from these. */
  readonly configured: {
    readonly weight: number
    readonly down: boolean
    readonly draining: boolean
  }
  weight: number
  maxConns: number
  maxFails: number
  failTimeout: number
  down: boolean
  draining: boolean

  currentWeight = 0
  effectiveWeight: number
  connections = 0
  fails = 0
  /** Monotonic milliseconds, whole seconds, of the last failure, and of the window it is counted in. */
  accessed = -Infinity
  checked = -Infinity
  requests = 0
  failures = 0
  /** `at`: monotonic milliseconds. */
  lastFailure: { readonly why: string; readonly at: number } | undefined
  /** What its active check says, where its upstream has one. */
  check: PeerCheck | undefined
  /** Whether somebody else could take its requests; asked of a peer that its check calls unhealthy. */
  othersLive: ((now: number) => boolean) | undefined
  recent = new RecentTimes()

  constructor(init: {
    name: string
    server: string
    dial: Dial
    isBackup?: boolean
    route?: string | undefined
    weight?: number
    maxConns?: number
    maxFails?: number
    failTimeout?: number
    down?: boolean
    draining?: boolean
  }) {
    this.name = init.name
    this.server = init.server
    this.dial = init.dial
    this.isBackup = init.isBackup ?? false
    this.#route = init.route
    this.weight = init.weight ?? 1
    this.effectiveWeight = this.weight
    this.maxConns = init.maxConns ?? 0
    this.maxFails = init.maxFails ?? 1
    this.failTimeout = init.failTimeout ?? 10_000
    this.down = init.down ?? false
    this.draining = init.draining ?? false
    this.configured = { weight: this.weight, down: this.down, draining: this.draining }
  }

  /** What sticky clients name it by: its `route`, or MD5 of its address in hexadecimal digits. */
  get sid(): string {
    return (this.#sid ??= this.#route ?? createHash('md5').update(this.name).digest('hex'))
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
    this.check = old.check
    // What was steered stays until the configuration itself says something else.
    if (old.configured.weight === this.configured.weight) this.weight = this.effectiveWeight = old.weight
    const { down, draining } = this.configured
    if (old.configured.down !== down || old.configured.draining !== draining) return
    this.down = old.down
    this.draining = old.draining
  }

  /** Changes what is given, from the next exchange on. Up again, it has not failed. */
  steer(change: Steer): void {
    const { weight, down, draining } = change.reset ? this.configured : change
    if (down === false || draining === false) this.fails = 0
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
  available(now: number, drains = this.draining): boolean {
    return (
      this.hasRoom(drains) && !this.failed(now) && (this.check?.state !== 'unhealthy' || this.spared(now))
    )
  }

  /** The same for a client that has been with it: draining, it goes on with those. */
  availableToItsOwn(now: number): boolean {
    return this.available(now, false)
  }

  /** Its check alone would take it out, and nobody else is live. */
  spared(now: number): boolean {
    return this.othersLive?.(now) !== true
  }

  /** Takes requests as far as it is asked about itself: nothing has taken it out. */
  live(now: number): boolean {
    return !this.down && !this.draining && this.check?.state !== 'unhealthy' && !this.failed(now)
  }

  /** A request goes to it. */
  begins(now: number): void {
    this.connections++
    this.requests++
    this.recent.began(now)
  }

  /** Neither taken out nor at its max_conns. */
  hasRoom(drains = this.draining): boolean {
    return !this.down && !drains && !(this.maxConns > 0 && this.connections >= this.maxConns)
  }

  /** It gets this request: a window for failures begins where the last one is over. */
  chosen(now: number): void {
    const second = wholeSeconds(now)
    if (second - this.checked > this.failTimeout) this.checked = second
  }

  status(view: PeerView): PeerStatus {
    const { now, wall } = view
    const count = this.recent.count(now)
    const failed = this.failed(now)
    const { steered, check, lastFailure } = this
    const spared = check?.state === 'unhealthy' && this.spared(now)
    return {
      address: this.name,
      server: this.server,
      weight: this.weight,
      configuredWeight: this.configured.weight,
      effectiveWeight: this.effectiveWeight,
      ...(steered && { steered }),
      backup: this.isBackup,
      state: this.#state(failed),
      // The second in which fail_timeout is reached still belongs to it.
      ...(failed && { failedUntil: Math.round(wall + this.failTimeout + 1000 - (now - this.checked)) }),
      ...(check && { check: spared ? { ...check, spared } : check }),
      active: this.connections,
      idle: view.idle,
      ...(this.maxConns > 0 && { maxConns: this.maxConns }),
      requests: this.requests,
      failures: this.failures,
      ...(lastFailure && {
        lastFailure: lastFailure.why,
        lastFailureAt: Math.round(wall - (now - lastFailure.at)),
      }),
      configuredShare: this.hasConfiguredShare ? part(this.configured.weight, view.configuredTotal) : 0,
      expectedShare: part(this.weight, view.presentTotal),
      share: part(count, view.lastMinute),
      lastMinute: count,
      ...this.recent.percentiles(now),
    }
  }

  /** The configuration gives it a share of the requests. */
  get hasConfiguredShare(): boolean {
    return !this.isBackup && !this.configured.down && !this.configured.draining
  }

  #state(failed: boolean): PeerState {
    if (this.down) return 'down'
    if (this.draining) return 'draining'
    if (this.check?.state === 'unhealthy') return 'unhealthy'
    if (failed) return 'failed'
    return this.check?.state === 'checking' ? 'checking' : 'up'
  }

  /** What is another way than the configuration has it. */
  get steered(): PeerSteered | undefined {
    const { weight, down, draining, configured } = this
    const sameState = down === configured.down && draining === configured.draining
    if (weight === configured.weight && sameState) return undefined
    const state = down ? 'down' : draining ? 'draining' : 'up'
    return {
      ...(weight !== configured.weight && { weight }),
      ...(!sameState && { state }),
    }
  }
}

function part(some: number, all: number): number {
  return all === 0 ? 0 : some / all
}
