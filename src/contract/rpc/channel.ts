/** Two ends that pass JSON-safe messages in order. Everything else of the contract lives above it, once. */
export interface Channel {
  /** Passes a message on; after the end it does nothing. */
  send(message: unknown): void
  /** Told once, before anything is sent: whom messages are for. */
  onMessage(receive: (message: unknown) => void): void
  /** Runs when either side closed; at once when that is so already. */
  onClose(run: () => void): void
  close(): void
}

/** The end of a channel, told once to everybody who asked, also to those who ask late. */
export class Closing {
  #closed = false
  #listeners: (() => void)[] = []

  get closed(): boolean {
    return this.#closed
  }

  onClose(run: () => void): void {
    if (this.#closed) run()
    else this.#listeners.push(run)
  }

  close(): void {
    if (this.#closed) return
    this.#closed = true
    const listeners = this.#listeners
    this.#listeners = []
    for (const run of listeners) run()
  }
}

/** The message of a JSON text, or undefined for what is none: the other end does not speak our protocol. */
export function parseMessage(text: unknown): { readonly message: unknown } | undefined {
  if (typeof text !== 'string') return undefined
  try {
    return { message: JSON.parse(text) as unknown }
  } catch {
    return undefined // said by the result
  }
}
