/** Takes the answer of a subrequest: it becomes a piece of the page, or the value of a variable. */
import { Answer } from '../request/answer.ts'
import type { ClientSide } from '../request/client-side.ts'
import { endExchange } from '../request/end.ts'
import { logError } from '../request/error-log.ts'
import type { Exchange } from '../request/exchange.ts'
import { sendHead } from '../request/finalize.ts'

/** Where pieces go when it is their turn. False: wait for `resume`. */
export type Sink = (piece: Buffer) => boolean

/** What becomes of an included answer. */
export interface Inclusion {
  /** Nothing goes out; `done` gets the text, up to subrequest_output_buffer_size. */
  readonly inMemory: boolean
  /** What stands in for an answer that is empty or could not be had. */
  readonly stub: string | undefined
  /** It is whole; `text` is what was kept in memory. */
  done(text: string, status: number): void
  /** It broke off: so must the page. */
  broken(): void
}

export class Included implements ClientSide {
  readonly protocol = 'none'
  onDrain: (() => void) | undefined
  readonly #inclusion: Inclusion
  #sink: Sink | undefined
  #waiting: Buffer[] = []
  #text = ''
  #status = 0
  #any = false
  #blocked = false

  constructor(inclusion: Inclusion) {
    this.#inclusion = inclusion
  }

  /** It is its turn: what has come goes out, and all that follows at once. */
  begin(sink: Sink): void {
    this.#sink = sink
    for (const piece of this.#waiting) this.#blocked = !sink(piece)
    this.#waiting = []
  }

  /** The page can take more. */
  resume(): void {
    this.#blocked = false
    const run = this.onDrain
    this.onDrain = undefined
    run?.()
  }

  head(_x: Exchange, answer: Answer): void {
    this.#status = answer.status
  }

  write(x: Exchange, buffer: Buffer, start: number, end: number): boolean {
    if (end <= start) return true
    this.#any = true
    if (this.#inclusion.inMemory) return this.#remember(x, buffer, start, end)
    const piece = Buffer.from(buffer.subarray(start, end))
    if (!this.#sink) this.#waiting.push(piece)
    else if (!this.#sink(piece)) this.#blocked = true
    return !this.#blocked
  }

  #remember(x: Exchange, buffer: Buffer, start: number, end: number): boolean {
    this.#text += buffer.toString('latin1', start, end)
    if (this.#text.length > (x.settings.fields.subrequestOutputBufferSize ?? 4096)) {
      logError(x, 'error', 'too big subrequest response')
      this.abort(x)
    }
    return true
  }

  flush(): void {
    // Pieces go out as they come.
  }

  end(x: Exchange): void {
    if (x.finished) return
    if (!this.#any) this.#standIn()
    endExchange(x)
    this.#inclusion.done(this.#text, this.#status)
  }

  /** An error page is not made where a stub stands in for it. */
  refused(x: Exchange): boolean {
    const { stub } = this.#inclusion
    if (stub === undefined) return false
    // The stub is a page like any other: its commands are carried out.
    const answer = new Answer(200)
    answer.contentType = 'text/html'
    const piece = Buffer.from(stub, 'latin1')
    if (sendHead(x, answer) === 0) x.output.write(x, piece, 0, piece.length)
    x.output.end(x)
    return true
  }

  #standIn(): void {
    const { stub } = this.#inclusion
    if (stub === undefined) return
    const piece = Buffer.from(stub, 'latin1')
    if (this.#sink) this.#sink(piece)
    else this.#waiting.push(piece)
  }

  abort(x: Exchange): void {
    if (x.finished) return
    endExchange(x)
    this.#inclusion.broken()
  }

  interim(): void {
    // A part of a page has no interim answers.
  }

  pending(): number {
    return 0
  }

  upgrade(): undefined {
    return undefined
  }
}
