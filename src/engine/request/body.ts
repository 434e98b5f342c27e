/**
 * The request body: collected (memory, then a temporary file), streamed, or dropped; nobody having asked,
 * it stays with the client (ngx_http_request_body.c).
 */
import type { ExchangeTap } from '../door.ts'
import { logError } from './error-log.ts'
import type { Exchange } from './exchange.ts'
import { fileProblem, SpoolFile } from './spool-file.ts'

/** Who takes a body as it comes. */
export interface BodySink {
  /** False: nothing more until `resume` of the body is called. The piece may be overwritten afterwards. */
  data(buffer: Buffer, start: number, end: number): boolean
  /** What has come in one read is handed in. */
  flush(): void
  end(): void
}

type Mode = 'waiting' | 'collect' | 'stream' | 'discard'

/** What the connection needs to know of its reader. */
interface Source {
  /** There is somebody to read for now: go on handing in bytes. */
  resumeBody(): void
  sendContinue(): void
  /** Hands in, before it returns, what has come already. */
  readNow(): void
}

const nothing = Buffer.alloc(0)
// Stands for an empty list, and is never added to.
const noPieces: Buffer[] = []

export class RequestBody {
  /** Bytes: Content-Length, or what has come when it is whole; -1: chunked, not known yet. */
  length: number
  readonly chunked: boolean
  /** Bytes that have come over the wire, framing included; part of `$request_length`. */
  received = 0
  /** How many of them nobody wanted; those are no part of it. */
  unwanted = 0
  /** All of it has come. */
  whole: boolean
  discarded = false
  /** Somebody was reading it when it was not wanted any more (r->reading_body). */
  halfRead = false
  /** `100 Continue` was sent, or must not be any more. */
  expectTested: boolean
  /** Set when a temporary file holds it. */
  spool: SpoolFile | undefined
  pieces = noPieces
  /** Who takes a copy of what comes. */
  tap: ExchangeTap | undefined
  #mode: Mode = 'waiting'
  #size = 0
  /** The status that refused it. */
  #broken = 0
  #x: Exchange | undefined
  #sink: BodySink | undefined
  #done: ((status: number) => void) | undefined
  #memory = 0
  #folder = ''
  #fileOnly = false
  #keepFile = false
  /** Bytes a chunked body may have; 0: no limit. */
  #limit = 0
  readonly #source: Source

  constructor(source: Source, kind: 'none' | 'length' | 'chunked', length: number, expectContinue: boolean) {
    this.#source = source
    this.chunked = kind === 'chunked'
    this.length = kind === 'chunked' ? -1 : length
    this.whole = kind === 'none' || (kind === 'length' && length === 0)
    this.expectTested = !expectContinue
  }

  /** The connection may hand in bytes. */
  get wanted(): boolean {
    return this.#mode !== 'waiting'
  }

  /** It is handed on as it comes, so how fast it may come is up to who takes it. */
  get streaming(): boolean {
    return this.#mode === 'stream'
  }

  get size(): number {
    return this.#size
  }

  get file(): string | undefined {
    return this.spool?.path
  }

  /** The body where it is in memory and whole. */
  inMemory(): Buffer | undefined {
    if (!this.whole || this.spool || this.#size === 0) return undefined
    if (this.pieces.length > 1) this.pieces = [Buffer.concat(this.pieces)]
    return this.pieces[0]
  }

  /** Reads all of it, then calls back with 0, or with the status that refuses it. */
  collect(x: Exchange, done: (status: number) => void): void {
    this.#testExpect()
    if (this.whole || this.#broken) {
      done(this.#broken)
      return
    }
    this.#gather(x, done)
    this.#start()
  }

  #gather(x: Exchange, done: (status: number) => void): void {
    this.#mode = 'collect'
    this.#x = x
    this.#memory = x.settings.clientBodyBufferSize
    this.#limit = x.settings.clientMaxBodySize
    this.#folder = `${x.cycle.tempFolder}/client_body_temp`
    const { clientBodyInFileOnly = 'off' } = x.settings.fields
    this.#fileOnly = clientBodyInFileOnly !== 'off'
    this.#keepFile = clientBodyInFileOnly === 'on'
    this.#done = done
  }

  /**
   * Takes what has come already; true when that is all of it, or it is refused, as `collect` will tell. What comes
   * later waits for a reader again.
   */
  takeAvailable(x: Exchange): boolean {
    this.#testExpect()
    if (this.whole || this.#broken) return true
    this.#gather(x, () => undefined)
    // What has come is in memory already, and what is streamed is never put into a file.
    this.#memory = Infinity
    this.#fileOnly = false
    this.#source.readNow()
    if (!this.whole && !this.discarded) {
      this.#mode = 'waiting'
      this.#done = undefined
    }
    return this.whole || this.#broken !== 0
  }

  /** Hands it on as it comes. A chunked body over the limit ends with `refused`. */
  stream(x: Exchange, sink: BodySink, refused: (status: number) => void): void {
    this.#x = x
    this.#limit = x.settings.clientMaxBodySize
    this.#done = refused
    this.#sink = sink
    this.#testExpect()
    // It was refused while its upstream was waited for.
    if (this.#broken) {
      this.#refuse(this.#broken)
      return
    }
    const taken = this.pieces.length > 0 || this.spool !== undefined
    for (const piece of this.pieces) sink.data(piece, 0, piece.length)
    if (this.spool && !this.#handSpool(this.spool, sink)) return
    if (taken && !this.whole) sink.flush()
    this.pieces = noPieces
    if (this.whole) {
      this.#sink = undefined
      sink.end()
      return
    }
    this.#mode = 'stream'
    this.#start()
  }

  // `client_body_in_file_only`: what has come already is in the file.
  #handSpool(spool: SpoolFile, sink: BodySink): boolean {
    const buffer = Buffer.allocUnsafe(spool.size)
    try {
      sink.data(buffer, 0, spool.read(buffer, 0))
      return true
    } catch (error) {
      this.#fileFailed(error)
      return false
    }
  }

  /** The sink can take more. */
  resume(): void {
    if (!this.whole) this.#source.resumeBody()
  }

  /** Reads and forgets what is still to come, so that the connection can be kept. 400 when what has come is broken. */
  discard(): number {
    if (this.#mode === 'discard') return this.#broken
    this.discarded = true
    this.#sink = undefined
    this.#done = undefined
    this.#testExpect()
    if (this.whole) return 0
    this.halfRead = this.#mode !== 'waiting'
    this.#mode = 'discard'
    this.#start()
    return this.#broken
  }

  // Who expects 100 gets it, even where there is no body to wait for (ngx_http_test_expect).
  #testExpect(): void {
    if (this.expectTested) return
    this.expectTested = true
    this.#source.sendContinue()
  }

  #start(): void {
    this.#source.resumeBody()
    this.#source.readNow()
  }

  /** A piece has come; false: pause. Called by the connection. */
  push(buffer: Buffer, start: number, end: number): boolean {
    this.#size += end - start
    if (this.tap) this.tap.body('request', buffer, start, end)
    if (this.#mode === 'discard') return true
    if (this.chunked && this.#limit > 0 && this.#size > this.#limit) {
      if (this.#x)
        logError(
          this.#x,
          'error',
          `client intended to send too large chunked body: ${this.#size - (end - start)}+${end - start} bytes`,
        )
      this.#refuse(413)
      return true
    }
    if (this.#mode === 'stream') return this.#sink?.data(buffer, start, end) ?? true
    this.#store(buffer, start, end)
    return true
  }

  #store(buffer: Buffer, start: number, end: number): void {
    if (!this.spool && this.#size <= this.#memory && !this.#fileOnly) {
      const piece = Buffer.from(buffer.subarray(start, end))
      if (this.pieces === noPieces) this.pieces = [piece]
      else this.pieces.push(piece)
      return
    }
    try {
      if (!this.spool) {
        this.spool = new SpoolFile(this.#folder)
        if (this.#x)
          logError(
            this.#x,
            'warn',
            `a client request body is buffered to a temporary file ${this.spool.path}`,
          )
        for (const piece of this.pieces) this.spool.append(piece, 0, piece.length)
        this.pieces = noPieces
      }
      this.spool.append(buffer, start, end)
    } catch (error) {
      this.#fileFailed(error)
    }
  }

  // A full disk, no descriptor, an unwritable folder: nginx answers 500 as well.
  #fileFailed(error: unknown): void {
    const { severity, told } = fileProblem(error, this.spool)
    if (this.#x) logError(this.#x, severity, told)
    this.#refuse(500)
  }

  /** The end of what came in one read. Called by the connection. */
  flush(): void {
    this.#sink?.flush()
  }

  /** The last byte has come. Called by the connection. */
  finish(): void {
    this.whole = true
    if (this.chunked && this.#mode !== 'discard') this.length = this.#size
    // nginx makes the file also for a body that turned out to be empty.
    if (this.#mode === 'collect' && this.#fileOnly && !this.spool) this.#store(nothing, 0, 0)
    const done = this.#done
    const sink = this.#sink
    this.#done = undefined
    this.#sink = undefined
    if (this.#mode === 'stream') sink?.end()
    else if (this.#mode === 'collect') done?.(0)
  }

  /** It will never be whole: broken framing (400), a time-out (408), the client gone (499). */
  fail(status: number): void {
    this.#refuse(status)
  }

  #refuse(status: number): void {
    const done = this.#done
    this.#broken = status
    this.#mode = 'discard'
    this.discarded = true
    this.#done = undefined
    this.#sink = undefined
    done?.(status)
  }

  /** Frees what it holds; the temporary file goes. */
  dispose(): void {
    this.pieces = noPieces
    if (this.#keepFile) this.spool?.close()
    else this.spool?.remove()
    this.spool = undefined
  }
}
