import { Emitter } from '../base/emitter.ts'

/** A state that is watched: whoever comes gets it as it stands, then every change. */
export class Watched<T> {
  readonly #changes = new Emitter<T>()
  #value: T

  constructor(value: T) {
    this.#value = value
  }

  get value(): T {
    return this.#value
  }

  set(value: T): void {
    this.#value = value
    this.#changes.fire(value)
  }

  /** Calls `send` now and with every change, until the returned function is called. */
  watch(send: (value: T) => void): () => void {
    send(this.#value)
    const listening = this.#changes.event(send)
    return () => listening.dispose()
  }
}
