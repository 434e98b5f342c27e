/**
 * A log file: lines are collected during one turn of the event loop and written at its end, so that a
 * busy moment costs one write; nothing waits longer than that.
 */
import { closeSync, openSync, writeSync } from 'node:fs'

export class LogFile {
  readonly path: string
  #descriptor: number
  #lines = ''
  #scheduled = false
  #onError: (error: Error) => void

  /** Opens, or throws the system's error. `stderr` stands for the program's own. */
  constructor(path: string, onError: (error: Error) => void) {
    this.path = path
    this.#onError = onError
    this.#descriptor = openLog(path)
  }

  /** Adds a line (bytes, one a character; its line break included). */
  write(line: string): void {
    this.#lines += line
    if (this.#scheduled) return
    this.#scheduled = true
    setImmediate(() => {
      this.#scheduled = false
      this.flush()
    })
  }

  /** Writes what is collected; a full disk loses lines and is told once a second, never an exchange. */
  flush(): void {
    if (this.#lines === '') return
    const bytes = Buffer.from(this.#lines, 'latin1')
    this.#lines = ''
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
