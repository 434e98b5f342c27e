/** What a cache knows of one key or variant (ngx_http_file_cache_node_t). */
import type { HotResponse } from './hot.ts'
import type { StoredHead } from './stored.ts'

export class Entry {
  /** The key's text, or a variant's name (`variantName`). */
  readonly name: string
  /** The key's text; the same for all variants. */
  readonly key: string
  /** The host it was stored for. */
  host = ''
  /** Exchanges that have to do with it at present; it is not removed from under them. */
  count = 0
  /** Requests, which `proxy_cache_min_uses` looks at. */
  uses = 0
  /** There is a file. */
  exists = false
  /** Somebody is fetching it. */
  updating = false
  /** Until when that one has it for itself; monotonic milliseconds. */
  lockUntil = 0
  /** A status that is answered instead of asking the origin, up to and with second `errorUntil`; 0: none. */
  error = 0
  errorUntil = 0
  /** When it goes if nobody asks for it: seconds since 1970. */
  expire = 0
  /** Bytes on the disk, whole blocks. */
  diskSize = 0
  /** Counts purges: what was under way when one came is not stored. */
  purges = 0

  status = 0
  bodyLength = 0
  storedAt = 0
  freshUntil = 0
  hits = 0
  hot: HotResponse | undefined
  /** Those that wait for who is fetching it. */
  waiting: Set<() => void> | undefined

  /** Towards what was used later, and earlier. */
  newer: Entry | undefined
  older: Entry | undefined

  constructor(name: string, key: string) {
    this.name = name
    this.key = key
  }

  /** Takes over what a stored head says; `host` is its host. */
  describe(head: StoredHead, host: string): void {
    this.host = host
    this.status = head.status
    this.bodyLength = head.bodyLength
    this.storedAt = head.storedAt
    this.freshUntil = head.freshUntil
  }

  /** Nobody fetches it any more: who waits looks again. */
  release(): void {
    this.updating = false
    const { waiting } = this
    this.waiting = undefined
    if (waiting) for (const wake of waiting) wake()
  }
}

interface Ordered<T> {
  newer: T | undefined
  older: T | undefined
}

/** Things in the order in which they were used; each is in one order at most. */
export class UseOrder<T extends Ordered<T>> {
  #newest: T | undefined
  #oldest: T | undefined

  get newest(): T | undefined {
    return this.#newest
  }

  get oldest(): T | undefined {
    return this.#oldest
  }

  /** Makes it the most recently used one. */
  touch(item: T): void {
    if (this.#newest === item) return
    this.remove(item)
    item.older = this.#newest
    if (this.#newest) this.#newest.newer = item
    this.#newest = item
    this.#oldest ??= item
  }

  remove(item: T): void {
    const { newer, older } = item
    if (newer) newer.older = older
    else if (this.#newest === item) this.#newest = older
    if (older) older.newer = newer
    else if (this.#oldest === item) this.#oldest = newer
    item.newer = undefined
    item.older = undefined
  }
}
