/** Takes the framing off the body of an upstream's answer, at the speed that `proxy_limit_rate` allows. */
import type { Exchange } from '../request/exchange.ts'
import { Pace } from '../request/pace.ts'
import { ChunkedReader } from '../wire/chunked.ts'
import type { ResponseFraming } from '../wire/response-framing.ts'

/** Who takes the body. */
export interface BodyTaker {
  /** A part of the body; it may be overwritten afterwards. */
  pass(buffer: Buffer, start: number, end: number): void
  /** The end of what came in one read. */
  flush(): void
  /** The last byte has come; `clean`: and nothing behind it. */
  whole(clean: boolean): void
  /** What came behind the body, in nginx's words; it is dropped. */
  surplus(what: string): void
  /** The framing is broken. */
  invalid(message: string): void
  readonly over: boolean
  heard(): void
  pauseReading(): void
  resumeReading(): void
}

export class BodyReader {
  readonly #kind: ResponseFraming['body']
  readonly #taker: BodyTaker
  readonly #chunks: ChunkedReader | undefined
  readonly #pace: Pace | undefined
  #left: number

  /** `rate`: bytes a second, 0 without limit. */
  constructor(x: Exchange, framing: ResponseFraming, taker: BodyTaker, rate: number) {
    this.#kind = framing.body
    this.#left = framing.length
    this.#taker = taker
    this.#chunks = framing.body === 'chunked' ? new ChunkedReader() : undefined
    this.#pace = rate > 0 ? this.#paced(x, rate) : undefined
  }

  take(buffer: Buffer, start: number): void {
    if (!this.#pace) this.#read(buffer, start)
    else if (!this.#pace.push(Buffer.from(buffer.subarray(start)))) this.#taker.pauseReading()
  }

  dispose(): void {
    this.#pace?.dispose()
  }

  // What was read waits until it may be dealt with, and nothing more is read meanwhile.
  #paced(x: Exchange, rate: number): Pace {
    const { clock } = x.cycle
    return new Pace({
      clock,
      rate,
      after: 0,
      startedAt: clock.now(),
      send: (piece) => {
        this.#taker.heard()
        if (!this.#taker.over) this.#read(piece, 0)
        return true
      },
      ready: () => this.#taker.resumeReading(),
    })
  }

  #read(buffer: Buffer, start: number): void {
    const taker = this.#taker
    if (this.#chunks) this.#readChunks(this.#chunks, buffer, start)
    else if (this.#kind === 'length') {
      const end = Math.min(buffer.length, start + this.#left)
      this.#left -= end - start
      taker.pass(buffer, start, end)
      if (this.#left > 0) {
        taker.flush()
        return
      }
      if (end < buffer.length) taker.surplus('more data than specified in "Content-Length" header')
      taker.whole(end === buffer.length)
    } else {
      taker.pass(buffer, start, buffer.length)
      taker.flush()
    }
  }

  #readChunks(chunks: ChunkedReader, buffer: Buffer, start: number): void {
    const taker = this.#taker
    const next = chunks.feed(buffer, start, buffer.length, (from, to) => taker.pass(buffer, from, to))
    if (chunks.bad !== undefined) taker.invalid('upstream sent invalid chunked response')
    else if (chunks.finished) {
      if (next < buffer.length) taker.surplus('data after final chunk')
      taker.whole(next === buffer.length)
    } else taker.flush()
  }
}
