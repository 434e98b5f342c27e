/** Answers that become parts of a page: each is a subrequest that goes on to the page's client in its turn and ends with it. */
import type { Output } from '../request/client-side.ts'
import { endExchange } from '../request/end.ts'
import type { Exchange } from '../request/exchange.ts'
import { makeSubrequest } from '../request/subrequest.ts'
import { Included, type Inclusion } from './included.ts'

/** One of them; `startSubrequest` starts it. */
export interface IncludedAnswer {
  readonly x: Exchange
  readonly included: Included
}

export class Inclusions {
  readonly #page: Exchange
  readonly #inner: Output
  readonly #running = new Set<Exchange>()
  #flowing = true

  /** `inner`: where the page goes. */
  constructor(page: Exchange, inner: Output) {
    this.#page = page
    this.#inner = inner
    page.onFinish(() => this.#abandon())
  }

  /** The client takes what is sent. */
  get flowing(): boolean {
    return this.#flowing
  }

  send(buffer: Buffer, start = 0, end = buffer.length): boolean {
    if (end > start) this.#flowing = this.#inner.write(this.#page, buffer, start, end)
    return this.#flowing
  }

  /** `done` is called when it is whole; one that breaks off breaks the page off. */
  make(uri: string, args: string, inclusion: Omit<Inclusion, 'broken'>): IncludedAnswer {
    const page = this.#page
    const included = new Included({
      ...inclusion,
      done: (text, status) => {
        this.#running.delete(x)
        inclusion.done(text, status)
      },
      broken: () => page.client.abort(page),
    })
    const x = makeSubrequest(page, uri, args, included)
    x.included = true
    this.#running.add(x)
    this.noticeLeaving()
    return { x, included }
  }

  /** It is its turn: what has come goes out, and what follows. */
  begin({ included }: IncludedAnswer): void {
    included.begin((piece) => this.send(piece) || this.#waitForClient(included))
  }

  #waitForClient(included: Included): false {
    const { client } = this.#page
    const before = client.onDrain
    client.onDrain = () => {
      this.wake(included)
      before?.()
    }
    return false
  }

  /** Whoever calls has been told that the client can take more: what is on its way goes on. */
  wake(included: Included | undefined): void {
    if (this.#flowing) return
    this.#flowing = true
    included?.resume()
  }

  // A page that comes from nowhere else does not ask whether its client is still there.
  noticeLeaving(): void {
    if (this.#running.size === 0) return
    this.#page.onAbort ??= () => {
      for (const x of this.#running) x.onAbort?.()
    }
  }

  // The client has gone: nobody needs what is still being fetched.
  #abandon(): void {
    for (const x of this.#running) {
      x.onAbort?.()
      endExchange(x)
    }
    this.#running.clear()
  }
}
