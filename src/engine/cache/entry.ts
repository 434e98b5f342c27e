/** What a cache knows of one key or variant (ngx_http_file_cache_node_t). */
import type { ResponseHead } from '../wire/response-head.ts'
import type { StoredHead } from './stored.ts'

/** A small response that is kept in memory besides its file. */
export interface HotResponse {
  head: StoredHead
  readonly parsed: ResponseHead
  readonly body: Buffer
}

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

  /** Takes over what a stored head says. */
  describe(head: StoredHead): void {
    this.host = head.host
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

/** Entries in the order in which they were used; the least recently used goes first. */
export class UseOrder {
  #newest: Entry | undefined
  #oldest: Entry | undefined

  get newest(): Entry | undefined {
    return this.#newest
  }

  get oldest(): Entry | undefined {
    return this.#oldest
  }

  /** Makes it the most recently used one. */
  touch(entry: Entry): void {
    if (this.#newest === entry) return
    this.remove(entry)
    entry.older = this.#newest
    if (this.#newest) this.#newest.newer = entry
    this.#newest = entry
    this.#oldest ??= entry
  }

  remove(entry: Entry): void {
    const { newer, older } = entry
    if (newer) newer.older = older
    else if (this.#newest === entry) this.#newest = older
    if (older) older.newer = newer
    else if (this.#oldest === entry) this.#oldest = newer
    entry.newer = undefined
    entry.older = undefined
  }
}
