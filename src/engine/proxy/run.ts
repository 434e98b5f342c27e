/** One proxied request: try peers until one answers, then pass the answer on. */
import { logError } from '../request/error-log.ts'
import { finalize, isBodyless, sendHead } from '../request/finalize.ts'
import { Pace } from '../request/pace.ts'
import { Answer } from '../request/answer.ts'
import type { Exchange } from '../request/exchange.ts'
import { systemError } from '../request/system-error.ts'
import type { Choice } from '../upstream/balancer.ts'
import { Incoming, UpstreamConnection, type ConnectionUser } from '../upstream/connection.ts'
import type { UpstreamGroup } from '../upstream/group.ts'
import { peerFailed, peerSucceeded } from '../upstream/health.ts'
import type { Peer } from '../upstream/peer.ts'
import { startFill, type CacheFill } from '../cache/fill.ts'
import { keepError, keepFailure } from '../cache/kept-error.ts'
import { freshen } from '../cache/revalidate.ts'
import { sendStored } from '../cache/serve.ts'
import { considerFields } from '../cache/storability.ts'
import type { CacheUse } from '../cache/use.ts'
import { accelRedirect } from './accel-redirect.ts'
import { ChunkedReader } from '../wire/chunked.ts'
import { fieldLines } from '../wire/fields.ts'
import { latin1 } from '../wire/latin1.ts'
import { parseResponseHead, type ResponseHead } from '../wire/response-head.ts'
import { responseFraming, type ResponseFraming } from '../wire/response-framing.ts'
import { dial } from './connect.ts'
import { statusOf, type UpstreamError } from './errors.ts'
import { sendKeptReply } from './kept-reply.ts'
import { mayTryNext, statusCondition } from './next-upstream.ts'
import type { PeerAttempt } from './peer-attempt.ts'
import { toldLength, upstreamRequest, type UpstreamRequest } from './request-head.ts'
import { RequestSender } from './request-sender.ts'
import { ResponseBuffer, type AnswerSource } from './response-buffer.ts'
import { answerOf, type Steering } from './response-head.ts'
import type { ProxySettings, ProxyTarget } from './settings.ts'
import { joinTunnel } from './upgrade.ts'

type Stage = 'idle' | 'connecting' | 'head' | 'body' | 'over'

const doing: Readonly<Record<Stage, string>> = {
  idle: 'connecting to upstream',
  connecting: 'connecting to upstream',
  head: 'reading response header from upstream',
  body: 'reading upstream',
  over: 'reading upstream',
}

const nothing = Buffer.alloc(0)

/** What a response without a head counts as. */
const headless: ResponseHead = {
  version: 10,
  status: 200,
  reason: '',
  statusLine: '200',
  fields: fieldLines([]),
  bytes: 0,
}

export class ProxyRun implements ConnectionUser, AnswerSource {
  readonly #x: Exchange
  readonly #settings: ProxySettings
  readonly #target: ProxyTarget
  readonly #group: UpstreamGroup
  readonly #choice: Choice
  readonly #startedMono: number
  readonly #run: number
  readonly #streaming: boolean
  /** What the exchange has to do with a cache. */
  readonly #use: CacheUse | undefined
  #fill: CacheFill | undefined
  #tries: number
  #request: UpstreamRequest | undefined
  #peer: Peer | undefined
  #attempt: PeerAttempt | undefined
  #connection: UpstreamConnection | undefined
  #sender: RequestSender | undefined
  #stage: Stage = 'idle'
  /** The peer, or the upstream where no peer could be tried. */
  #addressed = ''
  #requestSent = false
  #pending: Buffer = nothing
  #scannedTo = 0
  #framing: ResponseFraming | undefined
  #left = 0
  #chunks: ChunkedReader | undefined
  #pace: Pace | undefined
  #out: ResponseBuffer | undefined

  constructor(
    x: Exchange,
    settings: ProxySettings,
    target: ProxyTarget,
    group: UpstreamGroup,
    streaming: boolean,
    use: CacheUse | undefined,
  ) {
    this.#x = x
    this.#settings = settings
    this.#target = target
    this.#group = group
    this.#choice = group.balancer.begin(x)
    this.#tries =
      settings.nextTries > 0 ? Math.min(settings.nextTries, this.#choice.tries) : this.#choice.tries
    this.#startedMono = x.cycle.clock.monotonic()
    this.#run = (x.attempts.at(-1)?.run ?? 0) + 1
    this.#streaming = streaming
    this.#use = use
  }

  start(): void {
    const x = this.#x
    if (!this.#settings.ignoreClientAbort) x.onAbort = () => this.#aborted()
    x.onFinish(() => this.#release())
    this.#next()
  }

  #now(): number {
    return this.#x.cycle.clock.monotonic()
  }

  /** Picks a peer and a connection to it. */
  #next(): void {
    const x = this.#x
    const peer = this.#choice.next(this.#now())
    this.#attempt = {
      peer: peer?.name ?? this.#group.name,
      run: this.#run,
      status: 0,
      startedMono: this.#now(),
      connectMs: -1,
      headerMs: -1,
      responseMs: -1,
      bytesReceived: 0,
      bytesSent: 0,
      responseLength: 0,
      reused: false,
      error: undefined,
      requestHead: undefined,
      responseHead: undefined,
      fields: undefined,
    }
    x.attempts = x.attempts.length === 0 ? [this.#attempt] : [...x.attempts, this.#attempt]
    this.#stage = 'connecting'
    this.#pending = nothing
    this.#scannedTo = 0
    this.#framing = undefined
    this.#chunks = undefined
    if (!peer) {
      this.#makeRequest()
      this.#failed({ kind: 'no_live', message: 'no live upstreams' })
      return
    }
    this.#peer = peer
    peer.begins(this.#now())
    this.#makeRequest()
    const kind = this.#target.ssl ? this.#settings.tls.kind : ''
    const kept = this.#group.idle.take(peer, kind)
    if (kept) {
      this.#connection = kept
      kept.user = this
      this.#attempt.reused = true
      this.#attempt.connectMs = 0
      this.#send()
    } else this.#connect(peer, kind)
  }

  #connect(peer: Peer, kind: string): void {
    const x = this.#x
    const ready = (problem?: string): void => {
      if (this.#connection !== connection) return
      if (problem !== undefined) {
        this.#failed({ kind: 'error', message: problem }, 'SSL handshaking to upstream')
        return
      }
      if (this.#attempt) this.#attempt.connectMs = this.#now() - this.#attempt.startedMono
      this.#send()
    }
    // Not a closure of this function: the connection may outlive the exchange by far.
    const incoming = new Incoming()
    const socket = dial(x, this.#settings, peer, this.#target.ssl, ready, incoming.take)
    const connection = new UpstreamConnection(socket, peer, kind, x.cycle.clock)
    incoming.connection = connection
    connection.user = this
    this.#connection = connection
    connection.deadline.set(this.#settings.connectTimeout)
  }

  #makeRequest(): void {
    const x = this.#x
    if (!this.#request) {
      const length = toldLength(x, this.#streaming)
      this.#request = upstreamRequest(
        x,
        this.#settings,
        this.#target,
        length,
        this.#streaming && x.body.chunked,
        this.#use,
      )
    }
    if (this.#attempt) this.#attempt.requestHead = this.#request.head
    this.#addressed = this.#peer?.name ?? this.#group.name
    x.upstream = this
  }

  /** Where the last request went, for the error log. */
  get url(): string {
    return `${this.#target.ssl ? 'https' : 'http'}://${this.#addressed}${this.#request?.uri ?? ''}`
  }

  #send(): void {
    const { connection, request } = { connection: this.#connection, request: this.#request }
    if (!connection || !request) return
    this.#stage = 'head'
    this.#requestSent = true
    connection.requests++
    connection.deadline.set(this.#settings.readTimeout)
    const refused = this.#streaming ? (status: number): void => this.#bodyRefused(status) : undefined
    this.#sender = new RequestSender(this.#x, connection, request, this.#settings, refused)
    this.#sender.start()
  }

  // The client's body turned out to be too large, broken, or is late while it was streamed.
  #bodyRefused(status: number): void {
    if (this.#stage === 'over') return
    this.#closeConnection()
    this.#leavePeer()
    this.#over()
    finalize(this.#x, status)
  }

  // An upstream that is not read from cannot be late.
  pauseReading(): void {
    this.#connection?.deadline.clear()
    this.#connection?.socket.pause()
  }

  resumeReading(): void {
    this.#connection?.deadline.set(this.#settings.readTimeout)
    this.#connection?.socket.resume()
  }

  // ---- the connection speaks ----

  drained(): void {
    this.#sender?.drained()
  }

  expired(): void {
    const sending = this.#stage === 'head' && this.#sender?.blocked
    const what = sending ? 'sending request to upstream' : doing[this.#stage]
    this.#broken({ kind: 'timeout', message: 'upstream timed out (110: Connection timed out)' }, what)
  }

  ended(): void {
    if (this.#stage === 'body' && this.#framing?.body === 'close') this.#whole(false)
    else this.#broken({ kind: 'error', message: 'upstream prematurely closed connection' })
  }

  closed(error: NodeJS.ErrnoException | undefined): void {
    if (this.#stage === 'body' && this.#framing?.body === 'close' && !error) {
      this.#whole(false)
      return
    }
    const call = this.#stage === 'connecting' ? 'connect()' : 'recv()'
    const message = error
      ? `${call} failed (${systemError(error)})`
      : 'upstream prematurely closed connection'
    this.#broken({ kind: 'error', message })
  }

  #broken(error: UpstreamError, what = doing[this.#stage]): void {
    if (this.#stage === 'over') return
    if (this.#stage === 'body') {
      // The head is out: all that is left is to show the client that this is not all.
      this.#note(error, what)
      this.#closeConnection()
      this.#failPeer(error.message, what)
      this.#over()
      this.#out?.dispose()
      this.#use?.refuse('incomplete')
      this.#fill?.drop()
      this.#use?.free()
      if (!this.#x.finished) this.#x.client.abort(this.#x)
      return
    }
    this.#failed(error, what)
  }

  data(buffer: Buffer): void {
    if (this.#attempt) this.#attempt.bytesReceived += buffer.length
    if (!this.#sender?.blocked) this.#connection?.deadline.set(this.#settings.readTimeout)
    if (this.#stage === 'head')
      this.#readHead(this.#pending.length > 0 ? Buffer.concat([this.#pending, buffer]) : buffer)
    else if (this.#stage === 'body') this.#takeBody(buffer, 0)
  }

  #readHead(buffer: Buffer): void {
    let start = 0
    for (;;) {
      const result = parseResponseHead(buffer, start, buffer.length, this.#scannedTo)
      if (result.kind === 'bad') {
        const error: UpstreamError = { kind: 'invalid_header', message: result.reason }
        // What answers a subrequest decides about others: without a head it decides nothing.
        if (result.noHead && start === 0 && !this.#x.parent) this.#gotNoHead(error, buffer)
        else this.#failed(error)
        return
      }
      const size = (result.kind === 'head' ? result.next : buffer.length) - start
      if (size > this.#settings.bufferSize) {
        this.#failed({ kind: 'invalid_header', message: 'upstream sent too big header' })
        return
      }
      if (result.kind === 'more') {
        this.#pending =
          start === 0 && buffer !== this.#pending ? Buffer.from(buffer) : Buffer.from(buffer.subarray(start))
        this.#scannedTo = result.scannedTo
        return
      }
      this.#scannedTo = 0
      const { head } = result
      // An interim answer: the real one follows (RFC 9110 §15.2).
      if (head.status >= 100 && head.status < 200 && head.status !== 101) {
        start = result.next
        if (start < buffer.length) continue
        this.#pending = nothing
        return
      }
      this.#gotHead(head, buffer, start, result.next)
      return
    }
  }

  // HTTP/0.9: all that comes is the body. nginx notes it and passes it on.
  #gotNoHead(error: UpstreamError, buffer: Buffer): void {
    this.#note(error, doing.head)
    this.#use?.refuse('incomplete')
    this.#x.headless = true
    this.#gotHead(headless, buffer, 0, 0)
  }

  #gotHead(head: ResponseHead, buffer: Buffer, start: number, next: number): void {
    const framing = responseFraming(head, this.#request?.method ?? 'GET')
    if ('bad' in framing) {
      this.#failed({ kind: 'invalid_header', message: framing.bad })
      return
    }
    const attempt = this.#attempt
    if (attempt) {
      attempt.status = head.status
      attempt.headerMs = this.#now() - attempt.startedMono
      attempt.fields = head.fields
      attempt.responseHead = latin1(buffer, start, next)
    }
    this.#pending = nothing
    this.#framing = framing
    const use = this.#use
    if (use) considerFields(use, head.fields, this.#settings.ignored)
    if (head.status === 101 && this.#x.head.fields.names.includes('upgrade')) {
      this.#upgrade(head, framing, Buffer.from(buffer.subarray(next)))
      return
    }
    const condition = statusCondition(head.status)
    if (condition && this.#tries > 1 && this.#mayTryNext(condition)) {
      this.#failed({ kind: condition, message: `upstream answered ${head.status}` })
      return
    }
    if (use?.verdict === 'EXPIRED') {
      const clean = framing.body === 'none' && next === buffer.length
      if (condition && use.settings.useStale.has(condition)) {
        this.#finishWithout(clean)
        this.#sendStored('STALE')
        return
      }
      if (head.status === 304 && use.settings.revalidate) {
        freshen(use, this.#settings.ignored)
        this.#finishWithout(clean)
        this.#sendStored('REVALIDATED')
        return
      }
    }
    if (
      this.#settings.interceptErrors &&
      head.status >= 300 &&
      this.#x.settings.errorPages?.has(head.status)
    ) {
      this.#intercept(head)
      return
    }
    const state = use?.cacheable ? 'storing' : 'none'
    const { answer, steering } = answerOf(this.#x, this.#settings, head, framing, state)
    if (steering.redirect !== undefined) this.#redirect(head, steering.redirect)
    else this.#answer(head, answer, steering, framing, buffer, next)
  }

  #answer(
    head: ResponseHead,
    answer: ReturnType<typeof answerOf>['answer'],
    steering: Steering,
    framing: ResponseFraming,
    buffer: Buffer,
    next: number,
  ): void {
    const x = this.#x
    const buffered = steering.buffering ?? this.#settings.buffering
    this.#stage = 'body'
    this.#out = new ResponseBuffer(
      x,
      buffered ? this.#settings.buffersSize : 0,
      buffered ? this.#settings.maxTempFileSize : 0,
      this,
    )
    if (framing.body === 'chunked') this.#chunks = new ChunkedReader()
    this.#left = framing.length
    if (buffered && this.#settings.limitRate > 0) this.#pace = this.#paced(this.#settings.limitRate)
    const refused = x.finished ? 0 : sendHead(x, answer)
    if (refused) {
      this.#finishWithout()
      this.#use?.free()
      finalize(x, refused)
      return
    }
    if (this.#over_()) return
    if (this.#use) this.#beginFill(this.#use, head, buffered)
    const bodyless = isBodyless(x, answer)
    if (bodyless && this.#fill) this.#out = undefined
    if (
      framing.body === 'none' ||
      (framing.body === 'length' && framing.length === 0) ||
      (bodyless && !this.#fill)
    ) {
      this.#whole(framing.body === 'none' || framing.length === 0 ? next === buffer.length : false)
      return
    }
    if (next < buffer.length && !bodyless) this.#takeBody(buffer, next)
    else {
      this.#flush()
      // What the client does not get is stored all the same.
      if (next < buffer.length) this.#takeBody(buffer, next)
    }
  }

  // `proxy_limit_rate`: what was read waits until it may be dealt with, and nothing more is read meanwhile.
  #paced(rate: number): Pace {
    const { clock } = this.#x.cycle
    return new Pace({
      clock,
      rate,
      after: 0,
      startedAt: clock.now(),
      send: (piece) => {
        this.#connection?.deadline.set(this.#settings.readTimeout)
        if (this.#stage === 'body') this.#readBody(piece, 0)
        return true
      },
      ready: () => this.resumeReading(),
    })
  }

  #takeBody(buffer: Buffer, start: number): void {
    if (!this.#pace) this.#readBody(buffer, start)
    else if (!this.#pace.push(Buffer.from(buffer.subarray(start)))) this.pauseReading()
  }

  #beginFill(use: CacheUse, head: ResponseHead, buffered: boolean): void {
    const text = this.#attempt?.responseHead ?? ''
    this.#fill = startFill(use, { head, text, buffered })
    // Nobody waits for it, and nothing comes of it.
    if (!this.#fill && this.#x.finished) this.#release()
  }

  #flush(): void {
    if (!this.#x.finished) this.#x.output.flush(this.#x)
  }

  #over_(): boolean {
    return this.#stage === 'over'
  }

  #readBody(buffer: Buffer, start: number): void {
    const x = this.#x
    const attempt = this.#attempt
    if (!attempt) return
    const chunks = this.#chunks
    if (chunks) {
      const next = chunks.feed(buffer, start, buffer.length, (from, to) => {
        this.#pass(attempt, buffer, from, to)
      })
      if (chunks.bad !== undefined)
        this.#broken({ kind: 'error', message: 'upstream sent invalid chunked response' })
      else if (chunks.finished) {
        if (next < buffer.length)
          logError(x, 'warn', 'upstream sent data after final chunk while reading upstream')
        this.#whole(next === buffer.length)
      } else this.#flush()
      return
    }
    if (this.#framing?.body === 'length') {
      const end = Math.min(buffer.length, start + this.#left)
      this.#left -= end - start
      this.#pass(attempt, buffer, start, end)
      if (this.#left === 0) {
        if (end < buffer.length)
          logError(
            x,
            'warn',
            'upstream sent more data than specified in "Content-Length" header while reading upstream',
          )
        this.#whole(end === buffer.length)
      } else this.#flush()
      return
    }
    this.#pass(attempt, buffer, start, buffer.length)
    this.#flush()
  }

  #pass(attempt: PeerAttempt, buffer: Buffer, start: number, end: number): void {
    attempt.responseLength += end - start
    if (this.#x.tap) this.#x.tap.body('upstream-response', buffer, start, end)
    this.#out?.write(buffer, start, end)
    this.#fill?.write(buffer, start, end)
  }

  /** The answer is whole. `clean`: nothing came behind it, so its connection can be used again. */
  #whole(clean: boolean): void {
    const x = this.#x
    this.#stage = 'over'
    if (this.#attempt) this.#attempt.responseMs = this.#now() - this.#attempt.startedMono
    if (this.#peer) {
      peerSucceeded(this.#peer)
      this.#peer.recent.add(this.#now(), this.#attempt?.responseMs ?? 0)
    }
    this.#leavePeer()
    if (clean) this.#keepConnection()
    this.#closeConnection()
    this.#sender?.stop()
    if (this.#use) this.#stored()
    if (x.finished) return
    x.onAbort = undefined
    if (this.#out) this.#out.finish()
    else x.output.end(x)
  }

  #stored(): void {
    if (this.#fill) this.#fill.finish()
    else this.#use?.free()
  }

  #intercept(head: ResponseHead): void {
    const x = this.#x
    this.#finishWithout()
    if (this.#use) keepError(this.#use, head.status)
    if (head.status === 401) {
      const { answer } = answerOf(x, this.#settings, head, { contentLength: undefined })
      const challenge = answer.get('www-authenticate')
      if (challenge !== undefined) {
        x.answer = new Answer(head.status)
        x.answer.add('WWW-Authenticate', challenge)
      }
    }
    finalize(x, head.status)
  }

  #redirect(head: ResponseHead, uri: string): void {
    this.#finishWithout()
    this.#use?.refuse('redirected')
    this.#use?.free()
    if (!this.#x.finished) accelRedirect(this.#x, this.#settings, head, uri)
  }

  /** The origin does not have it: what is stored is sent. */
  #sendStored(verdict: 'STALE' | 'REVALIDATED'): void {
    const x = this.#x
    const use = this.#use
    if (!use) return
    use.verdict = verdict
    if (use.background) x.output.end(x)
    else if (!x.finished && !sendStored(x, this.#settings, use)) finalize(x, 500)
    use.free()
  }

  /** The answer is not passed on. `clean`: it had no body, so its connection can be used again. */
  #finishWithout(clean = false): void {
    if (this.#attempt) this.#attempt.responseMs = this.#now() - this.#attempt.startedMono
    if (this.#peer) peerSucceeded(this.#peer)
    if (clean) this.#keepConnection()
    this.#closeConnection()
    this.#leavePeer()
    this.#over()
    this.#x.onAbort = undefined
  }

  #upgrade(head: ResponseHead, framing: ResponseFraming, first: Buffer): void {
    const x = this.#x
    const connection = this.#connection
    const attempt = this.#attempt
    if (!connection || !attempt) return
    const { answer } = answerOf(x, this.#settings, head, framing)
    this.#use?.refuse('upgraded')
    this.#use?.free()
    x.keepalive = false
    x.upgraded = true
    sendHead(x, answer)
    const tunnel = x.client.upgrade(x)
    if (!tunnel) {
      this.#broken({ kind: 'error', message: 'upstream switched protocols where the client cannot' })
      return
    }
    this.#stage = 'over'
    this.#connection = undefined
    x.onAbort = undefined
    joinTunnel(x, tunnel, connection, this.#settings.readTimeout, first, {
      received: (bytes) => {
        attempt.bytesReceived += bytes
        attempt.responseLength += bytes
      },
      sent: (bytes) => void (attempt.bytesSent += bytes),
      over: () => {
        attempt.responseMs = this.#now() - attempt.startedMono
        if (this.#peer) peerSucceeded(this.#peer)
        this.#leavePeer()
      },
    })
  }

  // ---- trying the next one ----

  #mayTryNext(kind: UpstreamError['kind']): boolean {
    return mayTryNext(kind, this.#settings, {
      method: this.#request?.method ?? this.#x.method,
      requestSent: this.#requestSent,
      streaming: this.#streaming,
      elapsedMs: this.#now() - this.#startedMono,
    })
  }

  #failed(error: UpstreamError, what = doing[this.#stage]): void {
    const x = this.#x
    const attempt = this.#attempt
    if (attempt) {
      attempt.responseMs = this.#now() - attempt.startedMono
      attempt.error = `${error.message} while ${what}`
      if (!attempt.status) attempt.status = statusOf(error.kind)
    }
    if (!error.kind.startsWith('http_')) this.#note(error, what)
    const stale = attempt?.reused === true && error.kind === 'error'
    this.#closeConnection()
    if (error.kind === 'http_403' || error.kind === 'http_404') {
      // The peer does its work: another one may have what this one has not (NGX_PEER_NEXT).
      if (this.#peer) peerSucceeded(this.#peer)
      this.#leavePeer()
    } else this.#failPeer(error.message, what)
    if (error.kind !== 'no_live' && !stale) this.#tries--
    this.#sender?.stop()
    if (error.kind === 'no_live' || this.#tries <= 0 || !this.#mayTryNext(error.kind)) {
      this.#over()
      x.onAbort = undefined
      this.#giveUp(error)
      return
    }
    this.#next()
  }

  #giveUp({ kind }: UpstreamError): void {
    const use = this.#use
    if (use?.verdict === 'EXPIRED') {
      // With `error` a stale answer is sent where no peer is left, too (NGX_HTTP_UPSTREAM_FT_NOLIVE).
      const condition = kind === 'no_live' ? 'error' : kind
      if (use.settings.useStale.has(condition) || use.mayServeOnError) {
        this.#sendStored('STALE')
        return
      }
    }
    if (sendKeptReply(this.#x)) return
    const status = statusOf(kind)
    if (use) keepFailure(use, status)
    finalize(this.#x, status)
  }

  #note(error: UpstreamError, what: string): void {
    logError(this.#x, 'error', `${error.message} while ${what}`)
  }

  #failPeer(why: string, what: string): void {
    const peer = this.#peer
    if (!peer) return
    const single = this.#group.primary.length === 1 && this.#group.backup.length === 0
    if (peerFailed(peer, this.#now(), single, why))
      logError(this.#x, 'warn', `upstream server temporarily disabled while ${what}`)
    this.#leavePeer()
  }

  #leavePeer(): void {
    if (this.#peer) this.#peer.connections--
    this.#peer = undefined
  }

  /** Nothing came behind the answer: the connection can be used again. */
  #keepConnection(): void {
    const connection = this.#connection
    if (!connection || !this.#framing?.keepalive || !this.#sender?.done) return
    this.#connection = undefined
    connection.user = undefined
    connection.deadline.clear()
    this.#group.idle.put(connection)
  }

  #closeConnection(): void {
    const connection = this.#connection
    this.#connection = undefined
    if (!connection) return
    connection.user = undefined
    connection.destroy()
  }

  #aborted(): void {
    const x = this.#x
    if (this.#stage === 'over' || this.#isFetchedAnyway()) return
    logError(
      x,
      'info',
      `client prematurely closed connection, so upstream connection is closed too while ${doing[this.#stage]}`,
    )
    if (!x.headSent) x.status = 499
    if (this.#attempt && this.#attempt.responseMs < 0)
      this.#attempt.responseMs = this.#now() - this.#attempt.startedMono
    this.#release()
    x.client.abort(x)
  }

  #over(): void {
    this.#stage = 'over'
  }

  // What is to be stored is fetched to its end without the client (u->cacheable in
  // ngx_http_upstream_check_broken_connection), if it owes us nothing.
  #isFetchedAnyway(): boolean {
    return this.#use?.cacheable === true && this.#x.body.whole && !this.#x.body.spool
  }

  /** The exchange has ended, or is to. */
  #release(): void {
    if (this.#stage !== 'over' && this.#x.finished && this.#isFetchedAnyway()) {
      this.#out?.dispose()
      this.#out = undefined
      this.resumeReading()
      return
    }
    this.#pace?.dispose()
    if (this.#use) {
      this.#fill?.drop()
      this.#use.free()
    }
    this.#closeConnection()
    this.#leavePeer()
    this.#sender?.stop()
    this.#out?.dispose()
    this.#over()
  }
}
