/**
 * State that has a name and outlives configurations: limits, caches, peers. As nginx's shared memory
 * (ngx_shared_memory_add, ngx_init_cycle): a zone of the same use, name and size is taken over by the next
 * configuration, with all it knows.
 */

import { FixableError } from './compile-error.ts'

/** The directive that declares a zone; one name has one use. */
export type ZoneUse = 'limit_req_zone' | 'limit_conn_zone' | 'proxy_cache_path' | 'zone' | 'ssl_session_cache'

/** What a zone holds. Making one touches nothing outside: files and timers begin with `begin`. */
export interface Zone {
  readonly name: string
  /** Called once, when the first configuration that has it runs. */
  begin?(): void
  /** Called once, when no cycle has it any more. */
  dispose?(): void
}

/** nginx's sentence about a zone that cannot be. */
export class ZoneError extends FixableError {}

interface Entry {
  readonly use: ZoneUse
  readonly name: string
  size: number
  zone: Zone | undefined
}

/** The zones of an engine; there is one. */
export class Zones {
  #live: ReadonlyMap<string, Entry> = new Map()
  /** Begun and not disposed of; older cycles may still have some of them. */
  readonly #begun = new Set<Zone>()

  /** The zones of a configuration that is compiled; nothing changes before its `commit`. */
  draft(): ZoneDraft {
    return new ZoneDraft(this.#live, (entries) => this.#commit(entries))
  }

  #commit(entries: ReadonlyMap<string, Entry>): void {
    this.#live = entries
    for (const { zone } of entries.values()) {
      if (!zone || this.#begun.has(zone)) continue
      this.#begun.add(zone)
      zone.begin?.()
    }
  }

  /** Disposes of the zones that none of these cycles has. */
  keepOnly(used: ReadonlySet<Zone>): void {
    for (const zone of this.#begun)
      if (!used.has(zone)) {
        this.#begun.delete(zone)
        zone.dispose?.()
      }
  }

  /** The zones of one use in the running configuration, in the order declared. */
  running(use: ZoneUse): Zone[] {
    return [...this.#live.values()].flatMap((entry) => (entry.use === use && entry.zone ? [entry.zone] : []))
  }

  /** The end of the program. */
  dispose(): void {
    this.#live = new Map()
    this.keepOnly(new Set())
  }
}

/** The zones of one configuration. */
export class ZoneDraft {
  readonly #before: ReadonlyMap<string, Entry>
  readonly #entries = new Map<string, Entry>()
  readonly #commit: (entries: ReadonlyMap<string, Entry>) => void

  constructor(before: ReadonlyMap<string, Entry>, commit: (entries: ReadonlyMap<string, Entry>) => void) {
    this.#before = before
    this.#commit = commit
  }

  /**
   * Declares a zone: the running one where use, name and size (bytes) are unchanged and `same` says so, else
   * what `make` makes; it gets the running one of this use, name and size where there is one, to share what
   * that knows. Both may throw a ZoneError where nginx refuses the change. Throws a ZoneError where the name
   * has another use or another size; `bound` is nginx's sentence for a name that is declared twice.
   */
  get<Z extends Zone>(
    use: ZoneUse,
    name: string,
    size: number,
    make: (old: Z | undefined) => Z,
    same: (old: Z) => boolean,
    bound: (first: Z) => string,
  ): Z {
    const entry = this.#add(use, name, size)
    // One use has one class of zones: what is kept under it is a Z.
    if (entry.zone) throw new ZoneError(bound(entry.zone as Z))
    const before = this.#before.get(name)
    const old = before?.use === use && before.size === size ? (before.zone as Z | undefined) : undefined
    const zone = old && same(old) ? old : make(old)
    entry.zone = zone
    return zone
  }

  /**
   * The zone a directive names. Throws a ZoneError where nobody declared it: nginx would look for it at the
   * end of the configuration, here declarations are compiled first.
   */
  use<Z extends Zone>(use: ZoneUse, name: string): Z {
    const entry = this.#add(use, name, 0)
    if (!entry.zone) throw new ZoneError(`zero size shared memory zone "${name}"`)
    return entry.zone as Z
  }

  // ngx_shared_memory_add
  #add(use: ZoneUse, name: string, size: number): Entry {
    const known = this.#entries.get(name)
    if (!known) {
      const entry = { use, name, size, zone: undefined }
      this.#entries.set(name, entry)
      return entry
    }
    if (known.use !== use)
      throw new ZoneError(`the shared memory zone "${name}" is already declared for a different use`)
    if (known.size === 0) known.size = size
    if (size > 0 && size !== known.size)
      throw new ZoneError(
        `the size ${size} of shared memory zone "${name}" conflicts with already declared size ${known.size}`,
      )
    return known
  }

  /** What the configuration's zones hold. */
  zones(): Zone[] {
    return [...this.#entries.values()].flatMap(({ zone }) => zone ?? [])
  }

  /** The configuration runs: its zones are the engine's. */
  commit(): void {
    this.#commit(this.#entries)
  }
}
