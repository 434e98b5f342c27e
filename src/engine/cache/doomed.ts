/**
 * Files of responses that were purged by the thousand: nobody is answered from them any more, and they are removed a
 * few at a time, so that no request waits for the disk.
 */
import type { Clock, Timer } from '../../base/clock.ts'

// About a millisecond of work.
const filesAtOnce = 50

export class DoomedFiles {
  readonly #clock: Clock
  readonly #remove: (name: string) => void
  readonly #names = new Set<string>()
  #timer: Timer | undefined

  /** `remove` removes the file of a name; it does not throw. */
  constructor(clock: Clock, remove: (name: string) => void) {
    this.#clock = clock
    this.#remove = remove
  }

  get size(): number {
    return this.#names.size
  }

  has(name: string): boolean {
    return this.#names.has(name)
  }

  add(name: string): void {
    this.#names.add(name)
    this.#timer ??= this.#later()
  }

  /** Another file has taken its place. */
  spare(name: string): void {
    this.#names.delete(name)
  }

  #later(): Timer {
    return this.#clock.after(1, () => {
      this.#removeSome(filesAtOnce)
      this.#timer = this.#names.size > 0 ? this.#later() : undefined
    })
  }

  #removeSome(most: number): void {
    let left = most
    for (const name of this.#names) {
      if (left-- === 0) return
      this.#names.delete(name)
      this.#remove(name)
    }
  }

  /** The rest goes at once. */
  dispose(): void {
    this.#timer?.cancel()
    this.#timer = undefined
    this.#removeSome(Infinity)
  }
}
