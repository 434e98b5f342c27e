/** `add_before_body` and `add_after_body`: https://nginx.org/en/docs/http/ngx_http_addition_module.html */
import type { FilterFactory } from '../filters.ts'
import type { Output } from '../request/client-side.ts'
import { endExchange } from '../request/end.ts'
import type { Exchange } from '../request/exchange.ts'
import { isBodyless } from '../request/finalize.ts'
import { compileMediaTypes } from '../request/media-types.ts'
import { makeSubrequest, startSubrequest } from '../request/subrequest.ts'
import { Included } from '../ssi/included.ts'

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
  readonly #before: string
  readonly #after: string
  #begun = false
  #running: { readonly x: Exchange; readonly included: Included } | undefined
  #held: Buffer[] = []
  #flowing = true
  #ended = false

  constructor(x: Exchange, inner: Output, before: string, after: string) {
    this.#x = x
    this.#inner = inner
    this.#before = before
    this.#after = after
    x.onFinish(() => this.#abandon())
  }

  write(_x: Exchange, buffer: Buffer, start: number, end: number): boolean {
    this.#wake()
    if (!this.#running) return this.#send(buffer, start, end)
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
    if (!this.#begun) {
      this.#begun = true
      if (this.#before !== '') this.#run(this.#before, () => this.#beforeOver())
    } else if (!this.#flowing) {
      this.#flowing = true
      this.#running?.included.resume()
    }
  }

  #send(buffer: Buffer, start: number, end: number): boolean {
    if (end > start) this.#flowing = this.#inner.write(this.#x, buffer, start, end)
    return this.#flowing
  }

  #beforeOver(): void {
    const held = this.#held
    this.#held = []
    for (const piece of held) this.#send(piece, 0, piece.length)
    if (this.#ended) this.#bodyOver()
    else if (this.#flowing && held.length > 0) this.#goOn()
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
    const included = new Included({
      inMemory: false,
      stub: undefined,
      done: () => {
        this.#running = undefined
        if (!this.#x.finished) over()
      },
      broken: () => this.#x.client.abort(this.#x),
    })
    const x = makeSubrequest(this.#x, uri, '', included)
    x.included = true
    this.#running = { x, included }
    // A page that comes from nowhere else does not ask whether its client is still there.
    this.#x.onAbort ??= () => this.#running?.x.onAbort?.()
    included.begin((piece) => this.#send(piece, 0, piece.length) || this.#waitForClient())
    startSubrequest(x)
  }

  #waitForClient(): false {
    const { client } = this.#x
    const before = client.onDrain
    client.onDrain = () => {
      this.#wake()
      before?.()
    }
    return false
  }

  // The client has gone: nobody needs what is still being fetched.
  #abandon(): void {
    const running = this.#running
    this.#running = undefined
    if (!running) return
    running.x.onAbort?.()
    endExchange(running.x)
  }
}
