import { Closing, type Channel } from './channel.ts'

/** Two ends in one process: the tray and tests. Messages are copied as JSON, as any other channel copies them. */
export function memoryChannel(): [Channel, Channel] {
  const closing = new Closing()
  const first = new End(closing)
  const second = new End(closing)
  first.other = second
  second.other = first
  return [first, second]
}

class End implements Channel {
  other: End | undefined
  readonly #closing: Closing
  #receive: ((message: unknown) => void) | undefined
  #early: string[] = []

  constructor(closing: Closing) {
    this.#closing = closing
  }

  send(message: unknown): void {
    const text = JSON.stringify(message)
    // Never within the sender's own call: a channel is asynchronous everywhere.
    void Promise.resolve().then(() => this.other?.arrive(text))
  }

  onMessage(receive: (message: unknown) => void): void {
    this.#receive = receive
    const early = this.#early
    this.#early = []
    for (const text of early) this.arrive(text)
  }

  onClose(run: () => void): void {
    this.#closing.onClose(run)
  }

  close(): void {
    this.#closing.close()
  }

  arrive(text: string): void {
    if (this.#closing.closed) return
    if (this.#receive) this.#receive(JSON.parse(text))
    else this.#early.push(text)
  }
}
