/**
 * What stands between a fast upstream and a slow client: memory up to proxy_buffers and one read, then a temporary
 * file up to proxy_max_temp_file_size, then the upstream has to wait. Without buffering it waits at once.
 */
import type { Timer } from '../../base/clock.ts'
import type { LogSeverity } from '../../status/log-entry.ts'
import { giveBack, lend, owned, release, streamBuffer, type Lender } from '../listen/transport.ts'
import type { Exchange } from '../request/exchange.ts'
import { logError } from '../request/error-log.ts'
import { fileProblem, SpoolFile } from '../request/spool-file.ts'
import { largePiece, mayMove, type Flow } from '../turn-share.ts'

/** Where an answer comes from. */
export interface AnswerSource {
  pauseReading(): void
  resumeReading(): void
}

const noPieces: Buffer[] = []
// Unlike nginx, a client that takes what it has within a few turns of the event loop costs no file.
const patienceMs = 20

export class ResponseBuffer implements Lender, Flow {
  /** What the file is read into. */
  own: Buffer | undefined
  readonly #x: Exchange
  readonly #memoryLimit: number
  readonly #fileLimit: number
  readonly #source: AnswerSource
  #queue = noPieces
  /** What the file had no room for. */
  #behind = noPieces
  #queued = 0
  #spool: SpoolFile | undefined
  #spoolRead = 0
  #told = ''
  #blocked = false
  /** Its client is full, so the upstream has to wait. */
  #waiting = false
  /** Others are to read from their upstreams first. */
  #resting = false
  #nextRead: Flow | undefined
  /** To read the next piece of its file. */
  #turn: 'none' | 'asked' | 'mine' = 'none'
  /** The client has not taken what it has for so long that it is not waited for. */
  #slow = false
  #patience: Timer | undefined
  #noFile = false
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
    if (this.#toFile(end - start)) this.#spoolUp(buffer, start, end)
    else this.#remember(buffer, start, end)
    this.#look()
  }

  /** A large piece has come: the next one may have to let others go first. */
  share(bytes: number): void {
    if (this.#mayRead(bytes)) return
    this.#resting = true
    this.#source.pauseReading()
  }

  #mayRead(bytes: number): boolean {
    this.#nextRead ??= { goOn: () => this.#restIsOver() }
    return mayMove(this.#nextRead, bytes)
  }

  #restIsOver(): void {
    this.#resting = false
    if (!this.#waiting) this.#source.resumeReading()
  }

  /** No more will come: the answer ends when all of it has been handed on. */
  finish(): void {
    this.#whole = true
    if (!this.#blocked) this.#drain()
  }

  dispose(): void {
    this.#patience?.cancel()
    this.#queue = noPieces
    this.#behind = noPieces
    this.#leaveFile()
  }

  #block(): void {
    this.#blocked = true
    this.#x.client.onDrain = () => this.#drain()
    this.#look()
  }

  /** Whether the next piece goes to the file. */
  #toFile(size: number): boolean {
    if (this.#behind.length > 0) return false
    if (this.#spool) return true
    return this.#slow && this.#buffersInFile && this.#queued + size > this.#memoryLimit
  }

  get #buffersInFile(): boolean {
    return this.#memoryLimit > 0 && this.#fileLimit > 0 && !this.#noFile
  }

  #spoolUp(buffer: Buffer, start: number, end: number): void {
    try {
      this.#spool ??= this.#open()
      this.#spool.append(buffer, start, end)
    } catch (error) {
      // Unlike nginx, which cuts the answer off, memory takes what has come, and the upstream waits: nothing is lost.
      const { severity, told } = fileProblem(error, this.#spool)
      this.#tell(severity, told)
      this.#noFile = true
      this.#remember(buffer, start, end)
    }
  }

  #open(): SpoolFile {
    const spool = new SpoolFile(`${this.#x.cycle.tempFolder}/proxy_temp`, true)
    const told = 'an upstream response is buffered to a temporary file'
    this.#tell('warn', `${told} ${spool.path}`)
    return spool
  }

  /** Once for each answer. */
  #tell(severity: LogSeverity, what: string): void {
    if (this.#told.includes(severity)) return
    this.#told += severity
    logError(this.#x, severity, `${what} while reading upstream`)
  }

  #remember(buffer: Buffer, start: number, end: number): void {
    const piece = owned(buffer.subarray(start, end))
    if (this.#spool) this.#behind = [...this.#behind, piece]
    else if (this.#queue === noPieces) this.#queue = [piece]
    else this.#queue.push(piece)
    this.#queued += piece.length
  }

  #look(): void {
    if (this.#waiting || !this.#full) return
    this.#waiting = true
    this.#source.pauseReading()
    if (this.#slow || this.#spool || !this.#buffersInFile) return
    this.#patience = this.#x.cycle.clock.after(patienceMs, () => {
      this.#slow = true
      this.#goOn()
    })
  }

  get #full(): boolean {
    if (this.#memoryLimit === 0) return true
    if (this.#behind.length > 0) return true
    // All that was written counts, sent or not: the file does not grow beyond it (ngx_event_pipe_write_chain_to_temp_file).
    if (this.#spool) return this.#spool.size >= this.#fileLimit
    return this.#queued >= this.#memoryLimit && !(this.#slow && this.#buffersInFile)
  }

  #goOn(): void {
    this.#patience?.cancel()
    this.#patience = undefined
    if (!this.#waiting) return
    this.#waiting = false
    if (this.#resting) return
    // Many may go on at once, each with a large piece to read.
    if (this.#whole || this.#mayRead(largePiece)) this.#source.resumeReading()
    else this.#resting = true
  }

  /** Its turn to read from the file. */
  goOn(): void {
    this.#turn = 'mine'
    if (this.#spool && !this.#x.finished) this.#drain()
  }

  #drain(): void {
    const x = this.#x
    this.#blocked = false
    while (!this.#blocked && !x.finished) {
      const piece = this.#queue.shift()
      if (piece) {
        this.#queued -= piece.length
        this.#send({ own: piece }, piece)
        release(piece)
      } else if (!this.#readSpool()) break
    }
    if (x.finished) return
    if (!this.#whole || this.#blocked) x.output.flush(x)
    if (this.#blocked) {
      x.client.onDrain = () => this.#drain()
      return
    }
    this.#slow = false
    this.#noFile = false
    this.#goOn()
    if (!this.#whole) return
    this.#whole = false
    x.output.end(x)
  }

  #readSpool(): boolean {
    const spool = this.#spool
    if (!spool) return false
    if (this.#spoolRead >= spool.size) {
      this.#leaveFile()
      this.#queue = this.#behind
      this.#behind = noPieces
      return this.#queue.length > 0
    }
    const buffer = (this.own ??= streamBuffer())
    if (!this.#isMyTurn(buffer.length)) {
      this.#blocked = true
      return true
    }
    let size: number
    try {
      size = spool.read(buffer, this.#spoolRead)
    } catch (error) {
      this.#unreadable(error)
      return false
    }
    this.#spoolRead += size
    this.#send(this, buffer.subarray(0, size))
    return true
  }

  // What is missing cannot be had again: the client sees that this is not all.
  #unreadable(error: unknown): void {
    const x = this.#x
    const { severity, told } = fileProblem(error, this.#spool)
    logError(x, severity, `${told} while sending to client`)
    x.client.abort(x)
  }

  #isMyTurn(bytes: number): boolean {
    if (this.#turn === 'asked') return false
    const mine = this.#turn === 'mine' || mayMove(this, bytes)
    this.#turn = mine ? 'none' : 'asked'
    return mine
  }

  #send(lender: Lender, piece: Buffer): void {
    const x = this.#x
    lend(lender, () => {
      if (!x.output.write(x, piece, 0, piece.length)) this.#blocked = true
    })
  }

  #leaveFile(): void {
    this.#spool?.remove()
    this.#spool = undefined
    this.#spoolRead = 0
    giveBack(this)
  }
}
