/**
 * The newest exchanges, and a stream of rows. On the path of traffic it only remembers; rows are made for those
 * who watch, no more than anybody can read. Errors and slow exchanges are always among them.
 */
import type { Clock } from '../base/clock.ts'
import { Emitter } from '../base/emitter.ts'
import { RingBuffer } from '../base/ring-buffer.ts'
import type { TrafficBatch } from '../contract/contract.ts'
import type { FinishedExchange, KeptExchange } from '../engine/index.ts'
import type { ExchangeDetail } from '../status/exchange-record.ts'

/** Exchanges whose details can still be asked for. */
const kept = 10_000
/** Rows a new watcher starts with: some screens full, made without holding up the traffic. */
const snapshotRows = 1000
// Below what a reader notices, above a frame.
const batchMs = 100
/** A batch is full and goes at once. */
const batchRows = 500
/** Ordinary rows of one batch time: 2,000 a second are more than anybody can read. */
const ordinaryRows = 200
/** From this time on an exchange is slow. */
const slowMs = 1000

export class TrafficRecorder {
  readonly #clock: Clock
  readonly #exchanges = new RingBuffer<KeptExchange>(kept)
  readonly #batches = new Emitter<TrafficBatch>()
  #waiting: KeptExchange[] = []
  #dropped = 0
  #timed = false
  /** Every how manieth ordinary exchange becomes a row; as the last batch time had it. */
  #stride = 1
  #ordinarySeen = 0
  #ordinaryKept = 0

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Called on the path of traffic. */
  add(finished: FinishedExchange): void {
    const exchange = finished.keep()
    this.#exchanges.push(exchange)
    if (!this.#batches.hasListeners) return
    if (!this.#timed) {
      this.#timed = true
      this.#clock.after(batchMs, () => this.#endOfBatchTime())
    }
    if (!this.#isShown(exchange)) {
      this.#dropped++
      return
    }
    this.#waiting.push(exchange)
    if (this.#waiting.length >= batchRows) this.#flush()
  }

  /** Everything known of one exchange that is still kept. */
  detail(id: number): ExchangeDetail | undefined {
    for (let number = this.#exchanges.next - 1; number >= this.#exchanges.first; number--) {
      const finished = this.#exchanges.at(number)
      if (finished?.id === id) return finished.detail()
    }
    return undefined
  }

  /** Forgets what was seen. */
  clear(): void {
    this.#exchanges.clear()
    this.#waiting = []
    this.#dropped = 0
    this.#batches.fire({ reset: true, dropped: 0, records: [] })
  }

  watch(send: (batch: TrafficBatch) => void): () => void {
    this.#flush()
    const from = Math.max(this.#exchanges.first, this.#exchanges.next - snapshotRows)
    const records = this.#exchanges.since(from).flatMap((exchange) => exchange.record() ?? [])
    send({ reset: true, dropped: this.#exchanges.length - records.length, records })
    const listening = this.#batches.event(send)
    return () => listening.dispose()
  }

  #isShown(finished: KeptExchange): boolean {
    if (finished.status >= 400 || finished.status === 0 || finished.durationMs >= slowMs) return true
    const shown = this.#ordinarySeen++ % this.#stride === 0
    // A burst after a quiet time: half as many of what comes next, and again half.
    if (shown && ++this.#ordinaryKept % ordinaryRows === 0) this.#stride *= 2
    return shown
  }

  #endOfBatchTime(): void {
    this.#timed = false
    this.#stride = Math.max(1, Math.ceil(this.#ordinarySeen / ordinaryRows))
    this.#ordinarySeen = 0
    this.#ordinaryKept = 0
    this.#flush()
  }

  #flush(): void {
    if (this.#waiting.length === 0 && this.#dropped === 0) return
    const records = this.#waiting.flatMap((exchange) => exchange.record() ?? [])
    const dropped = this.#dropped + this.#waiting.length - records.length
    this.#waiting = []
    this.#dropped = 0
    this.#batches.fire({ reset: false, dropped, records })
  }
}
