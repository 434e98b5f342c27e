/** Sends one request: head and body in one write where they are small, as the upstream takes them where they are not. */
import { giveBack, lend, owned, streamBuffer, writePiece, type Lender } from '../listen/transport.ts'
import type { BodySink } from '../request/body.ts'
import type { Exchange } from '../request/exchange.ts'
import type { SpoolFile } from '../request/spool-file.ts'
import { mayMove, type Flow } from '../turn-share.ts'
import type { UpstreamConnection } from '../upstream/connection.ts'
import { chunkHead, lastChunk } from '../wire/chunked.ts'
import { writeLatin1 } from '../wire/latin1.ts'
import type { PeerAttempt } from './peer-attempt.ts'
import type { UpstreamRequest } from './request-head.ts'

const smallBody = 16_384
const noPieces: Buffer[] = []

/** How a request is sent; times in milliseconds. */
export interface SenderSettings {
  readonly passBody: boolean
  readonly sendTimeout: number
  readonly readTimeout: number
}

/** Who asked for it to be sent. */
export interface SendingFor {
  /** The temporary file of the body cannot be read; `error` is the system's. */
  bodyUnreadable(error: unknown, spool: SpoolFile): void
}

export class RequestSender implements Lender, Flow {
  /** What a body's file is read into. */
  own: Buffer | undefined
  /** All of it has been handed to the socket. */
  done = false
  /** The upstream does not take any more at present. */
  blocked = false
  readonly #x: Exchange
  readonly #connection: UpstreamConnection
  readonly #request: UpstreamRequest
  readonly #settings: SenderSettings
  readonly #owner: SendingFor
  readonly #refused: ((status: number) => void) | undefined
  #piece = 0
  #spoolAt = 0
  #stopped = false
  /** It may read the next piece of the body's file. */
  #myTurn = false
  #collected = noPieces

  /** `refused`: the body is streamed, and this is called where it is refused meanwhile. */
  constructor(
    x: Exchange,
    connection: UpstreamConnection,
    request: UpstreamRequest,
    settings: SenderSettings,
    owner: SendingFor,
    refused?: (status: number) => void,
  ) {
    this.#x = x
    this.#connection = connection
    this.#request = request
    this.#settings = settings
    this.#owner = owner
    this.#refused = refused
  }

  start(): void {
    const { head, body } = this.#request
    const x = this.#x
    if (body !== undefined) {
      x.tap?.body('upstream-request', Buffer.from(body, 'latin1'), 0, body.length)
      this.#write(Buffer.from(head + body, 'latin1'))
      this.done = true
      return
    }
    if (this.#refused) {
      // One write for the head and what there is of the body.
      this.#connection.socket.cork()
      this.#writeText(head)
      x.body.stream(x, this.#makeSink(), this.#refused)
      this.#connection.socket.uncork()
      return
    }
    const [only] = x.body.pieces
    if (!this.#settings.passBody || x.body.size === 0) this.#sendWhole(head)
    else if (x.body.pieces.length === 1 && only && only.length <= smallBody) {
      const all = Buffer.allocUnsafe(head.length + only.length)
      writeLatin1(all, head, 0)
      only.copy(all, head.length)
      this.#sendWhole(all)
    } else {
      this.#writeText(head)
      this.#pump()
    }
  }

  #sendWhole(request: string | Buffer): void {
    this.#count(request.length)
    this.#connection.sendSoon(request)
    this.done = true
  }

  /** The socket takes more again. */
  drained(): void {
    if (!this.blocked || this.#stopped) return
    this.blocked = false
    this.#connection.deadline.set(this.#settings.readTimeout)
    if (this.#refused) this.#x.body.resume()
    else this.#pump()
  }

  stop(): void {
    this.#stopped = true
  }

  #pump(): void {
    const { body } = this.#x
    while (!this.blocked && !this.done) {
      const piece = body.pieces[this.#piece]
      if (piece) {
        this.#piece++
        this.#write(piece)
      } else if (body.spool && this.#spoolAt < body.spool.size) {
        if (!this.#sendSpooled(body.spool)) return
      } else this.done = true
    }
    if (this.done) giveBack(this)
  }

  /** Its turn to read from the file. */
  goOn(): void {
    this.#myTurn = true
    if (!this.#stopped) this.#pump()
  }

  #sendSpooled(spool: SpoolFile): boolean {
    const buffer = (this.own ??= streamBuffer())
    if (!this.#myTurn && !mayMove(this, buffer.length)) return false
    this.#myTurn = false
    let size: number
    try {
      size = spool.read(buffer, this.#spoolAt)
    } catch (error) {
      this.stop()
      giveBack(this)
      this.#owner.bodyUnreadable(error, spool)
      return false
    }
    this.#spoolAt += size
    lend(this, () => this.#pass(buffer.subarray(0, size)))
    return true
  }

  // Made where a body is streamed: most requests have none.
  #makeSink(): BodySink {
    return {
      data: (buffer, start, end) => {
        if (this.#stopped || this.#connection.socket.destroyed) return true
        const piece = buffer.subarray(start, end)
        if (this.#request.chunked) this.#collect(owned(piece))
        else this.#pass(piece)
        return !this.blocked
      },
      flush: () => this.#flushCollected(false),
      end: () => {
        this.#flushCollected(true)
        this.done = !this.#stopped
      },
    }
  }

  #collect(piece: Buffer): void {
    if (this.#collected === noPieces) this.#collected = [piece]
    else this.#collected.push(piece)
  }

  // What came in one read goes out as one chunk, as nginx sends it.
  #flushCollected(last: boolean): void {
    const pieces = this.#collected
    this.#collected = noPieces
    if (this.#stopped || this.#connection.socket.destroyed) return
    const { socket } = this.#connection
    const { chunked } = this.#request
    socket.cork()
    const size = pieces.reduce((sum, piece) => sum + piece.length, 0)
    if (chunked && size > 0) this.#writeText(chunkHead(size))
    for (const piece of pieces) this.#write(piece)
    if (chunked && size > 0) this.#writeText('\r\n')
    if (chunked && last) this.#write(lastChunk)
    socket.uncork()
  }

  #writeText(text: string): void {
    this.#count(text.length)
    this.#flowing(this.#connection.socket.write(text, 'latin1'))
  }

  #pass(piece: Buffer): void {
    this.#count(piece.length)
    this.#flowing(writePiece(this.#connection.socket, piece))
  }

  #write(buffer: Buffer): void {
    this.#count(buffer.length)
    this.#flowing(this.#connection.socket.write(buffer))
  }

  #count(bytes: number): void {
    // What is sent is sent in an attempt.
    const attempt = this.#x.attempts.at(-1) as PeerAttempt
    attempt.bytesSent += bytes
  }

  #flowing(taken: boolean): void {
    if (taken || this.blocked) return
    this.blocked = true
    this.#connection.deadline.set(this.#settings.sendTimeout)
  }
}
