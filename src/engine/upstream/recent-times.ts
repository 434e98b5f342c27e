/** Requests and response times of the last minute, bounded: of times the newest 512. */

const windowMs = 60_000
const kept = 512
const noNumbers = new Float64Array(0)

export class RecentTimes {
  // Made when there is something to keep: most peers of a large configuration are never asked.
  #at = noNumbers
  #ms = noNumbers
  #next = 0
  #size = 0
  #seconds = noNumbers
  #stamps = noNumbers

  /** A request has gone to the peer. `now`: monotonic milliseconds. */
  began(now: number): void {
    if (this.#seconds.length === 0) {
      this.#seconds = new Float64Array(60)
      this.#stamps = new Float64Array(60).fill(-1)
    }
    const second = Math.floor(now / 1000)
    const slot = second % 60
    if (this.#stamps[slot] !== second) {
      this.#stamps[slot] = second
      this.#seconds[slot] = 0
    }
    this.#seconds[slot] = (this.#seconds[slot] ?? 0) + 1
  }

  /** A request was answered after so many milliseconds. */
  add(now: number, ms: number): void {
    if (this.#at.length === 0) {
      this.#at = new Float64Array(kept)
      this.#ms = new Float64Array(kept)
    }
    this.#at[this.#next] = now
    this.#ms[this.#next] = ms
    this.#next = (this.#next + 1) % kept
    if (this.#size < kept) this.#size++
  }

  /** How many requests went to the peer in the last minute, exactly. */
  count(now: number): number {
    const second = Math.floor(now / 1000)
    let sum = 0
    for (let i = 0; i < this.#stamps.length; i++) {
      const stamp = this.#stamps[i] ?? -1
      if (stamp >= 0 && second - stamp < 60) sum += this.#seconds[i] ?? 0
    }
    return sum
  }

  /** Milliseconds below which half, 95 and 99 of a hundred lie; nothing where there is no request. */
  percentiles(now: number): { p50?: number; p95?: number; p99?: number } {
    const times: number[] = []
    for (let i = 0; i < this.#size; i++)
      if (now - (this.#at[i] ?? 0) <= windowMs) times.push(this.#ms[i] ?? 0)
    if (times.length === 0) return {}
    times.sort((a, b) => a - b)
    const at = (share: number): number =>
      rounded(times[Math.min(times.length - 1, Math.floor(times.length * share))] ?? 0)
    return { p50: at(0.5), p95: at(0.95), p99: at(0.99) }
  }
}

// To hundredths: what is more is noise to whoever reads it.
function rounded(ms: number): number {
  return Math.round(ms * 100) / 100
}
