/**
 * Active checks: each peer of an upstream that has one is asked from time to time, and taken out or let in again.
 * nginx has this in its commercial version only, so it is set in the local overlay. Checks belong to the engine and
 * not to a cycle: an apply that changes nothing of a peer's check does not disturb it.
 */
import type { Clock, Timer } from '../../base/clock.ts'
import type { ActiveCheck } from '../../config/local.ts'
import type { UpstreamGroup } from './group.ts'
import type { Peer } from './peer.ts'
import { probe, type Probe } from './probe.ts'

/** Where changes of health are told, for the error log. */
export type Tell = (severity: 'warn' | 'notice', message: string) => void

export class ActiveChecks {
  readonly #clock: Clock
  readonly #tell: Tell
  readonly #running = new Map<string, PeerChecker>()

  constructor(clock: Clock, tell: Tell) {
    this.#clock = clock
    this.#tell = tell
  }

  /** From now on the peers of these groups are checked, and no others. */
  follow(groups: Iterable<UpstreamGroup>): void {
    const wanted = new Set<string>()
    for (const group of groups) {
      const { check } = group
      if (!check) continue
      for (const peer of group.peers) {
        const key = JSON.stringify([group.name, peer.server, peer.name, peer.dial, check])
        wanted.add(key)
        const known = this.#running.get(key)
        if (known) known.peer = peer
        else this.#begin(key, group.name, peer, check)
      }
    }
    for (const [key, checker] of this.#running)
      if (!wanted.has(key)) {
        checker.dispose()
        this.#running.delete(key)
      }
  }

  #begin(key: string, upstream: string, peer: Peer, check: ActiveCheck): void {
    // Another check: what the one before it said does not count.
    peer.check = { state: 'checking', passed: 0, failed: 0, inARow: 0 }
    this.#running.set(key, new PeerChecker(upstream, peer, check, this.#clock, this.#tell))
  }

  /** How many peers are checked. */
  get size(): number {
    return this.#running.size
  }

  dispose(): void {
    this.follow([])
  }
}

/** Checks one peer until it is disposed of. */
class PeerChecker {
  /** The peer of the present cycle. */
  peer: Peer
  readonly #upstream: string
  readonly #check: ActiveCheck
  readonly #clock: Clock
  readonly #tell: Tell
  #probe: Probe | undefined
  #timer: Timer | undefined
  #lastGood: boolean | undefined

  constructor(upstream: string, peer: Peer, check: ActiveCheck, clock: Clock, tell: Tell) {
    this.peer = peer
    this.#upstream = upstream
    this.#check = check
    this.#clock = clock
    this.#tell = tell
    this.#ask()
  }

  dispose(): void {
    this.#timer?.cancel()
    this.#probe?.cancel()
  }

  #ask(): void {
    const begun = this.#clock.monotonic()
    this.#probe = probe(this.peer.dial, this.#check, this.#upstream, this.#clock, (wrong) => {
      this.#probe = undefined
      this.#judge(wrong, this.#clock.monotonic() - begun)
      this.#timer = this.#clock.after(this.#check.interval, () => this.#ask())
    })
  }

  #judge(wrong: string | undefined, ms: number): void {
    const { peer } = this
    const before = peer.check ?? { state: 'checking', passed: 0, failed: 0, inARow: 0 }
    const good = wrong === undefined
    const inARow = this.#lastGood === good ? before.inARow + 1 : 1
    this.#lastGood = good
    const now = Math.round(this.#clock.now())
    const state = this.#stateAfter(before.state, good, inARow)
    peer.check = {
      ...before,
      state,
      passed: before.passed + (good ? 1 : 0),
      failed: before.failed + (good ? 0 : 1),
      inARow,
      lastAt: now,
      lastMs: Math.round(ms * 10) / 10,
      ...(!good && { reason: wrong, failedAt: now }),
    }
    if (state === before.state) return
    const who = `peer ${peer.name} of upstream "${this.#upstream}"`
    if (state === 'unhealthy') this.#tell('warn', `${who} is unhealthy: ${wrong ?? ''}`)
    else if (before.state === 'unhealthy') this.#tell('notice', `${who} is healthy again`)
  }

  // The first good answer is enough for a peer nobody knows; a bad one counts towards `falls`.
  #stateAfter(before: 'checking' | 'healthy' | 'unhealthy', good: boolean, inARow: number): typeof before {
    if (good) return before !== 'unhealthy' || inARow >= this.#check.rises ? 'healthy' : before
    return inARow >= this.#check.falls ? 'unhealthy' : before
  }
}
