import { disposable, type Disposable } from './disposable.ts'

/** Where one listens; listening ends when what is handed back is disposed of. */
export type Event<T> = (listener: (value: T) => void) => Disposable

/** One kind of news and those who listen to it. */
export class Emitter<T> implements Disposable {
  private listeners: readonly ((value: T) => void)[] = []
  private ended = false

  /** The part of the emitter that others are given. */
  readonly event: Event<T> = (listener) => {
    if (this.ended) return disposable(() => {})
    // A function of its own, so that one listener may listen twice and leave once.
    const own = (value: T): void => listener(value)
    this.listeners = [...this.listeners, own]
    return disposable(() => {
      this.listeners = this.listeners.filter((other) => other !== own)
    })
  }

  /** Somebody listens: news that costs something to gather is worth gathering. */
  get hasListeners(): boolean {
    return this.listeners.length > 0
  }

  /**
   * Tells everyone who listens now, in the order they came. All hear it though one throws; what was thrown first
   * is thrown afterwards.
   */
  fire(value: T): void {
    let failed = false
    let failure: unknown
    for (const listener of this.listeners) {
      try {
        listener(value)
      } catch (error) {
        if (!failed) failure = error
        failed = true
      }
    }
    if (failed) throw failure
  }

  dispose(): void {
    this.ended = true
    this.listeners = []
  }
}
