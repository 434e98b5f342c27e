/** The newest messages of one connection, or events of one stream, and a stream of them for who watches. */
import { Emitter } from '../base/emitter.ts'
import { RingBuffer } from '../base/ring-buffer.ts'
import type { FrameBatch } from '../contract/traffic.ts'
import type { ExchangeFrame } from '../status/exchange-body.ts'

/** Messages of one exchange that can still be looked at. */
const kept = 1000
/** Bytes of one of them that are kept. */
export const frameLimit = 65_536

export class FrameLog {
  readonly #frames = new RingBuffer<ExchangeFrame>(kept)
  readonly #batches = new Emitter<FrameBatch>()
  /** Memory it takes, roughly. */
  bytes = 0

  /** How many there were. */
  get count(): number {
    return this.#frames.next
  }

  /** Says how much more memory is taken now. */
  add(frame: Omit<ExchangeFrame, 'number'>): number {
    const numbered = { ...frame, number: this.#frames.next + 1 }
    const gone = this.#frames.push(numbered)
    const more = sizeOf(numbered) - (gone ? sizeOf(gone) : 0)
    this.bytes += more
    if (this.#batches.hasListeners) this.#batches.fire({ reset: false, dropped: 0, frames: [numbered] })
    return more
  }

  watch(send: (batch: FrameBatch) => void): () => void {
    send({ reset: true, dropped: this.#frames.first, frames: [...this.#frames] })
    const listening = this.#batches.event(send)
    return () => listening.dispose()
  }

  /** Those that are kept, oldest first. */
  frames(): readonly ExchangeFrame[] {
    return [...this.#frames]
  }
}

// 120: the object and its numbers.
function sizeOf({ text, base64 }: ExchangeFrame): number {
  return 120 + (text?.length ?? 0) + (base64?.length ?? 0)
}
