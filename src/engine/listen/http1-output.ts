/** What one HTTP/1 connection writes: heads, bodies, their ends, all of a turn of the event loop in one write. */
import type { Socket } from 'node:net'
import type { TLSSocket } from 'node:tls'
import type { Answer } from '../request/answer.ts'
import type { Exchange } from '../request/exchange.ts'
import { isBodyless } from '../request/finalize.ts'
import { limitOf, Pace } from '../request/pace.ts'
import { chunkHead } from '../wire/chunked.ts'
import { writeLatin1 } from '../wire/latin1.ts'
import { answerHead } from './answer-head.ts'
import { atEndOfTurn, type Writing } from './end-of-turn.ts'
import { owned, writePiece } from './transport.ts'
import { TurnPiece } from './turn-memory.ts'

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

// Up to here bodies are copied behind their heads; larger pieces go out as they are, gathered by the kernel.
const copyLimit = 16_384

export class Http1Output implements Writing {
  /** The client takes nothing at present. */
  blocked = false
  /** All of the answer has been handed over. */
  ended = false
  /** The end of the connection is the end of the body. */
  endsWithConnection = false
  readonly #owner: OutputOwner
  /** What is to be written: bytes, where there is anything but text, and a text behind them. */
  #bytes: TurnPiece | undefined
  #text = ''
  #waiting = 0
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
    this.endsWithConnection = !this.#bodyless && !this.#chunking && answer.contentLength < 0
    const limit = answer.status === 101 ? undefined : limitOf(x)
    if (limit) this.#pace = this.#paced(x, limit)
    const head = answerHead(x, answer, this.#chunking)
    x.headSize = head.length
    this.#add(head)
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
      this.#addCopy(x, buffer, start, end)
      if (this.#chunking) this.#add('\r\n')
      if (this.#waiting > copyLimit) this.flush(x)
    }
    return !this.blocked
  }

  // A large piece is written at once, so that only what the kernel does not take needs its memory any longer.
  #writeLarge(x: Exchange, piece: Buffer): void {
    const last = this.#chunking ? '\r\n' : ''
    if (this.#pace) {
      this.flushNow(x)
      this.#push(this.#pace, owned(piece))
      if (last !== '') this.#add(last)
      return
    }
    const socket = this.#socket
    // Memory of a turn must not wait in a socket.
    if (this.#bytes) this.flushNow(x)
    const alone = this.#waiting === 0
    if (!alone) socket.cork()
    this.flushNow(x)
    x.bytesSent += piece.length + last.length
    if (socket.destroyed) return
    writePiece(socket, piece)
    if (last !== '') socket.write(last, 'latin1')
    if (!alone) socket.uncork()
    this.#flowing(x, !socket.writableNeedDrain)
  }

  #add(text: string): void {
    this.#text = this.#text === '' ? text : this.#text + text
    this.#waiting += text.length
  }

  #addCopy(x: Exchange, buffer: Buffer, start: number, end: number): void {
    const size = this.#text.length + end - start
    // A head may be larger than the memory of a turn.
    if (this.#text.length > copyLimit || this.#bytes?.hasRoom(size) === false) this.flushNow(x)
    const bytes = (this.#bytes ??= new TurnPiece(this.#text.length + end - start))
    if (this.#text !== '') bytes.text(this.#text)
    this.#text = ''
    bytes.copy(buffer, start, end)
    this.#waiting += end - start
  }

  flush(x: Exchange): void {
    if (this.#waiting > copyLimit) this.flushNow(x)
    else if (this.#waiting > 0) this.#flushSoon()
  }

  #flushSoon(): void {
    if (this.#writesSoon) return
    this.#writesSoon = true
    atEndOfTurn(this)
  }

  endOfTurn(): void {
    this.#writesSoon = false
    const x = this.#owner.answering
    if (!x) {
      this.#forget()
      return
    }
    const last = this.ended && !x.finished
    if (last && this.#owner.ssl && this.#waiting > 0 && !this.#pace && !this.#socket.destroyed) {
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
    x.bytesSent += this.#waiting
    this.#owner.waitToSend(x.settings.sendTimeout)
    this.#socket.write(this.#taken(), () => this.#owner.answered(x))
  }

  flushNow(x: Exchange): void {
    const waiting = this.#waiting
    if (waiting === 0) return
    if (this.#pace) {
      if (this.#socket.destroyed) this.#forget()
      else this.#push(this.#pace, this.#taken())
      return
    }
    x.bytesSent += waiting
    if (this.#socket.destroyed) this.#forget()
    else this.#flowing(x, this.#send())
  }

  #push(pace: Pace, piece: Buffer): void {
    if (!pace.push(piece)) this.blocked = true
  }

  #flowing(x: Exchange, flowing: boolean): void {
    if (flowing || this.blocked) return
    this.blocked = true
    this.#owner.waitToSend(x.settings.sendTimeout)
  }

  #send(): boolean {
    const socket = this.#socket
    const bytes = this.#bytes
    const text = this.#text
    if (!bytes) {
      this.#forget()
      return socket.write(text, 'latin1')
    }
    const waits = this.#owner.ssl !== undefined || socket.writableLength > 0
    if (waits || (text !== '' && !bytes.hasRoom(text.length))) return socket.write(this.#taken())
    if (text !== '') bytes.text(text)
    this.#forgetText()
    this.#bytes = undefined
    return bytes.write(socket)
  }

  /** What is to be written, in memory of its own, and no longer here. */
  #taken(): Buffer {
    const all = Buffer.allocUnsafe(this.#waiting)
    const from = this.#bytes?.copyTo(all) ?? 0
    if (this.#text !== '') writeLatin1(all, this.#text, from)
    this.#forget()
    return all
  }

  #forget(): void {
    this.#bytes?.drop()
    this.#bytes = undefined
    this.#forgetText()
  }

  #forgetText(): void {
    this.#text = ''
    this.#waiting = 0
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
