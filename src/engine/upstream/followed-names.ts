/**
 * `server NAME resolve`: peers come and go with the addresses a name has (the run-time resolving of
 * ngx_http_upstream_zone_module.c, nginx 1.27.3). Belongs to the engine, so that an apply asks nothing anew.
 */
import type { Clock, Timer } from '../../base/clock.ts'
import { ResolveError, type Resolved } from './resolver.ts'
import type { FollowedName, UpstreamGroup } from './group.ts'

// nginx's: after a failure it waits at least a second, and believes for ten seconds that a name is not there.
const leastWait = 1000
const notFoundMs = 10_000

/** Told where a name has other addresses than before, and where it has none any more. */
export interface Told {
  changed(): void
  log(severity: 'notice' | 'warn', message: string): void
}

export class FollowedNames {
  readonly #clock: Clock
  readonly #told: Told
  readonly #running = new Map<string, Follower>()

  constructor(clock: Clock, told: Told) {
    this.#clock = clock
    this.#told = told
  }

  /** From now on the names of these groups are followed, and no others. */
  follow(groups: Iterable<UpstreamGroup>): void {
    const wanted = new Set<string>()
    for (const group of groups)
      for (const followed of group.followed) {
        const key = JSON.stringify([group.name, followed.name, followed.resolverKey, followed.timeout])
        wanted.add(key)
        const known = this.#running.get(key)
        if (known) known.moveTo(group, followed)
        else this.#running.set(key, new Follower(group, followed, this.#clock, this.#told))
      }
    for (const [key, follower] of this.#running)
      if (!wanted.has(key)) {
        follower.dispose()
        this.#running.delete(key)
      }
  }

  dispose(): void {
    this.follow([])
  }
}

class Follower {
  #group: UpstreamGroup
  #followed: FollowedName
  readonly #clock: Clock
  readonly #told: Told
  #timer: Timer | undefined
  #over = false

  constructor(group: UpstreamGroup, followed: FollowedName, clock: Clock, told: Told) {
    this.#group = group
    this.#followed = followed
    this.#clock = clock
    this.#told = told
    this.#ask()
  }

  /** The same name in the next cycle: its group has the addresses that were known when it was compiled. */
  moveTo(group: UpstreamGroup, followed: FollowedName): void {
    const known = this.#group.addressesOf(followed.name)
    if (known && group !== this.#group) group.setAddresses(followed.name, known)
    this.#group = group
    this.#followed = followed
  }

  dispose(): void {
    this.#over = true
    this.#timer?.cancel()
  }

  #ask(): void {
    const { name, timeout, resolver } = this.#followed
    resolver.resolve(name, timeout).then(
      (resolved) => {
        if (!this.#over) this.#resolved(resolved)
      },
      (error: unknown) => {
        if (!this.#over) this.#failed(error)
      },
    )
  }

  #resolved({ addresses: found, validUntil }: Resolved): void {
    const addresses = [...new Set(found)]
    const now = this.#clock.monotonic()
    const wall = this.#clock.now()
    const changed = this.#group.setAddresses(this.#followed.name, {
      addresses,
      resolvedAt: Math.round(wall),
      validUntil: Math.round(wall + validUntil - now),
    })
    if (changed) {
      this.#told.log(
        'notice',
        `${this.#followed.name} of upstream "${this.#group.name}" is ${addresses.join(', ')}`,
      )
      this.#told.changed()
    }
    // A second more, so that the answer is not the one that is remembered.
    this.#again(Math.max(leastWait, validUntil - now + leastWait))
  }

  #failed(error: unknown): void {
    const message = error instanceof Error ? error.message : String(error)
    const { name } = this.#followed
    this.#told.log('warn', `${name} of upstream "${this.#group.name}" could not be resolved (${message})`)
    const gone = error instanceof ResolveError && error.notFound
    const changed = this.#group.setAddresses(name, { problem: message, ...(gone && { addresses: [] }) })
    if (changed) this.#told.changed()
    this.#again(gone ? notFoundMs : Math.max(leastWait, this.#followed.timeout))
  }

  #again(ms: number): void {
    this.#timer = this.#clock.after(ms, () => this.#ask())
  }
}
