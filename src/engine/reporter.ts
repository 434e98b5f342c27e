/** What remains of an exchange when it has ended: strings and numbers, no sockets, taken apart only when somebody looks. */
import type {
  Attempt,
  ExchangeDetail,
  ExchangeRecord,
  FieldPair,
  PhaseSpan,
  ShownHead,
} from '../status/exchange-record.ts'
import type { FinishedExchange } from './door.ts'
import type { PeerAttempt } from './proxy/peer-attempt.ts'
import type { Answer } from './request/answer.ts'
import type { Exchange } from './request/exchange.ts'
import { fieldName, fieldValue, type FieldLines } from './wire/fields.ts'

class Finished implements FinishedExchange {
  readonly id: number
  readonly status: number
  readonly durationMs: number
  readonly route: string | undefined
  readonly bytesSent: number
  readonly cache: ExchangeRecord['cache']
  readonly limited: boolean
  readonly #startedAt: number
  readonly #client: string
  readonly #scheme: 'http' | 'https'
  readonly #protocol: string
  readonly #method: string
  readonly #host: string
  readonly #target: string
  readonly #requestLine: string
  readonly #fields: FieldLines
  readonly #server: string
  readonly #location: string
  readonly #bodyBytesSent: number
  readonly #requestBytes: number
  readonly #upstream: string | undefined
  readonly #attempts: readonly PeerAttempt[]
  readonly #cacheReason: string | undefined
  readonly #cacheNotStored: string | undefined
  readonly #error: string | undefined
  readonly #upgraded: boolean
  readonly #answer: Answer | undefined
  readonly #marks: readonly [head: number, content: number, sent: number]

  constructor(x: Exchange) {
    this.id = x.id
    this.status = x.answer?.status ?? x.status
    this.durationMs = x.endedMono - x.startedMono
    this.route = x.uri === '' ? undefined : x.settings.route
    this.#startedAt = x.startedAt
    this.#client = x.realAddress ?? x.address.remoteAddress
    this.#scheme = x.address.ssl ? 'https' : 'http'
    this.#protocol = x.head.protocol || 'HTTP/0.9'
    this.#method = x.head.method
    this.#host = x.host
    this.#target = x.unparsedUri
    this.#requestLine = x.head.requestLine
    this.#fields = x.head.fields
    this.#server = x.server.label
    this.#location = x.settings.label
    this.bytesSent = x.bytesSent
    this.#bodyBytesSent = x.bodyBytesSent
    this.#requestBytes = x.head.bytes + x.body.received
    this.#upstream = x.upstreamName
    this.#attempts = x.attempts
    this.cache = x.cacheStatus
    this.limited = x.limitReqStatus === 'REJECTED' || x.limitConnStatus === 'REJECTED'
    this.#cacheReason = x.cacheReason
    this.#cacheNotStored = x.cacheNotStored
    this.#error = x.error
    this.#upgraded = x.upgraded
    this.#answer = x.answer
    this.#marks = [
      x.headReadMono - x.startedMono,
      x.contentMono - x.startedMono,
      x.headSentMono - x.startedMono,
    ]
  }

  record(): ExchangeRecord {
    const last = this.#attempts.at(-1)
    return {
      id: this.id,
      startedAt: this.#startedAt,
      durationMs: this.durationMs,
      client: this.#client,
      scheme: this.#scheme,
      protocol: this.#protocol,
      method: this.#method,
      host: this.#host,
      target: this.#target,
      status: this.status,
      bytesSent: this.bytesSent,
      bodyBytesSent: this.#bodyBytesSent,
      requestBytes: this.#requestBytes,
      ...(this.route !== undefined && { route: this.route, server: this.#server }),
      ...(this.route !== undefined && this.#location !== '' && { location: this.#location }),
      ...(this.#upstream !== undefined && { upstream: this.#upstream }),
      ...(last && { peer: last.peer }),
      attempts: this.#attempts.length,
      ...(this.cache !== undefined && { cache: this.cache }),
      ...(this.#cacheReason !== undefined && { cacheReason: this.#cacheReason }),
      ...(this.#cacheNotStored !== undefined && { cacheNotStored: this.#cacheNotStored }),
      ...(this.#error !== undefined && { error: this.#error }),
      ...(this.#upgraded && { upgraded: true as const }),
    }
  }

  detail(): ExchangeDetail {
    const last = this.#attempts.at(-1)
    return {
      record: this.record(),
      phases: this.#phases(),
      attempts: this.#attempts.map(shownAttempt),
      request: { startLine: this.#requestLine, fields: pairsOf(this.#fields) },
      ...(last?.requestHead !== undefined && { upstreamRequest: shownHead(last.requestHead) }),
      ...(last?.responseHead !== undefined && { upstreamResponse: shownHead(last.responseHead) }),
      ...(this.#answer && { response: answerHeadShown(this.#answer) }),
    }
  }

  #phases(): PhaseSpan[] {
    const [head, content, sent] = this.#marks
    const spans: PhaseSpan[] = [{ name: 'request head', startMs: 0, durationMs: head }]
    if (content <= 0) return spans
    spans.push({ name: 'rewrite and access', startMs: head, durationMs: content - head })
    const first = this.#attempts[0]
    if (sent > 0) {
      spans.push({ name: first ? 'upstream' : 'content', startMs: content, durationMs: sent - content })
      spans.push({ name: 'answer', startMs: sent, durationMs: Math.max(0, this.durationMs - sent) })
    } else
      spans.push({
        name: first ? 'upstream' : 'content',
        startMs: content,
        durationMs: Math.max(0, this.durationMs - content),
      })
    return spans
  }
}

/** The record of an exchange that has ended. */
export function finishedExchange(x: Exchange): FinishedExchange {
  return new Finished(x)
}

function pairsOf(fields: FieldLines): FieldPair[] {
  return fields.names.map((_name, i) => [fieldName(fields, i), fieldValue(fields, i)] as const)
}

function shownHead(text: string): ShownHead {
  const [startLine = '', ...lines] = text.split('\r\n')
  return { startLine, fields: lines.filter((line) => line !== '').map(pairOf) }
}

function pairOf(line: string): FieldPair {
  const colon = line.indexOf(':')
  return [line.slice(0, colon), line.slice(colon + 1).trim()]
}

function answerHeadShown(answer: Answer): ShownHead {
  const known: [string, string | undefined][] = [
    ['Content-Type', answer.contentType],
    ['Content-Length', answer.contentLength >= 0 ? String(answer.contentLength) : undefined],
    ['Last-Modified', answer.lastModified],
    ['Location', answer.location],
  ]
  return {
    startLine: answer.reason ?? String(answer.status),
    fields: [
      ...known.flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const])),
      ...answer.lines
        .split('\r\n')
        .filter((line) => line !== '')
        .map(pairOf),
    ],
  }
}

function shownAttempt(a: PeerAttempt): Attempt {
  return {
    peer: a.peer,
    status: a.status,
    ...(a.connectMs >= 0 && { connectMs: a.connectMs }),
    ...(a.headerMs >= 0 && { headerMs: a.headerMs }),
    responseMs: Math.max(0, a.responseMs),
    reused: a.reused,
    ...(a.error !== undefined && { error: a.error }),
    ...(a.requestHead !== undefined && { requestHead: a.requestHead }),
    ...(a.responseHead !== undefined && { responseHead: a.responseHead }),
  }
}
