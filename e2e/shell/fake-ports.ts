/** Electron's MessagePortMain and MessageChannelMain: ends of a pipe that queue until `start` and tell when it closes. */
import { EventEmitter } from 'node:events'

export interface FakeMessageEvent {
  data: unknown
  ports: FakePort[]
}

export class FakePort extends EventEmitter {
  other: FakePort | undefined
  #queue: FakeMessageEvent[] | undefined = []
  #closed = false

  postMessage(data: unknown): void {
    const other = this.other
    if (this.#closed || !other) return
    const event = { data: structuredClone(data), ports: [] }
    setImmediate(() => other.arrive(event))
  }

  arrive(event: FakeMessageEvent): void {
    if (this.#closed) return
    if (this.#queue) this.#queue.push(event)
    else this.emit('message', event)
  }

  start(): void {
    const queue = this.#queue ?? []
    this.#queue = undefined
    for (const event of queue) this.emit('message', event)
  }

  close(): void {
    if (this.#closed) return
    this.#closed = true
    this.emit('close')
    this.other?.close()
  }
}

export class MessageChannelMain {
  readonly port1 = new FakePort()
  readonly port2 = new FakePort()
  constructor() {
    this.port1.other = this.port2
    this.port2.other = this.port1
  }
}
