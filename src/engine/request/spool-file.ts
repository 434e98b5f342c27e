/** A temporary file for a body that does not fit in memory: written and read from one end to the other. */
import { closeSync, mkdirSync, openSync, readSync, unlinkSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'
import type { LogSeverity } from '../../status/log-entry.ts'
import { systemError } from './system-error.ts'

let counter = 0

export class SpoolFile {
  readonly path: string
  /** Bytes written so far. */
  size = 0
  #descriptor: number
  readonly #nameless: boolean

  /**
   * Makes `0000000001` and so on in a folder, which is made where it is absent. Throws the system's error.
   * `nameless`: nobody opens it by its name, so it loses that at once and cannot be left behind, whatever happens.
   */
  constructor(folder: string, nameless = false) {
    this.path = `${folder}/${process.pid}-${String(++counter).padStart(10, '0')}`
    this.#descriptor = open(this.path)
    this.#nameless = nameless
    if (nameless) unlinkIfThere(this.path)
  }

  append(buffer: Buffer, start: number, end: number): void {
    for (let at = start; at < end;)
      at += writeSync(this.#descriptor, buffer, at, end - at, this.size + at - start)
    this.size += end - start
  }

  /**
   * Fills a buffer from a position; how many bytes it got. Throws the system's error, or `ShortRead` where somebody has
   * cut the file short.
   */
  read(buffer: Buffer, position: number): number {
    const wanted = Math.min(buffer.length, this.size - position)
    const size = readSync(this.#descriptor, buffer, 0, wanted, position)
    if (size < wanted) throw new ShortRead(`pread() read only ${size} of ${wanted} from "${this.path}"`)
    return size
  }

  /** Closes it and lets it lie (`client_body_in_file_only on`). */
  close(): void {
    if (this.#descriptor >= 0) closeSync(this.#descriptor)
    this.#descriptor = -1
  }

  /** Closes and removes it. */
  remove(): void {
    if (this.#descriptor < 0) return
    this.close()
    if (!this.#nameless) unlinkIfThere(this.path)
  }
}

/** A file has less than was written to it. */
class ShortRead extends Error {}

/** What was wrong with a temporary file, in nginx's words: `pwrite() "/x/1" failed (28: No space left on device)`. */
export function fileProblem(
  error: unknown,
  spool: SpoolFile | undefined,
): { readonly severity: LogSeverity; readonly told: string } {
  if (error instanceof ShortRead) return { severity: 'alert', told: error.message }
  const { syscall = 'write', path = spool?.path ?? '' } = error as NodeJS.ErrnoException
  const call = { write: 'pwrite', read: 'pread' }[syscall] ?? syscall
  return {
    severity: 'crit',
    told: `${call}() "${path}" failed (${systemError(error as NodeJS.ErrnoException)})`,
  }
}

function unlinkIfThere(path: string): void {
  try {
    unlinkSync(path)
  } catch {
    // Somebody who tidies up was faster, or its folder may not be written any more: no exchange depends on it.
  }
}

function open(path: string): number {
  try {
    return openSync(path, 'wx+', 0o600)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
    return openSync(path, 'wx+', 0o600)
  }
}
