/** One proxied request: peers are tried until one answers; what it answers is passed on by `upstream-answer`. */
import type { CacheUse } from '../cache/use.ts'
import { logError } from '../request/error-log.ts'
import type { Exchange } from '../request/exchange.ts'
import { finalize } from '../request/finalize.ts'
import { fileProblem, type SpoolFile } from '../request/spool-file.ts'
import type { Choice } from '../upstream/balancer.ts'
import { Incoming, UpstreamConnection, type ConnectionUser } from '../upstream/connection.ts'
import type { UpstreamGroup } from '../upstream/group.ts'
import { peerFailed, peerSucceeded } from '../upstream/health.ts'
import type { Peer } from '../upstream/peer.ts'
import { brokenBy, doing, endedEarly, handshaking, type Broken, type Stage } from './broken-connection.ts'
import { dial } from './connect.ts'
import { statusOf, type UpstreamError } from './errors.ts'
import { giveUp, sendInstead } from './give-up.ts'
import { mayTryNext } from './next-upstream.ts'
import { newAttempt, type PeerAttempt } from './peer-attempt.ts'
import { toldLength, upstreamRequest, type UpstreamRequest } from './request-head.ts'
import { RequestSender, type SendingFor } from './request-sender.ts'
import type { ProxySettings, ProxyTarget } from './settings.ts'
import { UpstreamAnswer, type Asking } from './upstream-answer.ts'

export class ProxyRun implements ConnectionUser, Asking, SendingFor {
  readonly x: Exchange
  readonly settings: ProxySettings
  readonly #target: ProxyTarget
  readonly #group: UpstreamGroup
  readonly #choice: Choice
  readonly #startedMono: number
  readonly #run: number
  readonly #streaming: boolean
  /** What the exchange has to do with a cache. */
  readonly use: CacheUse | undefined
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
  #answer: UpstreamAnswer | undefined

  constructor(
    x: Exchange,
    settings: ProxySettings,
    target: ProxyTarget,
    group: UpstreamGroup,
    streaming: boolean,
    use: CacheUse | undefined,
  ) {
    this.x = x
    this.settings = settings
    this.#target = target
    this.#group = group
    this.#choice = group.balancer.begin(x)
    this.#tries =
      settings.nextTries > 0 ? Math.min(settings.nextTries, this.#choice.tries) : this.#choice.tries
    this.#startedMono = x.cycle.clock.monotonic()
    this.#run = (x.attempts.at(-1)?.run ?? 0) + 1
    this.#streaming = streaming
    this.use = use
  }

  start(): void {
    const x = this.x
    if (!this.settings.ignoreClientAbort) x.onAbort = (error) => this.#aborted(error)
    x.onFinish(() => this.release())
    this.#next()
  }

  /** Picks a peer and a connection to it. */
  #next(): void {
    const x = this.x
    const peer = this.#choice.next(this.now())
    const attempt = newAttempt(peer?.name ?? this.#group.name, this.#run, this.now())
    this.#attempt = attempt
    x.attempts = x.attempts.length === 0 ? [attempt] : [...x.attempts, attempt]
    this.#stage = 'connecting'
    this.#answer = new UpstreamAnswer(this, attempt)
    if (!peer) {
      this.#makeRequest()
      this.failed({ kind: 'no_live', message: 'no live upstreams' })
      return
    }
    this.#peer = peer
    peer.begins(this.now())
    this.#makeRequest()
    const kind = this.#target.ssl ? this.settings.tls.kind : ''
    const kept = this.#group.idle.take(peer, kind)
    if (kept) {
      this.#connection = kept
      kept.user = this
      attempt.reused = true
      attempt.connectMs = 0
      this.#send()
    } else this.#connect(peer, kind)
  }

  #connect(peer: Peer, kind: string): void {
    const x = this.x
    const ready = (problem?: string): void => {
      if (this.#connection !== connection) return
      if (problem !== undefined) {
        this.failed({ kind: 'error', message: problem }, handshaking)
        return
      }
      if (this.#attempt) this.#attempt.connectMs = this.now() - this.#attempt.startedMono
      this.#send()
    }
    // Not a closure of this function: the connection may outlive the exchange by far.
    const incoming = new Incoming()
    const socket = dial(x, this.settings, peer, this.#target.ssl, ready, incoming.take)
    const connection = new UpstreamConnection(socket, peer, kind, x.cycle.clock)
    incoming.connection = connection
    connection.user = this
    this.#connection = connection
    connection.deadline.set(this.settings.connectTimeout)
  }

  #makeRequest(): void {
    const x = this.x
    if (!this.#request) {
      const length = toldLength(x, this.#streaming)
      this.#request = upstreamRequest(
        x,
        this.settings,
        this.#target,
        length,
        this.#streaming && x.body.chunked,
        this.use,
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
    connection.deadline.set(this.settings.readTimeout)
    const refused = this.#streaming ? (status: number): void => this.#bodyRefused(status) : undefined
    this.#sender = new RequestSender(this.x, connection, request, this.settings, this, refused)
    this.#sender.start()
  }

  // The client's body turned out to be too large, broken, or is late while it was streamed.
  #bodyRefused(status: number): void {
    if (this.#stage === 'over') return
    this.#closeConnection()
    this.#leavePeer()
    this.#stage = 'over'
    finalize(this.x, status)
  }

  // Another peer may be tried, as nginx does; where the answer is coming already, that is all that is sent.
  bodyUnreadable(error: unknown, spool: SpoolFile): void {
    const { severity, told } = fileProblem(error, spool)
    const what = 'sending request to upstream'
    if (this.#stage === 'body') logError(this.x, severity, `${told} while ${what}`)
    else this.failed({ kind: 'error', message: told, severity }, what)
  }

  // An upstream that is not read from cannot be late.
  pauseReading(): void {
    this.#connection?.deadline.clear()
    this.#connection?.socket.pause()
  }

  resumeReading(): void {
    this.#connection?.deadline.set(this.settings.readTimeout)
    this.#connection?.socket.resume()
  }

  // ---- the connection speaks ----

  drained(): void {
    this.#sender?.drained()
  }

  expired(): void {
    const sending = this.#stage === 'head' && this.#sender?.blocked
    const what = sending ? 'sending request to upstream' : doing[this.#stage]
    this.broken({ kind: 'timeout', message: 'upstream timed out (110: Connection timed out)' }, what)
  }

  ended(): void {
    if (this.#endsSo) this.#answer?.whole(false)
    else this.#brokenSo(endedEarly(this.#stage, this.#target.ssl))
  }

  closed(error: NodeJS.ErrnoException | undefined): void {
    // Unlike nginx, which does not hear of it, a reset that comes through TLS is not the end of a body.
    if (this.#endsSo && !error) this.#answer?.whole(false)
    else this.#brokenSo(brokenBy(error, this.#stage, this.#target.ssl))
  }

  #brokenSo({ error, what }: Broken): void {
    this.broken(error, what)
  }

  get #endsSo(): boolean {
    return this.#stage === 'body' && this.#answer?.endsWithConnection === true
  }

  broken(error: UpstreamError, what = doing[this.#stage]): void {
    if (this.#stage === 'over') return
    if (this.#stage === 'body') {
      // The head is out: all that is left is to show the client that this is not all.
      this.note(error, what)
      this.#closeConnection()
      this.#failPeer(error.message, what)
      this.#stage = 'over'
      this.#answer?.dropHalf()
      this.use?.refuse('incomplete')
      this.use?.free()
      this.#cutOff()
      return
    }
    this.failed(error, what)
  }

  #cutOff(): void {
    const { x } = this
    if (x.finished) return
    x.complete = true
    x.client.abort(x)
  }

  data(buffer: Buffer): void {
    if (this.#attempt) this.#attempt.bytesReceived += buffer.length
    if (!this.#sender?.blocked) this.#connection?.deadline.set(this.settings.readTimeout)
    if (this.#stage === 'head' || this.#stage === 'body') this.#answer?.read(buffer)
  }

  // ---- the answer speaks ----

  /** The method that was sent. */
  get method(): string {
    return this.#request?.method ?? this.x.method
  }

  get over(): boolean {
    return this.#stage === 'over'
  }

  now(): number {
    return this.x.cycle.clock.monotonic()
  }

  passing(): void {
    this.#stage = 'body'
  }

  heard(): void {
    this.#connection?.deadline.set(this.settings.readTimeout)
  }

  done(clean: boolean, whole = false): void {
    this.#stage = 'over'
    this.#answered(whole)
    if (clean) this.#keepConnection()
    this.#closeConnection()
    this.#sender?.stop()
    this.x.onAbort = undefined
  }

  #answered(whole: boolean): void {
    const peer = this.#peer
    if (this.#attempt) this.#attempt.responseMs = this.now() - this.#attempt.startedMono
    if (!peer) return
    peerSucceeded(peer)
    if (whole) peer.recent.add(this.now(), this.#attempt?.responseMs ?? 0)
    this.#leavePeer()
  }

  letGo(): UpstreamConnection | undefined {
    const connection = this.#connection
    this.#connection = undefined
    this.#stage = 'over'
    this.x.onAbort = undefined
    return connection
  }

  tunnelOver(): void {
    this.#answered(false)
  }

  /** The origin does not have it: what is stored is sent. */
  sendStored(verdict: 'STALE' | 'REVALIDATED'): void {
    if (this.use) sendInstead(this.x, this.settings, this.use, verdict)
  }

  // ---- trying the next one ----

  mayTryNext(kind: UpstreamError['kind']): boolean {
    return this.#tries > 1 && this.#isAllowed(kind)
  }

  #isAllowed(kind: UpstreamError['kind']): boolean {
    return mayTryNext(kind, this.settings, {
      method: this.method,
      requestSent: this.#requestSent,
      streaming: this.#streaming,
      elapsedMs: this.now() - this.#startedMono,
    })
  }

  failed(error: UpstreamError, what = doing[this.#stage]): void {
    const x = this.x
    const attempt = this.#attempt
    if (attempt) {
      attempt.responseMs = this.now() - attempt.startedMono
      attempt.error = `${error.message} while ${what}`
      if (!attempt.status) attempt.status = statusOf(error.kind)
    }
    if (!error.kind.startsWith('http_')) this.note(error, what)
    const stale = attempt?.reused === true && error.kind === 'error'
    this.#closeConnection()
    if (error.kind === 'http_403' || error.kind === 'http_404') {
      // The peer does its work: another one may have what this one has not (NGX_PEER_NEXT).
      if (this.#peer) peerSucceeded(this.#peer)
      this.#leavePeer()
    } else if (error.kind === 'local') this.#leavePeer()
    else this.#failPeer(error.message, what)
    if (error.kind !== 'no_live' && !stale) this.#tries--
    this.#sender?.stop()
    if (error.kind === 'no_live' || this.#tries <= 0 || !this.#isAllowed(error.kind)) {
      this.#stage = 'over'
      x.onAbort = undefined
      giveUp(x, this.settings, this.use, error)
      return
    }
    this.#next()
  }

  note(error: UpstreamError, what = doing[this.#stage]): void {
    const severity = error.severity ?? (error.kind === 'local' ? 'alert' : 'error')
    logError(this.x, severity, `${error.message} while ${what}`)
  }

  #failPeer(why: string, what: string): void {
    const peer = this.#peer
    if (!peer) return
    const single = this.#group.primary.length === 1 && this.#group.backup.length === 0
    if (peerFailed(peer, this.now(), single, why))
      logError(this.x, 'warn', `upstream server temporarily disabled while ${what}`)
    this.#leavePeer()
  }

  #leavePeer(): void {
    if (this.#peer) this.#peer.connections--
    this.#peer = undefined
  }

  /** Nothing came behind the answer: the connection can be used again. */
  #keepConnection(): void {
    const connection = this.#connection
    if (!connection || !this.#answer?.keepalive || !this.#sender?.done) return
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
    connection.leave()
  }

  #aborted(error?: string): void {
    const x = this.x
    if (this.#stage === 'over' || this.#isFetchedAnyway()) return
    const told = 'client prematurely closed connection, so upstream connection is closed too'
    const because = error === undefined ? '' : ` (${error})`
    // Over HTTP/2 the connection, or its stream, has told.
    if (x.client.protocol !== 'h2') logError(x, 'info', `${told}${because} while ${this.doing}`)
    if (!x.headSent) x.status = 499
    const attempt = this.#attempt
    if (attempt) {
      attempt.status ||= this.#answer?.statusSoFar ?? 0
      if (attempt.responseMs < 0) attempt.responseMs = this.now() - attempt.startedMono
    }
    this.release()
    x.client.abort(x)
  }

  /** What it does, in nginx's words: it is still sending until the first byte comes, if only of the handshake's end. */
  get doing(): string {
    const { ssl } = this.#target
    if (this.#stage === 'connecting' && ssl && this.#connection?.socket.remoteAddress !== undefined)
      return handshaking
    if (this.#stage === 'head' && !ssl && this.#attempt?.bytesReceived === 0)
      return 'sending request to upstream'
    return this.#stage === 'body' && this.#answer?.buffered === false && this.#answer.sending
      ? 'sending to client'
      : doing[this.#stage]
  }

  // What is to be stored is fetched to its end without the client (u->cacheable in
  // ngx_http_upstream_check_broken_connection), if it owes us nothing.
  #isFetchedAnyway(): boolean {
    return this.use?.cacheable === true && this.x.body.whole && !this.x.body.spool
  }

  /** The exchange has ended, or is to. */
  release(): void {
    if (this.#stage !== 'over' && this.x.finished && this.#isFetchedAnyway()) {
      this.#answer?.withoutClient()
      this.resumeReading()
      return
    }
    this.#answer?.release()
    this.use?.free()
    this.#closeConnection()
    this.#leavePeer()
    this.#sender?.stop()
    this.#stage = 'over'
  }
}
