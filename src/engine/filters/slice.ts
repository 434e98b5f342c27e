/** `slice`: https://nginx.org/en/docs/http/ngx_http_slice_module.html */
import type { ByteRange } from '../../http/range.ts'
import type { FilterFactory } from '../filters.ts'
import type { Answer } from '../request/answer.ts'
import type { Output } from '../request/client-side.ts'
import { endExchange } from '../request/end.ts'
import { logError } from '../request/error-log.ts'
import type { Exchange } from '../request/exchange.ts'
import { advance, isBodyless } from '../request/finalize.ts'
import { setRange, setSlicing, slicingOf, type Slicing } from '../request/slice-range.ts'
import { twinOf } from '../request/subrequest.ts'
import { Included } from '../ssi/included.ts'

// The client is hung up on without an answer (NGX_ERROR from a filter of heads).
const hangUp = 444

export const slice: FilterFactory = (fields) => {
  if (!fields.slice) return undefined
  return (x, answer) => {
    const slicing = slicingOf(x)
    if (!slicing) return undefined
    if (answer.status !== 206) {
      // The origin sends all of it.
      setSlicing(x, undefined)
      return undefined
    }
    const whole = takeHead(x, slicing, answer)
    if (!whole) return hangUp
    answer.status = 200
    answer.reason = undefined
    answer.contentLength = whole.length
    answer.remove('content-range')
    answer.remove('accept-ranges')
    answer.allowRanges = true
    answer.singleRange = true
    answer.seekable = false
    slicing.end = whole.length
    if (isBodyless(x, answer)) return undefined
    const slices = new Slices(x, slicing, whole.start)
    answer.takeRange = (part) => slices.take(part)
    answer.wrap((inner) => slices.before(inner))
    return undefined
  }
}

const contentRange = /^bytes *([0-9]+) *- *([0-9]+) */
const completeLength = /\/ *([0-9]+|\*) *$/

/** Compares the head of a slice with what was asked for and goes on to the next; undefined: they do not fit, which was logged. */
function takeHead(
  x: Exchange,
  slicing: Slicing,
  answer: Answer,
): { start: number; length: number } | undefined {
  const refuse = (why: string): undefined => {
    logError(x, 'error', why)
    return undefined
  }
  const etag = answer.get('etag')
  if (slicing.etag !== undefined && etag !== slicing.etag) return refuse('etag mismatch in slice response')
  slicing.etag = etag
  const said = answer.get('content-range') ?? ''
  const [range = '', first, last] = contentRange.exec(said) ?? []
  const complete = completeLength.exec(said.slice(range.length))?.[1]
  if (first === undefined || complete === undefined) return refuse('invalid range in slice response')
  if (complete === '*') return refuse('no complete length in slice response')
  const [start, end, length] = [Number(first), Number(last) + 1, Number(complete)]
  const expected = Math.min(start + slicing.size, length)
  if (start !== slicing.start || end !== expected)
    return refuse(`unexpected range in slice response: ${start}-${end}`)
  slicing.start = end
  return { start, length }
}

/** Sends the slices one behind the other, each fetched by a twin of the request when the one before is out. */
class Slices implements Output {
  readonly #x: Exchange
  readonly #slicing: Slicing
  #inner: Output | undefined
  /** What of the whole is wanted. */
  #part: ByteRange
  /** Where in the whole the next byte stands. */
  #at: number
  #running: Exchange | undefined
  #taker: SliceTaker | undefined

  constructor(x: Exchange, slicing: Slicing, at: number) {
    this.#x = x
    this.#slicing = slicing
    this.#at = at
    this.#part = { start: 0, end: slicing.end }
    x.onFinish(() => this.#abandon())
  }

  before(inner: Output): Output {
    this.#inner = inner
    return this
  }

  /** Only this is wanted: slices in front of it and behind it are not fetched. */
  take(part: ByteRange): void {
    const { size } = this.#slicing
    this.#part = part
    this.#slicing.end = part.end
    if (this.#slicing.start + size <= part.start) this.#slicing.start = size * Math.floor(part.start / size)
  }

  write(_x: Exchange, buffer: Buffer, start: number, end: number, stays = false): boolean {
    const from = Math.max(start, start + this.#part.start - this.#at)
    const to = Math.min(end, start + this.#part.end - this.#at)
    this.#at += end - start
    return from >= to || (this.#inner?.write(this.#x, buffer, from, to, stays) ?? true)
  }

  flush(): void {
    this.#inner?.flush(this.#x)
  }

  end(): void {
    this.#next()
  }

  #next(): void {
    const x = this.#x
    if (x.finished) return
    if (this.#slicing.start >= this.#slicing.end) {
      this.#inner?.end(x)
      return
    }
    setRange(this.#slicing)
    this.#at = this.#slicing.start
    const taker = new SliceTaker(this.#slicing, {
      done: () => {
        this.#running = undefined
        this.#next()
      },
      broken: () => {
        this.#running = undefined
        x.client.abort(x)
      },
    })
    const twin = twinOf(x, taker)
    setSlicing(twin, this.#slicing)
    const { content } = x.settings
    twin.handlers = content ? [content] : []
    this.#running = twin
    this.#taker = taker
    x.onAbort = () => this.#clientGone()
    taker.begin((piece) => this.write(x, piece, 0, piece.length, true) || this.#waitForClient())
    advance(twin)
  }

  #waitForClient(): false {
    this.#x.client.onDrain = () => this.#taker?.resume()
    return false
  }

  #clientGone(): void {
    const x = this.#x
    this.#abandon()
    x.onAbort = undefined
    x.client.abort(x)
  }

  #abandon(): void {
    const running = this.#running
    this.#running = undefined
    if (!running) return
    running.onAbort?.()
    endExchange(running)
  }
}

/** Takes one slice. */
class SliceTaker extends Included {
  readonly #slicing: Slicing
  #bad = false

  constructor(slicing: Slicing, over: { done(): void; broken(): void }) {
    super({ inMemory: false, stub: undefined, ...over })
    this.#slicing = slicing
  }

  override head(x: Exchange, answer: Answer): void {
    super.head(x, answer)
    if (answer.status !== 206) {
      logError(x, 'error', `unexpected status code ${answer.status} in slice response`)
      this.#bad = true
    } else if (!takeHead(x, this.#slicing, answer)) this.#bad = true
  }

  override write(x: Exchange, buffer: Buffer, start: number, end: number): boolean {
    if (!this.#bad) return super.write(x, buffer, start, end)
    this.abort(x)
    return true
  }

  override end(x: Exchange): void {
    if (this.#bad) this.abort(x)
    else super.end(x)
  }

  /** No error page is made for a part of something. */
  override refused(x: Exchange, status = 0): boolean {
    logError(x, 'error', `unexpected status code ${status} in slice response`)
    this.abort(x)
    return true
  }
}
