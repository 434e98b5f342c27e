/** What is known of an exchange that has ended: strings and numbers, no sockets; and how it is shown. */
import type {
  Attempt,
  CacheVerdict,
  ExchangeDetail,
  ExchangeRecord,
  FieldPair,
  PhaseSpan,
  ShownHead,
} from '../status/exchange-record.ts'
import type { PeerAttempt } from './proxy/peer-attempt.ts'
import type { Exchange, Limited } from './request/exchange.ts'

/** One try at one peer, times in milliseconds, -1: not reached. */
export type AttemptFacts = Pick<
  PeerAttempt,
  | 'peer'
  | 'status'
  | 'connectMs'
  | 'headerMs'
  | 'responseMs'
  | 'reused'
  | 'error'
  | 'requestHead'
  | 'responseHead'
>

/** One exchange. Heads are as they were on the wire; absent where there was none. */
export interface ExchangeFacts {
  id: number
  status: number
  durationMs: number
  route: string | undefined
  server: string
  location: string
  upstream: string | undefined
  error: string | undefined
  startedAt: number
  bytesSent: number
  bodyBytesSent: number
  requestBytes: number
  /** Milliseconds from the start: head read, content began, answer's head sent. */
  headMs: number
  contentMs: number
  sentMs: number
  secure: boolean
  upgraded: boolean
  running: boolean
  /** Answered with a reply kept on this machine. */
  keptReply: boolean
  /** The client's port, and the one on this machine that it came to; 0 for unix sockets. */
  clientPort: number
  port: number
  client: string
  protocol: string
  method: string
  host: string
  target: string
  requestLine: string
  /** The field lines of the request. */
  fields: string
  cache: CacheVerdict | undefined
  cacheReason: string | undefined
  cacheExpiredSeconds: number
  cacheNotStored: string | undefined
  limited: Limited | undefined
  /** The answer's start line; absent: there was no answer. */
  answerLine: string | undefined
  /** The fields that stand apart (see `Answer`), and the lines of all others. */
  contentType: string | undefined
  contentLength: number
  lastModified: string | undefined
  answerLocation: string | undefined
  answerLines: string
  attempts: readonly AttemptFacts[]
}

/** The facts of an exchange as they stand. */
export function factsOf(x: Exchange): ExchangeFacts {
  const { answer, head, address, settings, startedMono } = x
  const { text, at } = head.fields
  return {
    id: x.id,
    status: answer === undefined ? x.status : answer.status,
    durationMs: (x.finished ? x.endedMono : x.cycle.clock.monotonic()) - startedMono,
    route: routeOf(x),
    server: x.server.label,
    location: settings.label,
    upstream: x.upstreamName,
    error: x.error,
    startedAt: x.startedAt,
    bytesSent: x.bytesSent,
    bodyBytesSent: x.bodyBytesSent,
    requestBytes: head.bytes + x.body.received + x.tunnelled,
    headMs: x.headReadMono - startedMono,
    contentMs: x.contentMono - startedMono,
    sentMs: x.headSentMono - startedMono,
    secure: address.ssl !== undefined,
    upgraded: x.upgraded,
    running: !x.finished,
    keptReply: x.keptReply,
    clientPort: address.remotePort,
    port: address.localPort,
    client: x.realAddress ?? address.remoteAddress,
    protocol: head.protocol || 'HTTP/0.9',
    method: head.method,
    host: x.host,
    target: x.unparsedUri,
    requestLine: head.requestLine,
    fields: at.length === 0 ? '' : text.slice(at[0], at[at.length - 1]),
    cache: x.cacheStatus,
    cacheReason: x.cacheReason,
    cacheExpiredSeconds: x.cacheExpiredSeconds,
    cacheNotStored: x.cacheNotStored,
    limited: x.limited,
    answerLine: answer && (answer.reason ?? String(answer.status)),
    contentType: answer?.contentType,
    contentLength: answer === undefined ? -1 : answer.contentLength,
    lastModified: answer?.lastModified,
    answerLocation: answer?.location,
    answerLines: answer === undefined ? '' : answer.lines,
    attempts: x.attempts,
  }
}

/** `pathKey` of the route that matched; none where no location was looked for. */
export function routeOf(x: Exchange): string | undefined {
  return x.uri === '' ? undefined : x.settings.route
}

function answerFields(facts: ExchangeFacts): string {
  const { contentType, contentLength, lastModified, answerLocation } = facts
  let text = ''
  if (contentType !== undefined) text += `Content-Type: ${contentType}\r\n`
  if (contentLength >= 0) text += `Content-Length: ${contentLength}\r\n`
  if (lastModified !== undefined) text += `Last-Modified: ${lastModified}\r\n`
  if (answerLocation !== undefined) text += `Location: ${answerLocation}\r\n`
  return text + facts.answerLines
}

/** The row of an exchange. */
export function recordOf(facts: ExchangeFacts): ExchangeRecord {
  const { route, location, upstream, cache, cacheReason, cacheNotStored, limited, error } = facts
  const last = facts.attempts.at(-1)
  return {
    id: facts.id,
    startedAt: facts.startedAt,
    durationMs: facts.durationMs,
    client: facts.client,
    ...(facts.clientPort > 0 && { clientPort: facts.clientPort }),
    ...(facts.port > 0 && { port: facts.port }),
    scheme: facts.secure ? 'https' : 'http',
    protocol: facts.protocol,
    method: facts.method,
    host: facts.host,
    target: facts.target,
    status: facts.status,
    bytesSent: facts.bytesSent,
    bodyBytesSent: facts.bodyBytesSent,
    requestBytes: facts.requestBytes,
    ...(route !== undefined && { route, server: facts.server }),
    ...(route !== undefined && location !== '' && { location }),
    ...(upstream !== undefined && { upstream }),
    ...(last && { peer: last.peer }),
    attempts: facts.attempts.length,
    ...(cache !== undefined && { cache }),
    ...(cacheReason !== undefined && { cacheReason }),
    ...(cacheReason === 'expired' && { cacheExpiredSeconds: facts.cacheExpiredSeconds }),
    ...(cacheNotStored !== undefined && { cacheNotStored }),
    ...(limited && { limit: limited.verdict, limitZone: limited.zone, limitKey: limited.key }),
    ...(error !== undefined && { error }),
    ...(facts.upgraded && { upgraded: true as const }),
    ...(facts.keptReply && { keptReply: true as const }),
    ...(facts.running && { running: true as const }),
  }
}

/** Everything that can be shown of an exchange. */
export function detailOf(facts: ExchangeFacts): ExchangeDetail {
  const last = facts.attempts.at(-1)
  const { answerLine } = facts
  return {
    record: recordOf(facts),
    phases: phasesOf(facts),
    attempts: facts.attempts.map(shownAttempt),
    request: { startLine: facts.requestLine, fields: fieldPairs(facts.fields) },
    ...(last?.requestHead !== undefined && { upstreamRequest: shownHead(last.requestHead) }),
    ...(last?.responseHead !== undefined && { upstreamResponse: shownHead(last.responseHead) }),
    ...(answerLine !== undefined && {
      response: { startLine: answerLine, fields: fieldPairs(answerFields(facts)) },
    }),
  }
}

function phasesOf({ headMs, contentMs, sentMs, durationMs, attempts }: ExchangeFacts): PhaseSpan[] {
  const spans: PhaseSpan[] = [{ name: 'request head', startMs: 0, durationMs: headMs }]
  if (contentMs <= 0) return spans
  spans.push({ name: 'rewrite and access', startMs: headMs, durationMs: contentMs - headMs })
  const content = attempts.length > 0 ? 'upstream' : 'content'
  const end = sentMs > 0 ? sentMs : durationMs
  spans.push({ name: content, startMs: contentMs, durationMs: Math.max(0, end - contentMs) })
  if (sentMs > 0)
    spans.push({ name: 'answer', startMs: sentMs, durationMs: Math.max(0, durationMs - sentMs) })
  return spans
}

function shownHead(text: string): ShownHead {
  const lineEnd = text.indexOf('\r\n')
  if (lineEnd < 0) return { startLine: text, fields: [] }
  return { startLine: text.slice(0, lineEnd), fields: fieldPairs(text.slice(lineEnd + 2)) }
}

function fieldPairs(lines: string): FieldPair[] {
  return lines
    .split(/\r?\n/)
    .filter((line) => line !== '')
    .map(fieldPair)
}

function fieldPair(line: string): FieldPair {
  const colon = line.indexOf(':')
  return colon < 0 ? [line, ''] : [line.slice(0, colon), line.slice(colon + 1).trim()]
}

function shownAttempt(a: AttemptFacts): Attempt {
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
