/** A temporary file for a body that does not fit in memory: written and read from one end to the other. */
import { closeSync, mkdirSync, openSync, readSync, unlinkSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'

let counter = 0

export class SpoolFile {
  readonly path: string
  /** Bytes written so far. */
  size = 0
  #descriptor: number

  /** Makes `0000000001` and so on in a folder, which is made where it is absent. Throws the system's error. */
  constructor(folder: string) {
    this.path = `${folder}/${process.pid}-${String(++counter).padStart(10, '0')}`
    this.#descriptor = open(this.path)
  }

  append(buffer: Buffer, start: number, end: number): void {
    for (let at = start; at < end;)
      at += writeSync(this.#descriptor, buffer, at, end - at, this.size + at - start)
    this.size += end - start
  }

  /** Fills a buffer from a position; how many bytes it got. */
  read(buffer: Buffer, position: number): number {
    return readSync(this.#descriptor, buffer, 0, Math.min(buffer.length, this.size - position), position)
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
    unlinkSync(this.path)
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
