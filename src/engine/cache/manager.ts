/** Removes what nobody asked for and what is too much, a few files at a time (ngx_http_file_cache_manager). */
import { statfsSync } from 'node:fs'
import type { Timer } from '../../base/clock.ts'
import type { CacheZone } from './zone.ts'

// How long it sleeps where nothing is due sooner, in seconds.
const longestWait = 10
// How many entries that are in use it passes over.
const mostPassedOver = 20

export class CacheManager {
  readonly #zone: CacheZone
  #timer: Timer | undefined
  #began = 0
  #files = 0

  constructor(zone: CacheZone) {
    this.#zone = zone
  }

  begin(): void {
    this.#sleep(this.#run())
  }

  dispose(): void {
    this.#timer?.cancel()
  }

  #sleep(ms: number): void {
    this.#timer = this.#zone.clock.after(ms, () => this.#sleep(this.#run()))
  }

  /** One stretch of work; milliseconds until the next. */
  #run(): number {
    const zone = this.#zone
    this.#began = zone.clock.monotonic()
    this.#files = 0
    let next = this.#expire() * 1000
    if (next === 0) return zone.bounds.manager.sleep
    while (this.#tooMuch()) {
      const wait = this.forceExpire()
      if (wait > 0) {
        next = wait * 1000
        break
      }
      if (this.#tired()) return zone.bounds.manager.sleep
    }
    return next
  }

  #tired(): boolean {
    const { files, threshold } = this.#zone.bounds.manager
    return ++this.#files >= files || this.#zone.clock.monotonic() - this.#began >= threshold
  }

  #tooMuch(): boolean {
    const zone = this.#zone
    const { maxSize, minFree } = zone.bounds
    if (zone.diskSize >= maxSize || zone.entries.size >= zone.watermark) return true
    return minFree > 0 && freeSpace(zone.folder) <= minFree
  }

  /** Removes what was not asked for within `inactive`; seconds until there may be more, 0: there is. */
  #expire(): number {
    const zone = this.#zone
    for (;;) {
      const entry = zone.order.oldest
      if (!entry) return longestWait
      const wait = entry.expire - zone.now
      if (wait > 0) return Math.min(wait, longestWait)
      if (entry.count === 0) {
        zone.remove(entry)
        zone.removedCount++
      } else zone.touch(entry)
      if (this.#tired()) return 0
    }
  }

  /** Removes the entry that was used longest ago; 0: one went, else seconds until one may. */
  forceExpire(): number {
    const zone = this.#zone
    for (let passed = 0; passed < mostPassedOver; passed++) {
      const entry = zone.order.oldest
      if (!entry) return longestWait
      if (entry.count === 0) {
        zone.remove(entry)
        zone.removedCount++
        return 0
      }
      zone.touch(entry)
    }
    return 1
  }
}

function freeSpace(folder: string): number {
  try {
    const { bavail, bsize } = statfsSync(folder)
    return bavail * bsize
  } catch {
    // A folder that is not there holds nothing that could be removed.
    return Infinity
  }
}
