/**
 * Bytes at a limited speed, as nginx measures it: by whole seconds, with waits in between
 * (ngx_http_write_filter, ngx_event_pipe_read_upstream).
 */
import type { Clock, Timer } from '../../base/clock.ts'
import { parseSize } from '../../base/units.ts'
import { logError } from './error-log.ts'
import type { Exchange } from './exchange.ts'
import type { Script } from './script.ts'

export interface PaceOptions {
  readonly clock: Clock
  /** Bytes a second, and bytes that go before they count. */
  readonly rate: number
  readonly after: number
  /** When it began, milliseconds since 1970. */
  readonly startedAt: number
  /** Hands a piece on; false: `drained` is called when more is taken. */
  readonly send: (piece: Buffer) => boolean
  /** All that was pushed has been handed on, and more may come. */
  readonly ready: () => void
}

export class Pace {
  readonly #options: PaceOptions
  readonly #startSecond: number
  #queue: Buffer[] = []
  #queued = 0
  #sent = 0
  #timer: Timer | undefined
  #blocked = false
  #disposed = false

  constructor(options: PaceOptions) {
    this.#options = options
    this.#startSecond = Math.floor(options.startedAt / 1000)
  }

  /** Bytes that have to wait. */
  get pending(): number {
    return this.#queued
  }

  /** Takes a piece, whose memory is kept. False: nothing more before `ready`. */
  push(piece: Buffer): boolean {
    this.#queue.push(piece)
    this.#queued += piece.length
    this.#run()
    return !this.#waits
  }

  /** Whoever is sent to takes more again; true: so does this, and `ready` is not called. */
  drained(): boolean {
    this.#blocked = false
    this.#run()
    return !this.#waits
  }

  dispose(): void {
    this.#disposed = true
    this.#timer?.cancel()
    this.#timer = undefined
    this.#queue = []
    this.#queued = 0
  }

  get #waits(): boolean {
    return this.#timer !== undefined || this.#blocked || this.#queued > 0
  }

  #run(): void {
    const { clock, rate, after } = this.#options
    while (this.#queued > 0 && !this.#timer && !this.#blocked) {
      const seconds = Math.floor(clock.now() / 1000) - this.#startSecond + 1
      const limit = rate * seconds - (this.#sent - after)
      if (limit <= 0) {
        this.#wait(Math.floor((-limit * 1000) / rate) + 1)
        return
      }
      const before = Math.max(0, this.#sent - after)
      this.#send(limit)
      const delay = Math.floor(((Math.max(0, this.#sent - after) - before) * 1000) / rate)
      if (delay > 0) this.#wait(delay)
    }
  }

  #wait(ms: number): void {
    if (this.#disposed) return
    this.#timer = this.#options.clock.after(ms, () => {
      this.#timer = undefined
      this.#run()
      if (!this.#waits && !this.#disposed) this.#options.ready()
    })
  }

  #send(limit: number): void {
    let left = limit
    while (left > 0 && !this.#blocked) {
      const [first] = this.#queue
      if (!first) return
      const piece = first.length <= left ? first : first.subarray(0, left)
      if (piece === first) this.#queue.shift()
      else this.#queue[0] = first.subarray(left)
      left -= piece.length
      this.#queued -= piece.length
      this.#sent += piece.length
      if (!this.#options.send(piece)) this.#blocked = true
    }
  }
}

/** The speed an answer may go at: `$limit_rate` or X-Accel-Limit-Rate, else the location's; undefined: any. */
export function limitOf(x: Exchange): { rate: number; after: number } | undefined {
  const { limitRate, limitRateAfter } = x.settings
  const rate = x.limitRate ?? sizeOf(x, limitRate)
  return rate > 0 ? { rate, after: sizeOf(x, limitRateAfter) } : undefined
}

// ngx_http_complex_value_size
function sizeOf(x: Exchange, script: Script | undefined): number {
  if (!script) return 0
  const text = script(x)
  const size = parseSize(text)
  if (size !== undefined) return size
  logError(x, 'error', `invalid size "${text}" while sending response to client`)
  return 0
}
