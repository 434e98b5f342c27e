/**
 * What stands between a fast upstream and a slow client: memory up to proxy_buffers, then a temporary
 * file up to proxy_max_temp_file_size, then the upstream has to wait. Without buffering it waits at once.
 */
import type { Exchange } from '../request/exchange.ts'
import { SpoolFile } from '../request/spool-file.ts'

const readSize = 65_536

/** Where an answer comes from. */
export interface AnswerSource {
  pauseReading(): void
  resumeReading(): void
}

const noPieces: Buffer[] = []

export class ResponseBuffer {
  readonly #x: Exchange
  readonly #memoryLimit: number
  readonly #fileLimit: number
  readonly #source: AnswerSource
  #queue = noPieces
  #queued = 0
  #spool: SpoolFile | undefined
  #spoolRead = 0
  #blocked = false
  #waiting = false
  #whole = false

  /** Limits in bytes, 0 memory: no buffering. */
  constructor(x: Exchange, memoryLimit: number, fileLimit: number, source: AnswerSource) {
    this.#x = x
    this.#memoryLimit = memoryLimit
    this.#fileLimit = fileLimit
    this.#source = source
  }

  write(buffer: Buffer, start: number, end: number): void {
    const x = this.#x
    if (x.finished) return
    if (!this.#blocked) {
      if (!x.output.write(x, buffer, start, end)) this.#block()
      return
    }
    if (
      this.#spool ||
      (this.#memoryLimit > 0 && this.#queued + end - start > this.#memoryLimit && this.#fileLimit > 0)
    )
      this.#toFile(buffer, start, end)
    else this.#toMemory(buffer, start, end)
    this.#look()
  }

  /** No more will come: the answer ends when all of it has been handed on. */
  finish(): void {
    this.#whole = true
    if (!this.#blocked) this.#drain()
  }

  dispose(): void {
    this.#queue = noPieces
    this.#spool?.remove()
    this.#spool = undefined
  }

  #block(): void {
    this.#blocked = true
    this.#x.client.onDrain = () => this.#drain()
    this.#look()
  }

  #toFile(buffer: Buffer, start: number, end: number): void {
    try {
      this.#spool ??= new SpoolFile(`${this.#x.cycle.tempFolder}/proxy_temp`)
      this.#spool.append(buffer, start, end)
    } catch {
      // A full disk: memory takes it and the upstream waits, nothing is lost.
      this.#toMemory(buffer, start, end)
    }
  }

  #toMemory(buffer: Buffer, start: number, end: number): void {
    if (this.#queue === noPieces) this.#queue = []
    this.#queue.push(Buffer.from(buffer.subarray(start, end)))
    this.#queued += end - start
  }

  #look(): void {
    const inFile = this.#spool ? this.#spool.size - this.#spoolRead : 0
    const full =
      this.#memoryLimit === 0 ||
      (this.#spool ? inFile >= this.#fileLimit : this.#queued >= this.#memoryLimit && this.#fileLimit === 0)
    if (full && !this.#waiting) {
      this.#waiting = true
      this.#source.pauseReading()
    }
  }

  #drain(): void {
    const x = this.#x
    this.#blocked = false
    while (!this.#blocked && !x.finished) {
      const piece = this.#queue.shift()
      if (piece) {
        this.#queued -= piece.length
        if (!x.output.write(x, piece, 0, piece.length)) this.#blocked = true
      } else if (!this.#readSpool()) break
    }
    if (!this.#whole || this.#blocked) x.output.flush(x)
    if (this.#blocked) {
      x.client.onDrain = () => this.#drain()
      return
    }
    if (this.#waiting) {
      this.#waiting = false
      this.#source.resumeReading()
    }
    if (!this.#whole) return
    this.#whole = false
    x.output.end(x)
  }

  #readSpool(): boolean {
    const spool = this.#spool
    if (!spool) return false
    if (this.#spoolRead >= spool.size) {
      spool.remove()
      this.#spool = undefined
      this.#spoolRead = 0
      return false
    }
    const buffer = Buffer.allocUnsafe(Math.min(readSize, spool.size - this.#spoolRead))
    const size = spool.read(buffer, this.#spoolRead)
    this.#spoolRead += size
    const x = this.#x
    if (!x.output.write(x, buffer, 0, size)) this.#blocked = true
    return true
  }
}
