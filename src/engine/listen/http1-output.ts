/** What one HTTP/1 connection writes: heads, bodies, their ends, all of a turn of the event loop in one write. */
import type { Socket } from 'node:net'
import type { TLSSocket } from 'node:tls'
import type { Answer } from '../request/answer.ts'
import type { Exchange } from '../request/exchange.ts'
import { isBodyless } from '../request/finalize.ts'
import { limitOf, Pace } from '../request/pace.ts'
import { chunkHead } from '../wire/chunked.ts'
import { latin1, writeLatin1 } from '../wire/latin1.ts'
import { answerHead } from './answer-head.ts'
import { atEndOfTurn, type Writing } from './end-of-turn.ts'
import { owned, writePiece } from './transport.ts'

/** The connection that is written to. */
export interface OutputOwner {
  readonly socket: Socket
  readonly ssl: TLSSocket | undefined
  /** The exchange that is being answered. */
  readonly answering: Exchange | undefined
  onDrain: (() => void) | undefined
  /** The client takes nothing at present: it has so many milliseconds. */
  waitToSend(ms: number): void
  /** It takes something again. */
  taken(): void
  /** The last byte of an answer has left this program. */
  answered(x: Exchange): void
}

// Stands for an empty list, and is never added to.
const noPieces: (string | Buffer)[] = []
// Up to here pieces are copied into one write; larger ones go out as they are, gathered by the kernel.
const copyLimit = 32_768
// Up to here an answer is one text, which Node writes without memory of its own (stack_storage in its stream_base.cc).
const textLimit = 16_384

export class Http1Output implements Writing {
  /** The client takes nothing at present. */
  blocked = false
  /** All of the answer has been handed over. */
  ended = false
  readonly #owner: OutputOwner
  #pieces = noPieces
  #pieceBytes = 0
  /** `endOfTurn` will be called. */
  #writesSoon = false
  #chunking = false
  #bodyless = false
  #pace: Pace | undefined

  constructor(owner: OutputOwner) {
    this.#owner = owner
  }

  /** Another exchange is to be answered. */
  begin(): void {
    this.ended = false
    this.blocked = false
    this.#pace = undefined
  }

  head(x: Exchange, answer: Answer): void {
    this.#bodyless = isBodyless(x, answer)
    this.#chunking = false
    if (x.head.version === 9 || x.headless) {
      // Unlike nginx, a client that spoke a later version is not left waiting for the end of such an answer.
      x.keepalive = false
      return
    }
    if (!this.#bodyless && (answer.contentLength < 0 || answer.trailers)) {
      if (x.head.version === 11 && x.settings.chunked) {
        // Trailers stand behind the last chunk, so they need chunks.
        this.#chunking = true
        answer.contentLength = -1
      } else if (answer.contentLength < 0) x.keepalive = false
    }
    const limit = answer.status === 101 ? undefined : limitOf(x)
    if (limit) this.#pace = this.#paced(x, limit)
    this.#add(answerHead(x, answer, this.#chunking))
  }

  // `limit_rate`: what is sent goes through it, head and all.
  #paced(x: Exchange, limit: { rate: number; after: number }): Pace {
    return new Pace({
      ...limit,
      clock: x.cycle.clock,
      startedAt: x.startedAt,
      send: (piece) => {
        x.bytesSent += piece.length
        const flowing = this.#socket.write(piece)
        if (!flowing) this.#owner.waitToSend(x.settings.sendTimeout)
        return flowing
      },
      ready: () => this.drained(),
    })
  }

  interim(x: Exchange, status: number, lines: string): void {
    const text = `HTTP/1.1 ${status}${interimReasons[status] ?? ''}\r\n${lines}\r\n`
    this.#socket.write(text, 'latin1')
    x.bytesSent += text.length
  }

  write(x: Exchange, buffer: Buffer, start: number, end: number): boolean {
    const size = end - start
    if (size <= 0 || this.#bodyless) return !this.blocked
    x.bodyBytesSent += size
    if (this.#chunking) this.#add(chunkHead(size))
    if (size > copyLimit) this.#writeLarge(x, buffer.subarray(start, end))
    else {
      this.#addCopy(buffer, start, end)
      if (this.#chunking) this.#add('\r\n')
      if (this.#pieceBytes > copyLimit) this.flush(x)
    }
    return !this.blocked
  }

  // A large piece is written at once, so that only what the kernel does not take needs its memory any longer.
  #writeLarge(x: Exchange, piece: Buffer): void {
    if (this.#pace) {
      this.#add(owned(piece))
      if (this.#chunking) this.#add('\r\n')
      this.flushNow(x)
      return
    }
    const socket = this.#socket
    const alone = this.#pieces.length === 0
    if (!alone) socket.cork()
    this.flushNow(x)
    x.bytesSent += piece.length + (this.#chunking ? 2 : 0)
    if (socket.destroyed) return
    writePiece(socket, piece)
    if (this.#chunking) socket.write('\r\n', 'latin1')
    if (!alone) socket.uncork()
    this.#flowing(x, !socket.writableNeedDrain)
  }

  #add(piece: string | Buffer): void {
    if (this.#pieces.length === 0) this.#pieces = [piece]
    else this.#pieces.push(piece)
    this.#pieceBytes += piece.length
  }

  #addCopy(buffer: Buffer, start: number, end: number): void {
    const { length } = this.#pieces
    if (length === 1 && typeof this.#pieces[0] === 'string' && this.#pieceBytes + end - start <= textLimit) {
      this.#pieces[0] += latin1(buffer, start, end)
      this.#pieceBytes += end - start
    } else this.#add(Buffer.from(buffer.subarray(start, end)))
  }

  flush(x: Exchange): void {
    if (this.#pieceBytes > copyLimit) this.flushNow(x)
    else if (this.#pieces.length > 0) this.#flushSoon()
  }

  #flushSoon(): void {
    if (this.#writesSoon) return
    this.#writesSoon = true
    atEndOfTurn(this)
  }

  endOfTurn(): void {
    this.#writesSoon = false
    const x = this.#owner.answering
    if (!x) return
    const last = this.ended && !x.finished
    if (last && this.#owner.ssl && this.#pieceBytes > 0 && !this.#pace && !this.#socket.destroyed) {
      this.#writeLast(x)
      return
    }
    this.flushNow(x)
    if (!last || this.#pace?.pending) return
    if (this.#socket.writableLength > 0 && !this.#socket.destroyed) {
      this.#owner.waitToSend(x.settings.sendTimeout)
      // The exchange ends when its last byte has left this program.
      this.#socket.write('', () => this.#owner.answered(x))
    } else this.#owner.answered(x)
  }

  // Under TLS a write is never over at once, and an empty one behind it would cost a system call of its own.
  #writeLast(x: Exchange): void {
    const all = gather(this.#pieces, this.#pieceBytes)
    this.#pieces = noPieces
    this.#pieceBytes = 0
    x.bytesSent += all.length
    this.#owner.waitToSend(x.settings.sendTimeout)
    this.#socket.write(all, () => this.#owner.answered(x))
  }

  flushNow(x: Exchange): void {
    const pieces = this.#pieces
    if (pieces.length === 0) return
    this.#pieces = noPieces
    const bytes = this.#pieceBytes
    this.#pieceBytes = 0
    if (this.#pace) {
      if (!this.#socket.destroyed && !this.#pace.push(gather(pieces, bytes))) this.blocked = true
      return
    }
    x.bytesSent += bytes
    if (this.#socket.destroyed) return
    this.#flowing(x, this.#send(pieces, bytes))
  }

  #flowing(x: Exchange, flowing: boolean): void {
    if (flowing || this.blocked) return
    this.blocked = true
    this.#owner.waitToSend(x.settings.sendTimeout)
  }

  #send(pieces: (string | Buffer)[], bytes: number): boolean {
    const [only] = pieces
    if (pieces.length === 1 && only !== undefined)
      return typeof only === 'string' ? this.#socket.write(only, 'latin1') : this.#socket.write(only)
    if (bytes <= copyLimit) return this.#socket.write(gather(pieces, bytes))
    this.#socket.cork()
    let flowing = true
    for (const piece of pieces)
      flowing = typeof piece === 'string' ? this.#socket.write(piece, 'latin1') : this.#socket.write(piece)
    this.#socket.uncork()
    return flowing && !this.#socket.writableNeedDrain
  }

  end(x: Exchange): void {
    if (this.#chunking) this.#add(lastChunkOf(x))
    this.ended = true
    this.#flushSoon()
  }

  /** The client takes more again. */
  drained(): void {
    this.blocked = false
    const owner = this.#owner
    owner.taken()
    const pace = this.#pace
    if (pace && !pace.drained()) {
      this.blocked = true
      return
    }
    const run = owner.onDrain
    owner.onDrain = undefined
    run?.()
    if (pace && this.ended) this.endOfTurn()
  }

  /** Bytes on their way. */
  pending(): number {
    return this.#socket.writableLength + (this.#pace?.pending ?? 0)
  }

  get #socket(): Socket {
    return this.#owner.socket
  }
}

const interimReasons: Readonly<Record<number, string>> = {
  100: ' Continue',
  102: ' Processing',
  103: ' Early Hints',
}

function lastChunkOf(x: Exchange): string {
  const trailers = x.answer?.trailers?.() ?? []
  return `0\r\n${trailers.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`
}

function gather(pieces: readonly (string | Buffer)[], bytes: number): Buffer {
  const [only] = pieces
  if (pieces.length === 1 && typeof only === 'object') return only
  const all = Buffer.allocUnsafe(bytes)
  let at = 0
  for (const piece of pieces) {
    if (typeof piece === 'string') writeLatin1(all, piece, at)
    else piece.copy(all, at)
    at += piece.length
  }
  return all
}
