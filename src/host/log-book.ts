/** The error log as the window sees it: the newest entries, and what comes. */
import type { Clock } from '../base/clock.ts'
import { Emitter } from '../base/emitter.ts'
import { RingBuffer } from '../base/ring-buffer.ts'
import type { LogBatch } from '../contract/program.ts'
import type { LogEntry, LogSeverity } from '../status/log-entry.ts'

const kept = 2000
// Below what a reader notices; errors come in bursts.
const batchMs = 100
// As many as fit a message; what is more in one batch is only counted.
const batchEntries = 500

export class LogBook {
  readonly #clock: Clock
  readonly #entries = new RingBuffer<LogEntry>(kept)
  readonly #batches = new Emitter<LogBatch>()
  /** The number of the first entry that was not sent yet, while a batch is due. */
  #dueFrom: number | undefined

  constructor(clock: Clock) {
    this.#clock = clock
  }

  add(severity: LogSeverity, message: string, exchange?: number): void {
    const at = this.#clock.now()
    const id = this.#entries.next
    this.#entries.push({ id, at, severity, message, ...(exchange !== undefined && { exchange }) })
    if (this.#dueFrom !== undefined || !this.#batches.hasListeners) return
    this.#dueFrom = id
    this.#clock.after(batchMs, () => this.#flush())
  }

  watch(send: (batch: LogBatch) => void): () => void {
    this.#flush()
    send({ reset: true, dropped: this.#entries.first, entries: [...this.#entries] })
    const listening = this.#batches.event(send)
    return () => listening.dispose()
  }

  #flush(): void {
    if (this.#dueFrom === undefined) return
    const from = Math.max(this.#dueFrom, this.#entries.next - batchEntries)
    const dropped = from - this.#dueFrom
    this.#dueFrom = undefined
    this.#batches.fire({ reset: false, dropped, entries: this.#entries.since(from) })
  }
}
