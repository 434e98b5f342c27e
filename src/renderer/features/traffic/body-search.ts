/** Which exchanges have a text in a recorded body: the host is asked for all, then for those that came since. */
import type { ExchangeRecord } from '../../../status/exchange-record.ts'

export class BodySearch {
  readonly #find: (text: string, from: number) => Promise<readonly number[]>
  readonly #changed: () => void
  /** Texts that are looked for, with the exchanges that have them. */
  #found = new Map<string, Set<number>>()
  /** The first id that was not asked for yet. */
  #next = 0
  #asking = false
  #again = false

  /** `changed`: more is known now. */
  constructor(find: (text: string, from: number) => Promise<readonly number[]>, changed: () => void) {
    this.#find = find
    this.#changed = changed
  }

  holds(text: string, id: number): boolean {
    return this.#found.get(text)?.has(id) ?? false
  }

  /** Looks for these texts from now on. */
  want(texts: readonly string[]): void {
    const fresh = texts.some((text) => !this.#found.has(text))
    this.#found = new Map(texts.map((text) => [text, this.#found.get(text) ?? new Set()]))
    if (!fresh) return
    this.#next = 0
    this.#ask()
  }

  /** Exchanges have come. */
  came(records: readonly ExchangeRecord[]): void {
    if (this.#found.size > 0 && records.length > 0) this.#ask()
  }

  #ask(): void {
    this.#again = true
    if (!this.#asking) void this.#run()
  }

  async #run(): Promise<void> {
    this.#asking = true
    while (this.#again && this.#found.size > 0) {
      this.#again = false
      const from = this.#next
      let more = false
      for (const [text, ids] of [...this.#found]) {
        // Without an answer there are no hits: the host is away, and says so elsewhere.
        const found = await this.#find(text, from).catch(() => [])
        for (const id of found) {
          if (ids.has(id)) continue
          ids.add(id)
          more = true
          // An exchange that still runs may get more: the last hundred are asked for again.
          this.#next = Math.max(this.#next, id - 100)
        }
      }
      if (more) this.#changed()
    }
    this.#asking = false
  }
}
