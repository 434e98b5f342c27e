/** Reads the heads of one HTTP/1 connection, one after the other, those too that are refused or never whole. */
import type { Exchange } from '../request/exchange.ts'
import { runExchange, startExchange } from '../request/start.ts'
import { requestFraming } from '../wire/request-framing.ts'
import { cutOffHead, parseRequestHead, readUpTo, type BadRequestHead } from '../wire/request-head.ts'
import type { Http1Body } from './http1-body.ts'
import type { Http1Connection } from './http1-connection.ts'
import { endHalfHead, refuseHead } from './refuse.ts'
import type { Unread } from './unread.ts'

const noBody = { body: 'none', length: 0, expectContinue: false } as const

export class Http1Heads {
  /** When the first byte of the head came, or the connection began to wait for it; monotonic milliseconds. */
  startedAt: number
  /** The next request stands behind another one in the same read. */
  pipelined = false
  readonly #connection: Http1Connection
  readonly #unread: Unread
  readonly #body: Http1Body
  #scannedTo = 0
  /** Answers the head that has been refused. */
  #refuse: (() => void) | undefined

  constructor(connection: Http1Connection, unread: Unread, body: Http1Body) {
    this.#connection = connection
    this.#unread = unread
    this.#body = body
    this.startedAt = connection.startedMono
  }

  /** The exchange of the next head, for `run`; undefined: more of it must come. */
  read(): Exchange | undefined {
    const unread = this.#unread
    const { headLimits } = this.#connection.listener.settings.virtual.default
    const result = parseRequestHead(unread.buffer, unread.start, unread.end, headLimits, this.#scannedTo)
    if (result.kind === 'more') {
      this.#scannedTo = result.scannedTo
      return undefined
    }
    this.#scannedTo = 0
    if (result.kind === 'bad') return this.#refused(result)
    unread.start = result.next
    const { head } = result
    const framing = requestFraming(head)
    if ('bad' in framing) {
      const { bad: status, reason, serverName, field } = framing
      const { requestLine } = head
      const read = field === undefined ? head : readUpTo(head, field)
      const named = serverName !== undefined && { serverName }
      return this.#refused({ kind: 'bad', status, reason, requestLine, head: read, ...named })
    }
    const body = this.#body.begin(framing)
    return startExchange(this.#connection, head, framing, body, this.startedAt, this.pipelined)
  }

  #refused(bad: BadRequestHead): Exchange {
    this.#unread.drop()
    const { x, run } = refuseHead(this.#connection, bad, this.startedAt, this.#body.begin(noBody))
    this.#refuse = run
    return x
  }

  /** Runs what `read` has made. */
  run(x: Exchange): void {
    const refuse = this.#refuse
    this.#refuse = undefined
    if (refuse) refuse()
    else runExchange(x, this.#connection.plainOnTls)
  }

  /** The rest of the head that has begun will not come: it is logged with this status, and nobody answers. */
  missing(status: number, told: string): void {
    const { buffer, start, end } = this.#unread
    const { headLimits } = this.#connection.listener.settings.virtual.default
    const cutOff = cutOffHead(buffer, start, end, headLimits)
    endHalfHead(this.#connection, cutOff, { status, told }, this.startedAt, this.#body.begin(noBody))
  }
}
