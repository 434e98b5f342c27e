import type { BadTarget, NormalTarget } from '../../http/uri.ts'
import type { MissReason, StoreReason } from '../../status/cache-status.ts'
import type { CacheVerdict } from '../../status/exchange-record.ts'
import type { LimitVerdict } from '../../status/limit-zone-status.ts'
import type { CacheUse } from '../cache/use.ts'
import type { Cycle, LocationSettings, ServerSettings } from '../cycle/settings.ts'
import type { ExchangeTap } from '../door.ts'
import type { PeerAttempt } from '../proxy/peer-attempt.ts'
import type { RequestHead } from '../wire/request-head.ts'
import type { Answer } from './answer.ts'
import type { RequestBody } from './body.ts'
import type { ClientAddress, ClientSide, Output } from './client-side.ts'
import type { Explain, Trial } from './trial.ts'

/** What a phase handler says: go on with the next one, the phase is decided, the exchange is mine now, or a status. */
export type Verdict = 'declined' | 'ok' | 'done' | number

/** A phase handler; one that need not wait does not. */
export interface Handler {
  (x: Exchange): Verdict | Promise<Verdict>
  /** Stands for it in a request that is only thought of, where it would touch anything outside the exchange. */
  readonly explain?: Explain
}

/** What a limit did with a request that it did not let pass at once. */
export interface Limited {
  readonly verdict: Exclude<LimitVerdict, 'PASSED'>
  readonly zone: string
  /** As the zone's status shows it. */
  readonly key: string
}

/** How many times a request may be redirected internally; NGX_HTTP_MAX_URI_CHANGES. */
const maxUriChanges = 10

/** One request with its answer, from its head to its log line (ngx_http_request_t). */
export class Exchange {
  readonly id: number
  readonly cycle: Cycle
  readonly client: ClientSide
  readonly address: ClientAddress
  readonly head: RequestHead
  /** The request this one was made by and for (auth_request, mirror). */
  readonly parent: Exchange | undefined

  method: string
  /** Decoded and normal, one byte a character. */
  uri = ''
  args = ''
  exten = ''
  /** The target as received; `$request_uri`. */
  unparsedUri: string
  /** The received target may be sent on as it is: nothing has rewritten it (r->valid_unparsed_uri). */
  validUnparsedUri = true
  /** The matched prefix is still in front of the URI (r->valid_location). */
  validLocation = true
  /** try_files found a file below an `alias` with captures: the URI is the rest of its path (r->add_uri_to_alias). */
  addUriToAlias = false
  quotedUri = false
  plusInUri = false
  /** The target taken apart; of subrequests there is none. */
  target: NormalTarget | BadTarget | undefined
  /** The name asked for: lower case, no port; `$host` where not empty (r->headers_in.server). */
  host = ''

  server: ServerSettings
  settings: LocationSettings
  handlers: readonly Handler[]
  handlerAt = 0
  internal = false
  uriChanged = false
  uriChangesLeft = maxUriChanges + 1
  /** Captures of the last regular expression; `$1` to `$9`. */
  captures: readonly (string | undefined)[] | undefined
  /** Variables that are assigned: `set`, named captures, `auth_request_set`. */
  readonly slots: (string | undefined)[]
  /** Values of variables that are computed once (`map`, `geo`). */
  cached: Map<string, string> | undefined

  readonly body: RequestBody
  /** Who takes a copy of what goes through it. */
  tap: ExchangeTap | undefined
  answer: Answer | undefined
  /** What was made before an error page was gone to: its fields go out with whatever answers in the end. */
  carried: Answer | undefined
  output: Output
  /** The head of the answer has been handed to the client's side. */
  headSent = false
  /** finalize has run: nothing more may be sent. */
  finished = false
  /** It was brought to its end from this side, whole or not; `$request_completion` (r->request_complete). */
  complete = false
  keepalive: boolean
  /** The request stood behind another one in the same read; `$pipe`. */
  pipelined = false
  lingering = false
  errorPageDone = false
  /** The status an error page is shown for (r->err_status). */
  errStatus = 0
  /** The upstream spoke HTTP/0.9: what it sent is the answer, and no head goes in front. */
  headless = false
  /** The client has sent its last byte before its body was whole: it hears nothing more. */
  clientGone = false
  /** Status where no answer was made (499, 400 on a broken head). */
  status = 0
  limitRate: number | undefined
  /** Values of WWW-Authenticate; they outlive error pages (r->headers_out.www_authenticate). */
  challenges: string[] | undefined
  /** Only the head of the answer is wanted (r->header_only). */
  headerOnly = false
  /** The client's address as real_ip found it. */
  realAddress: string | undefined
  realPort: number | undefined

  /** Monotonic milliseconds: first byte, head read, content began, answer's head sent. */
  readonly startedAt: number
  readonly startedMono: number
  headReadMono = 0
  contentMono = 0
  headSentMono = 0
  endedMono = 0
  bytesSent = 0
  bodyBytesSent = 0
  /** How much of `bytesSent` is the answer's head (r->header_size); 0 where heads are not counted apart. */
  headSize = 0
  /** Bytes that came through the tunnel; they are no part of `$request_length`. */
  tunnelled = 0
  upgraded = false
  /** Its answer is one that was kept on this machine. */
  keptReply = false
  error: string | undefined

  /** Tries at peers, all upstreams of this exchange; `$upstream_addr` and companions. */
  attempts: readonly PeerAttempt[] = noAttempts
  /** What the upstream is told of the body: `$proxy_internal_body_length`, `$proxy_internal_chunked`. */
  sentLength = -1
  sentChunked = false
  upstreamName: string | undefined
  /** The Set-Cookie that keeps its client with the peer it got. */
  stickyCookie: string | undefined
  /** Whoever talks to the upstream: `url` is `http://127.0.0.1:3000/path`, and what it does, for the error log. */
  upstream: { readonly url: string; readonly doing: string } | undefined
  /** What it has to do with a cache, where its location has one. */
  cache: CacheUse | undefined
  cacheStatus: CacheVerdict | undefined
  cacheReason: MissReason | undefined
  /** How long what is stored has not been fresh any more, in whole seconds; 0: it is, or there is nothing. */
  cacheExpiredSeconds = 0
  cacheNotStored: StoreReason | undefined
  limitReqStatus: LimitVerdict | undefined
  limitConnStatus: LimitVerdict | undefined
  /** The limit that delayed or rejected it, or would have. */
  limited: Limited | undefined
  /** Whether it may be answered compressed, once asked; whether caches are to know (r->gzip_ok, r->gzip_vary). */
  gzipOk: boolean | undefined
  gzipVary = false
  /** What one module remembers about this exchange. */
  module: Map<string, unknown> | undefined
  #finisher: ((x: Exchange) => void) | undefined
  #finishers: ((x: Exchange) => void)[] | undefined
  /** How many requests run behind it in the background, and what is to be done when there is none (any more). */
  behind = 0
  onAlone: (() => void) | undefined
  /** Copies of it run: as in nginx its connection takes no other request before they have ended. */
  mirrored = false
  /** Called when the client has gone before the answer was whole. */
  onAbort: ((error?: string) => void) | undefined
  /** Its body becomes part of another's: the filters of bodies apply, those of heads do not. */
  included = false
  /** Set where the request is only thought of: whoever wants to know what would happen. */
  trial: Trial | undefined
  /** For subrequests: what happens with its answer instead of sending it. */
  onDone: ((x: Exchange) => void) | undefined

  constructor(init: {
    id: number
    cycle: Cycle
    client: ClientSide
    address: ClientAddress
    head: RequestHead
    server: ServerSettings
    body: RequestBody
    output: Output
    keepalive: boolean
    startedAt: number
    startedMono: number
    parent?: Exchange | undefined
    /** Shared with the request it was made for. */
    slots?: (string | undefined)[]
  }) {
    this.id = init.id
    this.cycle = init.cycle
    this.client = init.client
    this.address = init.address
    this.head = init.head
    this.parent = init.parent
    this.method = init.head.method
    this.unparsedUri = init.head.target
    this.server = init.server
    this.settings = init.server.root
    this.handlers = init.server.entry
    this.slots =
      init.slots ??
      (init.cycle.slotCount === 0 ? noSlots : new Array<string | undefined>(init.cycle.slotCount))
    this.body = init.body
    this.output = init.output
    this.keepalive = init.keepalive
    this.startedAt = init.startedAt
    this.startedMono = init.startedMono
  }

  /** Goes on with a location's handlers (ngx_http_update_location_config). */
  enter(settings: LocationSettings): void {
    const { limitExcept } = settings
    this.settings = limitExcept && !limitExcept.methods.has(this.method) ? limitExcept.settings : settings
    this.handlers = this.settings.handlers
    this.handlerAt = 0
    const { keepalive } = settings
    if (
      this.keepalive &&
      (this.address.requests >= keepalive.requests ||
        keepalive.timeout === 0 ||
        keepalive.refused(this) ||
        this.startedMono - this.address.startedMono > keepalive.time)
    )
      this.keepalive = false
  }

  /** The client told a length, or the whole of a chunked body has come. */
  get hasLength(): boolean {
    return this.head.fields.names.includes('content-length') || (this.body.chunked && this.body.whole)
  }

  /** Runs when the exchange has ended, whatever way: what must be undone (a connection count, a lock). */
  onFinish(run: (x: Exchange) => void): void {
    // Mostly there is one.
    if (this.#finisher) (this.#finishers ??= []).push(run)
    else this.#finisher = run
  }

  /** Runs and forgets what onFinish was given. */
  runFinishers(): void {
    const first = this.#finisher
    const others = this.#finishers
    this.#finisher = undefined
    this.#finishers = undefined
    first?.(this)
    if (others) for (const run of others) run(this)
  }

  /** What a module keeps with this exchange, made at first use. */
  keep<T>(key: string, make: () => T): T {
    const kept = (this.module ??= new Map())
    let value = kept.get(key) as T | undefined
    if (value === undefined) kept.set(key, (value = make()))
    return value
  }
}

const noSlots: (string | undefined)[] = []
const noAttempts: readonly PeerAttempt[] = []
