import type { Clock, Timer } from '../../base/clock.ts'

// Each costs some 70 µs: a log line, an exchange that ends, a socket that closes.
const mostInTurn = 64
let firedInTurn = 0

// Unlike nginx, which lets all that are due fire: thousands that came together would keep everybody else waiting.
function mayFire(): boolean {
  if (firedInTurn >= mostInTurn) return false
  if (firedInTurn++ === 0) setImmediate(() => (firedInTurn = 0))
  return true
}

/**
 * One time-out that is moved often and fires rarely: moving it later costs nothing, the timer that is
 * already set looks again when it fires.
 */
export class Deadline {
  readonly #clock: Clock
  readonly #expired: () => void
  #at = Infinity
  #timer: Timer | undefined
  #timerAt = Infinity

  constructor(clock: Clock, expired: () => void) {
    this.#clock = clock
    this.#expired = expired
  }

  /** Fires `ms` from now, instead of whenever it would have. */
  set(ms: number): void {
    this.#at = this.#clock.monotonic() + ms
    if (this.#timer && this.#timerAt <= this.#at) return
    this.#timer?.cancel()
    this.#arm()
  }

  /** It is set and has not fired. */
  get pending(): boolean {
    return this.#at !== Infinity
  }

  /** Does not fire until it is set again. */
  clear(): void {
    this.#at = Infinity
  }

  /** Does not fire ever again. */
  dispose(): void {
    this.#at = Infinity
    this.#timer?.cancel()
    this.#timer = undefined
  }

  #arm(): void {
    this.#timerAt = this.#at
    this.#timer = this.#clock.after(Math.max(1, Math.ceil(this.#at - this.#clock.monotonic())), () => {
      this.#timer = undefined
      if (this.#at === Infinity) return
      // Where too many have fired already it looks again a millisecond later.
      if (this.#clock.monotonic() >= this.#at && mayFire()) {
        this.#at = Infinity
        this.#expired()
      } else this.#arm()
    })
  }
}
