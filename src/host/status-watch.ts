import type { Clock, Timer } from '../base/clock.ts'
import { sameJson } from './same-json.ts'

// Often enough for numbers to be followed, seldom enough to cost nothing.
const lookMs = 500

/** A list of things as they stand (upstreams, limits), looked at while somebody watches, told when they changed. */
export class StatusWatch<T> {
  readonly #clock: Clock
  readonly #read: () => readonly T[]
  readonly #watchers = new Set<(state: readonly T[]) => void>()
  #told: readonly T[] = []
  #timer: Timer | undefined

  constructor(clock: Clock, read: () => readonly T[]) {
    this.#clock = clock
    this.#read = read
  }

  watch(send: (state: readonly T[]) => void): () => void {
    // A function of its own, so that one function may watch twice.
    const watcher = (state: readonly T[]): void => send(state)
    this.look()
    this.#watchers.add(watcher)
    watcher(this.#told)
    this.#timer ??= this.#later()
    return () => {
      this.#watchers.delete(watcher)
      if (this.#watchers.size > 0) return
      this.#timer?.cancel()
      this.#timer = undefined
    }
  }

  #later(): Timer {
    return this.#clock.after(lookMs, () => {
      this.look()
      this.#timer = this.#later()
    })
  }

  /** Looks now: something was changed that the watchers should see at once. */
  look(): void {
    const state = this.#read()
    if (sameJson(state, this.#told)) return
    this.#told = state
    for (const send of this.#watchers) send(state)
  }
}
