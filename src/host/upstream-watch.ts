import type { Clock, Timer } from '../base/clock.ts'
import type { UpstreamStatus } from '../status/peer-status.ts'
import { sameJson } from './same-json.ts'

// Often enough for shares and connections to be followed, seldom enough to cost nothing.
const lookMs = 500

/** Upstreams as they stand, looked at while somebody watches, told when they changed. */
export class UpstreamWatch {
  readonly #clock: Clock
  readonly #read: () => readonly UpstreamStatus[]
  readonly #watchers = new Set<(state: readonly UpstreamStatus[]) => void>()
  #told: readonly UpstreamStatus[] = []
  #timer: Timer | undefined

  constructor(clock: Clock, read: () => readonly UpstreamStatus[]) {
    this.#clock = clock
    this.#read = read
  }

  watch(send: (state: readonly UpstreamStatus[]) => void): () => void {
    // A function of its own, so that one function may watch twice.
    const watcher = (state: readonly UpstreamStatus[]): void => send(state)
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
