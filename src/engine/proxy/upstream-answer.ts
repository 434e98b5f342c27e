/** The answer of one peer, from its first byte on: read, judged, and passed on or put aside. */
import { startFill, type CacheFill } from '../cache/fill.ts'
import { keepError } from '../cache/kept-error.ts'
import { freshen } from '../cache/revalidate.ts'
import { considerFields } from '../cache/storability.ts'
import type { CacheUse } from '../cache/use.ts'
import { Answer } from '../request/answer.ts'
import { logError } from '../request/error-log.ts'
import type { Exchange } from '../request/exchange.ts'
import { finalize, isBodyless, sendHead } from '../request/finalize.ts'
import type { UpstreamConnection } from '../upstream/connection.ts'
import { largePiece } from '../turn-share.ts'
import { responseFraming, type ResponseFraming } from '../wire/response-framing.ts'
import type { ResponseHead } from '../wire/response-head.ts'
import { accelRedirect } from './accel-redirect.ts'
import { BodyReader } from './body-reader.ts'
import type { UpstreamError } from './errors.ts'
import { HeadReader, headless } from './head-reader.ts'
import { statusCondition } from './next-upstream.ts'
import type { PeerAttempt } from './peer-attempt.ts'
import { ResponseBuffer, type AnswerSource } from './response-buffer.ts'
import { answerOf, type Steering } from './response-head.ts'
import type { ProxySettings } from './settings.ts'
import { joinTunnel } from './upgrade.ts'

/** The run that asked. */
export interface Asking extends AnswerSource {
  readonly x: Exchange
  readonly settings: ProxySettings
  /** What the exchange has to do with a cache. */
  readonly use: CacheUse | undefined
  /** The method that was sent. */
  readonly method: string
  readonly over: boolean
  now(): number
  /** The head is good: what comes now is passed on, and no other peer is tried. */
  passing(): void
  /** This peer's answer will not do: another one is tried, or an error is answered. */
  failed(error: UpstreamError): void
  /** It broke. */
  broken(error: UpstreamError): void
  note(error: UpstreamError): void
  /** There is another peer, and this answer may be asked of it. */
  mayTryNext(condition: UpstreamError['kind']): boolean
  /** The peer has done its work. `clean`: nothing came behind, so its connection can be used again; `whole`: all of it was passed on. */
  done(clean: boolean, whole?: boolean): void
  /** The peer has switched protocols: the connection is somebody else's. */
  letGo(): UpstreamConnection | undefined
  /** The tunnel has ended, and with it what the peer has to do. */
  tunnelOver(): void
  /** The upstream has sent something: it is not late. */
  heard(): void
  /** Sends what is stored instead. */
  sendStored(verdict: 'STALE' | 'REVALIDATED'): void
  /** Nobody waits any more. */
  release(): void
}

export class UpstreamAnswer {
  /** What came and is not passed on at once goes through this. */
  out: ResponseBuffer | undefined
  buffered = false
  /** What came last came with the head: nginx is sending, until the upstream is heard of again. */
  sending = false
  readonly #run: Asking
  readonly #x: Exchange
  readonly #attempt: PeerAttempt
  readonly #head: HeadReader
  #framing: ResponseFraming | undefined
  #body: BodyReader | undefined
  #fill: CacheFill | undefined

  constructor(run: Asking, attempt: PeerAttempt) {
    this.#run = run
    this.#x = run.x
    this.#attempt = attempt
    this.#head = new HeadReader(run.settings.bufferSize)
  }

  /** A part of the head has come. */
  get begun(): boolean {
    return this.#head.begun
  }

  /** The status, if its line has come; 0. */
  get statusSoFar(): number {
    return this.#head.statusSoFar
  }

  /** The connection can be used again when the answer is over. */
  get keepalive(): boolean {
    return this.#framing?.keepalive === true
  }

  /** The end of the connection is the end of the body. */
  get endsWithConnection(): boolean {
    return this.#framing?.body === 'close'
  }

  /** A piece has come; it may be overwritten afterwards. */
  read(piece: Buffer): void {
    if (this.#body) {
      this.sending = false
      this.#attempt.responseLength += piece.length
      this.#body.take(piece, 0)
      if (piece.length >= largePiece) this.#share(piece.length)
      return
    }
    const result = this.#head.read(piece)
    if (result.kind === 'head') this.#gotHead(result.head, result.buffer, result.next)
    else if (result.kind === 'bad') {
      const error: UpstreamError = { kind: 'invalid_header', message: result.reason }
      // What answers a subrequest decides about others: without a head it decides nothing.
      if (result.noHead && !this.#x.parent) this.#gotNoHead(error, result.buffer)
      else this.#run.failed(error)
    }
  }

  // What is read at a rate of its own waits anyway.
  #share(bytes: number): void {
    const { over, settings } = this.#run
    if (!over && !(this.buffered && settings.limitRate > 0)) this.out?.share(bytes)
  }

  // HTTP/0.9: all that comes is the body. nginx notes it and passes it on.
  #gotNoHead(error: UpstreamError, buffer: Buffer): void {
    this.#run.note(error)
    this.#run.use?.refuse('incomplete')
    this.#x.headless = true
    this.#gotHead(headless, buffer, 0)
  }

  #gotHead(head: ResponseHead, buffer: Buffer, next: number): void {
    const run = this.#run
    const { use, settings } = run
    const framing = responseFraming(head, run.method)
    if ('bad' in framing) {
      run.failed({ kind: 'invalid_header', message: framing.bad })
      return
    }
    this.#framing = framing
    this.#remember(head)
    if (use) considerFields(use, head.fields, settings.ignored)
    if (head.status === 101 && this.#x.head.fields.names.includes('upgrade')) {
      this.#upgrade(head, framing, Buffer.from(buffer.subarray(next)))
      return
    }
    const condition = statusCondition(head.status)
    if (condition && run.mayTryNext(condition)) {
      run.failed({ kind: condition, message: `upstream answered ${head.status}` })
      return
    }
    if (use?.verdict === 'EXPIRED') {
      const clean = framing.body === 'none' && next === buffer.length
      if (this.#isStoredBetter(use, head, condition, clean)) return
    }
    if (settings.interceptErrors && head.status >= 300 && this.#x.settings.errorPages?.has(head.status)) {
      this.#intercept(head)
      return
    }
    const state = use?.cacheable ? 'storing' : 'none'
    const { answer, steering } = answerOf(this.#x, settings, head, framing, state)
    if (steering.redirect !== undefined) this.#redirect(head, steering.redirect)
    else this.#pass(head, answer, steering, framing, buffer, next)
  }

  #remember(head: ResponseHead): void {
    const attempt = this.#attempt
    attempt.status = head.status
    attempt.headerMs = this.#run.now() - attempt.startedMono
    attempt.fields = head.fields
    attempt.responseHead = head.fields.text.slice(0, head.bytes)
  }

  /** An error where the stored answer may still be used, or word that it has not changed. */
  #isStoredBetter(
    use: CacheUse,
    head: ResponseHead,
    condition: UpstreamError['kind'] | undefined,
    clean: boolean,
  ): boolean {
    const run = this.#run
    if (condition && use.settings.useStale.has(condition)) {
      run.done(clean)
      run.sendStored('STALE')
      return true
    }
    if (head.status !== 304 || !use.settings.revalidate) return false
    freshen(use, run.settings.ignored)
    run.done(clean)
    run.sendStored('REVALIDATED')
    return true
  }

  #pass(
    head: ResponseHead,
    answer: Answer,
    steering: Steering,
    framing: ResponseFraming,
    buffer: Buffer,
    next: number,
  ): void {
    const x = this.#x
    const run = this.#run
    const { settings, use } = run
    this.buffered = steering.buffering ?? settings.buffering
    const [memory, file] = this.buffered ? [settings.buffersSize, settings.maxTempFileSize] : [0, 0]
    this.out = new ResponseBuffer(x, memory, file, run)
    this.#body = new BodyReader(x, framing, this, this.buffered ? settings.limitRate : 0)
    run.passing()
    const refused = x.finished ? 0 : sendHead(x, answer)
    if (refused) {
      run.done(false)
      use?.free()
      finalize(x, refused)
      return
    }
    if (run.over) return
    if (use) this.#beginFill(use, head)
    const bodyless = isBodyless(x, answer)
    if (bodyless && this.#fill) this.out = undefined
    const rest = next < buffer.length
    const empty = framing.body === 'none'
    if (empty || (bodyless && !this.#fill)) {
      this.whole(empty && !rest)
      return
    }
    // What the client does not get is stored all the same.
    if (bodyless || !rest) this.flush()
    if (!rest) return
    this.sending = true
    this.#attempt.responseLength += buffer.length - next
    this.#body.take(buffer, next)
  }

  #beginFill(use: CacheUse, head: ResponseHead): void {
    const text = this.#attempt.responseHead ?? ''
    this.#fill = startFill(use, { head, text, buffered: this.buffered })
    // Nobody waits for it, and nothing comes of it.
    if (!this.#fill && this.#x.finished) this.#run.release()
  }

  #intercept(head: ResponseHead): void {
    const x = this.#x
    const { use, settings } = this.#run
    this.#run.done(false)
    if (use) keepError(use, head.status)
    if (head.status === 401) {
      const { answer } = answerOf(x, settings, head, { contentLength: undefined })
      const challenge = answer.get('www-authenticate')
      if (challenge !== undefined) {
        x.answer = new Answer(head.status)
        x.answer.add('WWW-Authenticate', challenge)
      }
    }
    finalize(x, head.status)
  }

  #redirect(head: ResponseHead, uri: string): void {
    const { use, settings } = this.#run
    this.#run.done(false)
    use?.refuse('redirected')
    use?.free()
    if (!this.#x.finished) accelRedirect(this.#x, settings, head, uri)
  }

  #upgrade(head: ResponseHead, framing: ResponseFraming, first: Buffer): void {
    const x = this.#x
    const run = this.#run
    const attempt = this.#attempt
    const { answer } = answerOf(x, run.settings, head, framing)
    run.use?.refuse('upgraded')
    run.use?.free()
    x.keepalive = false
    x.upgraded = true
    sendHead(x, answer)
    const tunnel = x.client.upgrade(x)
    if (!tunnel) {
      run.broken({ kind: 'error', message: 'upstream switched protocols where the client cannot' })
      return
    }
    const connection = run.letGo()
    if (!connection) return
    joinTunnel(x, tunnel, connection, run.settings.readTimeout, first, {
      received: (bytes) => {
        attempt.bytesReceived += bytes
      },
      sent: (bytes) => void (attempt.bytesSent += bytes),
      over: () => run.tunnelOver(),
    })
  }

  // ---- the body ----

  /** A part of the body: to the client, and to the cache. */
  pass(buffer: Buffer, start: number, end: number): void {
    if (this.#x.tap) this.#x.tap.body('upstream-response', buffer, start, end)
    this.out?.write(buffer, start, end)
    this.#fill?.write(buffer, start, end)
  }

  flush(): void {
    if (!this.#x.finished) this.#x.output.flush(this.#x)
  }

  surplus(what: string): void {
    logError(this.#x, 'warn', `upstream sent ${what} while reading upstream`)
  }

  invalid(message: string): void {
    this.#run.broken({ kind: 'error', message })
  }

  heard(): void {
    this.#run.heard()
  }

  pauseReading(): void {
    this.#run.pauseReading()
  }

  resumeReading(): void {
    this.#run.resumeReading()
  }

  get over(): boolean {
    return this.#run.over
  }

  /** The answer is whole. `clean`: nothing came behind it, so its connection can be used again. */
  whole(clean: boolean): void {
    const x = this.#x
    this.#run.done(clean, true)
    const { use } = this.#run
    if (this.#fill) this.#fill.finish()
    else use?.free()
    if (x.finished) return
    if (this.out) this.out.finish()
    else x.output.end(x)
  }

  // ---- nothing comes any more, or nobody wants it ----

  /** It broke off: what is stored of it goes. */
  dropHalf(): void {
    this.out?.dispose()
    this.#fill?.drop()
  }

  /** The client has gone, and the rest is fetched for the cache. */
  withoutClient(): void {
    this.out?.dispose()
    this.out = undefined
  }

  release(): void {
    this.#body?.dispose()
    this.#fill?.drop()
    this.out?.dispose()
  }
}
