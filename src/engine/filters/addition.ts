/** `add_before_body` and `add_after_body`: https://nginx.org/en/docs/http/ngx_http_addition_module.html */
import type { FilterFactory } from '../filters.ts'
import type { Output } from '../request/client-side.ts'
import type { Exchange } from '../request/exchange.ts'
import { isBodyless } from '../request/finalize.ts'
import { compileMediaTypes } from '../request/media-types.ts'
import { startSubrequest } from '../request/subrequest.ts'
import { Inclusions, type IncludedAnswer } from '../ssi/inclusions.ts'

export const addition: FilterFactory = (fields) => {
  const before = fields.addBeforeBody ?? ''
  const after = fields.addAfterBody ?? ''
  if (before === '' && after === '') return undefined
  const matches = compileMediaTypes(fields.additionTypes, ['text/html'])
  return (x, answer) => {
    if (answer.status !== 200 || x.parent || !matches(answer)) return undefined
    answer.contentLength = -1
    answer.allowRanges = false
    answer.remove('accept-ranges')
    answer.weakenEtag()
    if (!isBodyless(x, answer)) answer.wrap((inner) => new Addition(x, inner, before, after))
    return undefined
  }
}

/**
 * A body between two subrequests. Each begins when it is its turn; what comes of the body while the first
 * one runs waits, and so does whoever sends it.
 */
class Addition implements Output {
  readonly #x: Exchange
  readonly #inner: Output
  readonly #inclusions: Inclusions
  readonly #before: string
  readonly #after: string
  #begun = false
  #running: IncludedAnswer | undefined
  #held: Buffer[] = []
  #ended = false

  constructor(x: Exchange, inner: Output, before: string, after: string) {
    this.#x = x
    this.#inner = inner
    this.#inclusions = new Inclusions(x, inner)
    this.#before = before
    this.#after = after
  }

  write(_x: Exchange, buffer: Buffer, start: number, end: number): boolean {
    this.#wake()
    if (!this.#running) return this.#inclusions.send(buffer, start, end)
    this.#held.push(Buffer.from(buffer.subarray(start, end)))
    return false
  }

  flush(x: Exchange): void {
    this.#wake()
    if (!this.#running) this.#inner.flush(x)
  }

  end(): void {
    this.#ended = true
    this.#wake()
    if (!this.#running) this.#bodyOver()
  }

  // Whoever calls begins the body, or has been told that the client can take more.
  #wake(): void {
    if (this.#begun) this.#inclusions.wake(this.#running?.included)
    else {
      this.#begun = true
      if (this.#before !== '') this.#run(this.#before, () => this.#beforeOver())
    }
  }

  #beforeOver(): void {
    const held = this.#held
    this.#held = []
    for (const piece of held) this.#inclusions.send(piece)
    if (this.#ended) this.#bodyOver()
    else if (this.#inclusions.flowing && held.length > 0) this.#goOn()
  }

  #goOn(): void {
    const { client } = this.#x
    const run = client.onDrain
    client.onDrain = undefined
    run?.()
  }

  #bodyOver(): void {
    if (this.#after === '') this.#inner.end(this.#x)
    else this.#run(this.#after, () => this.#inner.end(this.#x))
  }

  #run(uri: string, over: () => void): void {
    const running = this.#inclusions.make(uri, '', {
      inMemory: false,
      stub: undefined,
      done: () => {
        this.#running = undefined
        if (!this.#x.finished) over()
      },
    })
    this.#running = running
    this.#inclusions.begin(running)
    startSubrequest(running.x)
  }
}
