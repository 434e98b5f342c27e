/**
 * A page with SSI commands on its way to the client: text passes, commands are carried out, and what is
 * included goes out in its place although all inclusions run at once (ngx_http_ssi_body_filter,
 * ngx_http_postpone_filter).
 */
import type { Output } from '../request/client-side.ts'
import { logError } from '../request/error-log.ts'
import type { Exchange } from '../request/exchange.ts'
import { startSubrequest } from '../request/subrequest.ts'
import { Commands, type Include, type SsiSettings } from './commands.ts'
import { Inclusions, type IncludedAnswer } from './inclusions.ts'
import { SsiScanner, type SsiPiece } from './scanner.ts'

/** An included answer and the text of the page behind it. */
interface Part extends IncludedAnswer {
  readonly after: Buffer[]
  done: boolean
}

export class SsiPage implements Output {
  readonly #x: Exchange
  readonly #inner: Output
  readonly #scanner: SsiScanner
  readonly #commands: Commands
  /** What has to go out before the page goes on, in order. */
  readonly #parts: Part[] = []
  readonly #inclusions: Inclusions
  /** The body as far as it has come and has not been looked at: a command may wait for what it includes. */
  readonly #unread: Generator<SsiPiece, void>[] = []
  #waitsFor: Exchange | undefined
  #reading = false
  #ended = false

  constructor(x: Exchange, inner: Output, settings: SsiSettings) {
    this.#x = x
    this.#inner = inner
    this.#inclusions = new Inclusions(x, inner)
    this.#scanner = new SsiScanner(settings.valueLength)
    this.#commands = new Commands(x, settings, {
      put: (text) => this.#put(Buffer.from(text, 'latin1')),
      include: (include) => this.#include(include),
    })
  }

  write(_x: Exchange, buffer: Buffer, start: number, end: number): boolean {
    this.#wake()
    this.#unread.push(this.#scanner.pieces(buffer.toString('latin1', start, end)))
    this.#read()
    return this.#inclusions.flowing
  }

  flush(x: Exchange): void {
    this.#wake()
    if (this.#parts.length === 0) this.#inner.flush(x)
  }

  end(): void {
    this.#ended = true
    this.#inclusions.noticeLeaving()
    this.#wake()
    this.#finish()
  }

  #read(): void {
    if (this.#reading) return
    this.#reading = true
    while (!this.#waitsFor && !this.#x.finished) {
      const next = this.#unread[0]?.next()
      if (!next) break
      if (next.done) this.#unread.shift()
      else this.#commands.take(next.value)
    }
    this.#reading = false
  }

  #put(piece: Buffer): void {
    const last = this.#parts.at(-1)
    if (last) last.after.push(piece)
    else this.#inclusions.send(piece)
  }

  #include({ uri, args, wait, stub, set }: Include): void {
    const answer = this.#inclusions.make(uri, args, {
      inMemory: set !== undefined,
      stub,
      done: (text, status) => {
        if (set && status < 300) set(text)
        this.#done(answer.x)
      },
    })
    const { x } = answer
    this.#commands.begin(x, set !== undefined)
    if (!set) {
      this.#parts.push({ ...answer, after: [], done: false })
      if (this.#parts.length === 1) this.#inclusions.begin(answer)
    }
    if (wait && this.#waitsFor) logError(this.#x, 'error', 'can only wait for one subrequest at a time')
    else if (wait) this.#waitsFor = x
    startSubrequest(x)
  }

  // Whoever calls has been told that the client can take more.
  #wake(): void {
    this.#inclusions.wake(this.#parts[0]?.included)
  }

  #done(x: Exchange): void {
    const part = this.#parts.find((one) => one.x === x)
    if (part) part.done = true
    for (let first = this.#parts[0]; first?.done; first = this.#parts[0]) {
      for (const piece of first.after) this.#inclusions.send(piece)
      this.#parts.shift()
      const next = this.#parts[0]
      if (next) this.#inclusions.begin(next)
      else this.#inner.flush(this.#x)
    }
    if (this.#waitsFor === x) this.#waitsFor = undefined
    this.#read()
    this.#finish()
  }

  #finish(): void {
    if (!this.#ended || this.#reading || this.#waitsFor || this.#unread.length > 0) return
    if (this.#parts.length > 0 || this.#x.finished) return
    this.#inner.end(this.#x)
  }
}
