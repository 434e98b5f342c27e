/**
 * The newest exchanges, and a stream of rows. On the path of traffic it only remembers; rows are made for those
 * who watch, no more than anybody can read. Errors and slow exchanges are always among them.
 */
import type { Clock, Timer } from '../base/clock.ts'
import { Emitter } from '../base/emitter.ts'
import { RingBuffer } from '../base/ring-buffer.ts'
import type { TrafficBatch } from '../contract/traffic.ts'
import type { FinishedExchange, KeptExchange, RunningExchange } from '../engine/index.ts'
import type { ExchangeDetail, ExchangeRecord } from '../status/exchange-record.ts'

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
  readonly #recall: (place: number) => KeptExchange | undefined
  /** Where they are written down. */
  readonly #places = new RingBuffer<number>(kept)
  readonly #batches = new Emitter<TrafficBatch>()
  #waiting: number[] = []
  #dropped = 0
  #timed = false
  /** Every how manieth ordinary exchange becomes a row; as the last batch time had it. */
  #stride = 1
  #ordinarySeen = 0
  #ordinaryKept = 0

  /** `recall` finds an exchange that was kept; `inFlight`: those that have begun and not ended. */
  constructor(
    clock: Clock,
    recall: (place: number) => KeptExchange | undefined,
    inFlight: () => readonly RunningExchange[] = () => [],
  ) {
    this.#clock = clock
    this.#inFlight = inFlight
    this.#recall = recall
  }

  /** Called on the path of traffic. */
  add(finished: FinishedExchange): void {
    const place = finished.keep()
    this.#places.push(place)
    if (!this.#batches.hasListeners) return
    if (!this.#timed) {
      this.#timed = true
      this.#clock.after(batchMs, () => this.#endOfBatchTime())
    }
    if (!this.#isShown(finished)) {
      this.#dropped++
      return
    }
    this.#waiting.push(place)
    if (this.#waiting.length >= batchRows) this.#flush()
  }

  /** Everything known of one exchange that runs or is still kept. */
  detail(id: number): ExchangeDetail | undefined {
    for (let number = this.#places.next - 1; number >= this.#places.first; number--) {
      const kept = this.#keptAt(number)
      if (kept?.id === id) return kept.detail()
    }
    return this.#inFlight()
      .find((running) => running.id === id)
      ?.detail()
  }

  /** Everything known of several, in the order asked for; those that are gone are left out. */
  details(ids: readonly number[]): ExchangeDetail[] {
    const wanted = new Set(ids)
    const found = new Map<number, ExchangeDetail>()
    const kept = [...this.#places].flatMap((place) => this.#recall(place) ?? [])
    for (const one of [...kept, ...this.#inFlight()]) {
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
    const oldest = Math.max(this.#places.first, this.#places.next - lookBack)
    for (let number = this.#places.next - 1; number >= oldest; number--) {
      const kept = this.#keptAt(number)
      if (kept?.record()?.clientPort === clientPort) return kept.id
    }
    return undefined
  }

  #keptAt(number: number): KeptExchange | undefined {
    const place = this.#places.at(number)
    return place === undefined ? undefined : this.#recall(place)
  }

  #recordsAt(places: readonly number[]): ExchangeRecord[] {
    return places.flatMap((place) => this.#recall(place)?.record() ?? [])
  }

  /** Forgets what was seen. */
  clear(): void {
    this.#places.clear()
    this.#waiting = []
    this.#dropped = 0
    this.#batches.fire({ reset: true, dropped: 0, records: [] })
  }

  watch(send: (batch: TrafficBatch) => void): () => void {
    this.#flush()
    const from = Math.max(this.#places.first, this.#places.next - snapshotRows)
    const records = this.#recordsAt(this.#places.since(from))
    const dropped = this.#places.length - records.length
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

  #isShown(finished: FinishedExchange): boolean {
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
    const records = this.#recordsAt(this.#waiting)
    const dropped = this.#dropped + this.#waiting.length - records.length
    this.#waiting = []
    this.#dropped = 0
    this.#batches.fire({ reset: false, dropped, records })
  }
}
