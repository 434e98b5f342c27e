/**
 * The newest exchanges, and a stream of rows. On the path of traffic it only remembers; rows are made for those
 * who watch, no more than anybody can read. Errors and slow exchanges are always among them.
 */
import type { Clock, Timer } from '../base/clock.ts'
import { Emitter } from '../base/emitter.ts'
import { RingBuffer } from '../base/ring-buffer.ts'
import type { TrafficBatch } from '../contract/contract.ts'
import type { FinishedExchange, KeptExchange, RunningExchange } from '../engine/index.ts'
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
/** How often running exchanges are looked at, from what age on, and how many are told at once. */
const lookMs = 500
const longMs = 400
const mostRunning = 500
/** Exchanges that are looked through for one that has just ended. */
const lookBack = 5000
/** From this time on an exchange is slow. */
const slowMs = 1000

export class TrafficRecorder {
  readonly #clock: Clock
  readonly #inFlight: () => readonly RunningExchange[]
  /** Running exchanges that were told, with their status then. */
  readonly #told = new Map<number, number>()
  #looking: Timer | undefined
  #watchers = 0
  readonly #exchanges = new RingBuffer<KeptExchange>(kept)
  readonly #batches = new Emitter<TrafficBatch>()
  #waiting: KeptExchange[] = []
  #dropped = 0
  #timed = false
  /** Every how manieth ordinary exchange becomes a row; as the last batch time had it. */
  #stride = 1
  #ordinarySeen = 0
  #ordinaryKept = 0

  /** `inFlight`: exchanges that have begun and not ended. */
  constructor(clock: Clock, inFlight: () => readonly RunningExchange[] = () => []) {
    this.#clock = clock
    this.#inFlight = inFlight
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

  /** Everything known of one exchange that runs or is still kept. */
  detail(id: number): ExchangeDetail | undefined {
    for (let number = this.#exchanges.next - 1; number >= this.#exchanges.first; number--) {
      const finished = this.#exchanges.at(number)
      if (finished?.id === id) return finished.detail()
    }
    return this.#inFlight()
      .find((running) => running.id === id)
      ?.detail()
  }

  /** Everything known of several, in the order asked for; those that are gone are left out. */
  details(ids: readonly number[]): ExchangeDetail[] {
    const wanted = new Set(ids)
    const found = new Map<number, ExchangeDetail>()
    for (const one of [...this.#exchanges, ...this.#inFlight()]) {
      if (!wanted.has(one.id)) continue
      const detail = one.detail()
      if (detail) found.set(one.id, detail)
    }
    return ids.flatMap((id) => found.get(id) ?? [])
  }

  /** The newest exchange that came from this port of a client. */
  seenFrom(clientPort: number): number | undefined {
    const running = this.#inFlight().find((one) => one.record().clientPort === clientPort)
    if (running) return running.id
    const oldest = Math.max(this.#exchanges.first, this.#exchanges.next - lookBack)
    for (let number = this.#exchanges.next - 1; number >= oldest; number--) {
      const kept = this.#exchanges.at(number)
      if (kept?.record()?.clientPort === clientPort) return kept.id
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
    const dropped = this.#exchanges.length - records.length
    for (const running of this.#inFlight()) if (this.#told.has(running.id)) records.push(running.record())
    send({ reset: true, dropped, records })
    const listening = this.#batches.event(send)
    this.#watchers++
    this.#looking ??= this.#lookLater()
    return () => {
      listening.dispose()
      if (--this.#watchers > 0) return
      this.#looking?.cancel()
      this.#looking = undefined
      this.#told.clear()
    }
  }

  #lookLater(): Timer {
    return this.#clock.after(lookMs, () => {
      this.#look()
      this.#looking = this.#lookLater()
    })
  }

  // What takes its time (a WebSocket, events, a slow upstream) is a row before it has ended, and again when its
  // answer has begun.
  #look(): void {
    const before = this.#clock.now() - longMs
    const records = this.#inFlight()
      .filter(({ id, startedAt, status }) => startedAt <= before && this.#told.get(id) !== status)
      .slice(0, mostRunning)
      .map((running) => {
        this.#told.set(running.id, running.status)
        return running.record()
      })
    if (records.length > 0) this.#batches.fire({ reset: false, dropped: 0, records })
  }

  #isShown(finished: KeptExchange): boolean {
    if (this.#told.size > 0 && this.#told.delete(finished.id)) return true
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
