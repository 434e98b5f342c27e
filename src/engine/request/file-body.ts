/**
 * A file as the body of an answer: read in pieces no larger than what the client takes, so that memory does
 * not grow with the file.
 */
import { closeSync, read, readSync } from 'node:fs'
import { mayMove, type Flow } from '../turn-share.ts'
import { logError } from './error-log.ts'
import type { BodyPart } from './answer.ts'
import type { Exchange } from './exchange.ts'
import { end } from './finalize.ts'
import type { OpenFile } from './open-file.ts'
import { systemError } from './system-error.ts'

// One read; up to here a file is read at once and without waiting, as it most likely lies in memory.
const pieceSize = 65_536

/**
 * Sends what the answer's head has announced (`answer.parts`, or all of `size` bytes from `offset` on), ends
 * the exchange, and closes the file whatever happens.
 */
export function sendFile(x: Exchange, file: OpenFile, size: number, offset = 0): void {
  const parts = x.answer?.parts ?? [{ text: '', start: 0, end: size }]
  new FileBody(x, file, parts, offset).go()
}

class FileBody implements Flow {
  readonly #x: Exchange
  readonly #file: OpenFile
  readonly #parts: readonly BodyPart[]
  readonly #offset: number
  #index = 0
  /** Where in the part reading goes on; -1: its text has not been sent. */
  #at = -1
  #buffer: Buffer | undefined
  #reading = false
  /** Bytes of the piece that is read next. */
  #next = 0
  #over = false

  constructor(x: Exchange, file: OpenFile, parts: readonly BodyPart[], offset: number) {
    this.#x = x
    this.#file = file
    this.#parts = parts
    this.#offset = offset
    x.onFinish(() => this.#close())
  }

  /** Sends until the client is full, a read has to be waited for, or all is sent. */
  go(): void {
    while (!this.#over && !this.#reading) {
      const part = this.#parts[this.#index]
      if (!part) {
        this.#over = true
        end(this.#x)
        return
      }
      if (!this.#step(part)) return
    }
  }

  #step(part: BodyPart): boolean {
    if (this.#at < 0) {
      this.#at = part.start
      if (part.text !== '') {
        const text = Buffer.from(part.text, 'latin1')
        return this.#write(text, text.length)
      }
    }
    const left = part.end - this.#at
    if (left <= 0) {
      this.#index++
      this.#at = -1
      return true
    }
    const length = Math.min(left, pieceSize)
    if (part.end - part.start <= pieceSize) return this.#readNow(length)
    this.#next = length
    if (mayMove(this, length)) this.goOn()
    return false
  }

  #readNow(length: number): boolean {
    const buffer = (this.#buffer ??= Buffer.allocUnsafe(this.#largest()))
    try {
      const size = readSync(this.#file.descriptor, buffer, 0, length, this.#offset + this.#at)
      return this.#got(buffer, length, size)
    } catch (error) {
      return this.#failed(error as NodeJS.ErrnoException)
    }
  }

  /** Its turn has come to read a piece of a large part. */
  goOn(): void {
    if (this.#over) return
    const buffer = (this.#buffer ??= Buffer.allocUnsafe(this.#largest()))
    const { descriptor } = this.#file
    const length = this.#next
    this.#reading = true
    read(descriptor, buffer, 0, length, this.#offset + this.#at, (error, size) => {
      this.#reading = false
      if (this.#over) closeSync(descriptor)
      else if (error) this.#failed(error)
      else if (this.#got(buffer, length, size)) this.go()
    })
  }

  #largest(): number {
    return this.#parts.reduce((most, { start, end }) => Math.max(most, Math.min(end - start, pieceSize)), 0)
  }

  #got(buffer: Buffer, wanted: number, size: number): boolean {
    if (size === 0) {
      logError(
        this.#x,
        'alert',
        `pread() read only 0 of ${wanted} from "${this.#file.path}" while sending response to client`,
      )
      this.#x.client.abort(this.#x)
      return false
    }
    this.#at += size
    return this.#write(buffer, size)
  }

  #failed(error: NodeJS.ErrnoException): boolean {
    logError(
      this.#x,
      'crit',
      `pread() "${this.#file.path}" failed (${systemError(error)}) while sending response to client`,
    )
    this.#x.client.abort(this.#x)
    return false
  }

  #write(buffer: Buffer, size: number): boolean {
    const x = this.#x
    const flowing = x.output.write(x, buffer, 0, size)
    // What the client has not taken is on its way still: the next piece comes into other memory.
    if (x.client.pending() > 0) this.#buffer = undefined
    if (flowing) return true
    x.client.onDrain = () => this.go()
    return false
  }

  #close(): void {
    this.#over = true
    // A number that is closed while the kernel reads from it may by then be another file's.
    if (!this.#reading) closeSync(this.#file.descriptor)
  }
}
