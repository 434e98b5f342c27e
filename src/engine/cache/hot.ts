/** Small responses that are kept in memory besides their files, within a limit; the least recently used goes first. */
import type { ProxySettings } from '../proxy/settings.ts'
import type { Answer } from '../request/answer.ts'
import type { ResponseHead } from '../wire/response-head.ts'
import type { StoredHead } from './stored.ts'
import { UseOrder, type Entry } from './entry.ts'

// How much memory one takes besides its texts and its body.
const overhead = 1024

/** One of them. */
export class HotResponse {
  readonly entry: Entry
  head: StoredHead
  readonly parsed: ResponseHead
  /** Never changes: sockets are given it as it is. */
  readonly body: Buffer
  /** What the location that sent it last made of its head, where that is the same for every request. */
  prepared: { readonly settings: ProxySettings; readonly answer: Answer } | undefined

  /** Towards what was used later, and earlier. */
  newer: HotResponse | undefined
  older: HotResponse | undefined

  constructor(entry: Entry, head: StoredHead, parsed: ResponseHead, body: Buffer) {
    this.entry = entry
    this.head = head
    this.parsed = parsed
    this.body = body
  }

  /** Bytes of memory, about: the head is there as text and taken apart. */
  get weight(): number {
    return this.body.length + 2 * this.head.text.length + overhead
  }
}

export class HotStore {
  /** Bytes of all together. */
  readonly limit: number
  #size = 0
  #weight = 0
  readonly #order = new UseOrder<HotResponse>()

  constructor(limit: number) {
    this.limit = limit
  }

  /** How many there are. */
  get size(): number {
    return this.#size
  }

  /** Bytes that they take. */
  get weight(): number {
    return this.#weight
  }

  /** It is asked for. */
  touch(response: HotResponse): void {
    this.#order.touch(response)
  }

  /** Keeps it, instead of what was kept of its entry before; others go where there is too much. */
  keep(response: HotResponse): void {
    this.drop(response.entry)
    if (response.weight > this.limit) return
    response.entry.hot = response
    this.#size++
    this.#weight += response.weight
    this.#order.touch(response)
    for (let oldest = this.#order.oldest; oldest && this.#weight > this.limit; oldest = this.#order.oldest)
      this.drop(oldest.entry)
  }

  /** What is kept of an entry goes. */
  drop(entry: Entry): void {
    const { hot } = entry
    if (!hot) return
    entry.hot = undefined
    this.#size--
    this.#weight -= hot.weight
    this.#order.remove(hot)
  }

  clear(): void {
    for (let oldest = this.#order.oldest; oldest; oldest = this.#order.oldest) this.drop(oldest.entry)
  }
}
