/**
 * Access logs whose name depends on the request: opened for each line, or kept open as `open_log_file_cache`
 * says (ngx_http_log_script_write, ngx_open_cached_file).
 */
import { closeSync, fstatSync, openSync, statSync, writeSync } from 'node:fs'
import { logError } from '../request/error-log.ts'
import type { Exchange } from '../request/exchange.ts'
import { diskPath } from '../request/file-path.ts'
import { lookAt } from '../request/open-file.ts'
import { systemError } from '../request/system-error.ts'

/** `open_log_file_cache`; times in milliseconds. */
export interface LogCache {
  readonly max: number
  readonly inactive: number
  readonly valid: number
  readonly minUses: number
}

interface Kept {
  /** Undefined: it was not used often enough to stay open. */
  descriptor: number | undefined
  uses: number
  checkedAt: number
  usedAt: number
}

export class NamedLogs {
  readonly #cache: LogCache | undefined
  /** The least recently used first. */
  readonly #kept = new Map<string, Kept>()

  constructor(cache: LogCache | undefined) {
    this.#cache = cache
  }

  /** Appends a line. What cannot be written is told in the error log; the exchange is over already. */
  write(x: Exchange, path: string, line: string): void {
    const root = x.settings.root(x)
    const folder = lookAt(root, true)
    if ('kind' in folder || !folder.isDirectory()) {
      const why = 'kind' in folder ? systemError(folder.error) : '20: Not a directory'
      logError(x, 'error', `testing "${root}" existence failed (${why}) while logging request`)
      return
    }
    try {
      const bytes = Buffer.from(line, 'latin1')
      if (this.#cache) this.#writeKept(x, path, bytes, this.#cache)
      else writeOnce(path, bytes)
    } catch (error) {
      logError(
        x,
        'crit',
        `open() "${path}" failed (${systemError(error as NodeJS.ErrnoException)}) while logging request`,
      )
    }
  }

  #writeKept(x: Exchange, path: string, bytes: Buffer, cache: LogCache): void {
    const now = x.cycle.clock.monotonic()
    const kept = this.#use(path, now, cache)
    const descriptor = kept.descriptor ?? openLog(path)
    try {
      writeSync(descriptor, bytes)
    } finally {
      const stays = kept.uses >= cache.minUses
      kept.descriptor = stays ? descriptor : undefined
      if (!stays) closeSync(descriptor)
    }
    this.#expire(now, cache)
  }

  #use(path: string, now: number, cache: LogCache): Kept {
    let kept = this.#kept.get(path)
    if (!kept) {
      if (this.#kept.size >= cache.max) this.#forgetOldest()
      kept = { descriptor: openLog(path), uses: 0, checkedAt: now, usedAt: now }
    } else if (kept.descriptor !== undefined && now - kept.checkedAt >= cache.valid) {
      if (!isSame(path, kept.descriptor)) {
        closeSync(kept.descriptor)
        kept.descriptor = undefined
      }
      kept.checkedAt = now
    }
    kept.uses++
    kept.usedAt = now
    this.#kept.delete(path)
    this.#kept.set(path, kept)
    return kept
  }

  // nginx looks at two of the oldest each time, which is enough to keep up.
  #expire(now: number, { inactive }: LogCache): void {
    for (const { usedAt } of [...this.#kept.values()].slice(0, 2))
      if (now - usedAt > inactive) this.#forgetOldest()
  }

  #forgetOldest(): void {
    const [oldest] = this.#kept
    if (!oldest) return
    this.#kept.delete(oldest[0])
    if (oldest[1].descriptor !== undefined) closeSync(oldest[1].descriptor)
  }

  /** Lets go of all files, so that the next line opens them anew. */
  close(): void {
    while (this.#kept.size > 0) this.#forgetOldest()
  }
}

function writeOnce(path: string, bytes: Buffer): void {
  const descriptor = openLog(path)
  try {
    writeSync(descriptor, bytes)
  } finally {
    closeSync(descriptor)
  }
}

function openLog(path: string): number {
  return openSync(diskPath(path), 'a', 0o644)
}

function isSame(path: string, descriptor: number): boolean {
  const there = statSync(diskPath(path), { throwIfNoEntry: false })
  return there?.ino === fstatSync(descriptor).ino
}
