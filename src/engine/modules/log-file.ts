/**
 * A log file: lines are collected during one turn of the event loop and written at its end, so that a
 * busy moment costs one write; only a log with a buffer of its own waits longer.
 */
import { closeSync, openSync, writeSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import type { Clock, Timer } from '../../base/clock.ts'

/** `buffer=`, `flush=` and `gzip=` of an access log. */
export interface LogBuffering {
  /** Bytes. */
  readonly size: number
  /** Milliseconds. */
  readonly flush: number | undefined
  readonly gzipLevel: number | undefined
}

export class LogFile {
  readonly path: string
  readonly #clock: Clock
  readonly #onError: (error: Error) => void
  #descriptor: number
  #lines = ''
  #scheduled = false
  #kept = ''
  #buffering: LogBuffering | undefined
  #timer: Timer | undefined

  /** Opens, or throws the system's error. `stderr` stands for the program's own. */
  constructor(path: string, clock: Clock, onError: (error: Error) => void) {
    this.path = path
    this.#clock = clock
    this.#onError = onError
    this.#descriptor = openLog(path)
  }

  /**
   * Adds a line (bytes, one a character; its line break included). `now`: the connection is closed behind
   * it, and as with nginx whoever sees that finds the line in the file.
   */
  write(line: string, now = false): void {
    this.#lines += line
    if (now) this.#flushLines()
    if (now || this.#scheduled) return
    this.#scheduled = true
    setImmediate(() => {
      this.#scheduled = false
      this.#flushLines()
    })
  }

  /** Adds a line to a log with a buffer: written when the next one does not fit, or after a time (ngx_http_log_handler). */
  writeBuffered(line: string, buffering: LogBuffering): void {
    this.#buffering = buffering
    if (this.#kept.length + line.length > buffering.size) this.#flushKept()
    if (line.length > buffering.size) {
      this.#put(line, buffering.gzipLevel)
      return
    }
    if (this.#kept === '' && buffering.flush !== undefined)
      this.#timer = this.#clock.after(buffering.flush, () => this.#flushKept())
    this.#kept += line
  }

  /** Writes what is collected; a full disk loses lines and is told once a second, never an exchange. */
  flush(): void {
    this.#flushLines()
    this.#flushKept()
  }

  #flushLines(): void {
    const lines = this.#lines
    this.#lines = ''
    this.#put(lines, undefined)
  }

  #flushKept(): void {
    this.#timer?.cancel()
    this.#timer = undefined
    const lines = this.#kept
    this.#kept = ''
    this.#put(lines, this.#buffering?.gzipLevel)
  }

  #put(lines: string, gzipLevel: number | undefined): void {
    if (lines === '') return
    const text = Buffer.from(lines, 'latin1')
    const bytes = gzipLevel === undefined ? text : gzipSync(text, { level: gzipLevel })
    try {
      for (let at = 0; at < bytes.length;) at += writeSync(this.#descriptor, bytes, at)
    } catch (error) {
      this.#onError(error as Error)
    }
  }

  /** Opens the path anew, after logrotate has moved the file (USR1). */
  reopen(): void {
    this.flush()
    if (this.#descriptor === 2) return
    const next = openLog(this.path)
    closeSync(this.#descriptor)
    this.#descriptor = next
  }

  close(): void {
    this.flush()
    if (this.#descriptor !== 2) closeSync(this.#descriptor)
  }
}

function openLog(path: string): number {
  return path === 'stderr' ? 2 : openSync(Buffer.from(path, 'latin1'), 'a', 0o644)
}
