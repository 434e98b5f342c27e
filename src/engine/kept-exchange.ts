/**
 * Exchanges that are kept by the thousand. Their numbers and texts are written into pages of bytes that are used over
 * and over: kept as objects they would cost the collector of garbage a fifth of all the time there is under load.
 */
import type { CacheVerdict } from '../status/exchange-record.ts'
import type { KeptExchange } from './door.ts'
import { detailOf, recordOf, type AttemptFacts, type ExchangeFacts } from './exchange-facts.ts'
import type { Limited } from './request/exchange.ts'
import { latin1, writeLatin1 } from './wire/latin1.ts'

// 24 MiB in all: the newest 10,000 exchanges with heads of 2 KiB, which is what they mostly have.
const pageSize = 1024 * 1024
const mostPages = 24
/** Bytes of one exchange: of one that is larger the heads are left out. */
const mostTexts = pageSize / 4
/** Attempts of one exchange: the last ones. */
const mostAttempts = 10

interface Page {
  readonly bytes: Buffer
  readonly numbers: Float64Array
}

const slotsOfPage = pageSize / 8
const pages: Page[] = []
/** How many pages were begun, and the slot of eight bytes in the last one where the next exchange goes. */
let begun = 0
let slot = slotsOfPage

/** Begins the next page: a new one while there are few, then the oldest, whose exchanges are gone. */
function turnPage(): void {
  slot = 0
  if (begun++ < mostPages) {
    const bytes = Buffer.allocUnsafeSlow(pageSize)
    pages.push({ bytes, numbers: new Float64Array(bytes.buffer) })
  }
}

function pageOf(number: number): Page {
  return pages[number % mostPages] as Page // turnPage has made it
}

/**
 * Texts of the configuration, and of closed lists: written as numbers, since many exchanges share them. They stay for
 * the program's life, so nothing that a request can choose may be one.
 */
const labels: string[] = []
const labelNumbers = new Map<string, number>()

function labelOf(text: string): number {
  let number = labelNumbers.get(text)
  if (number === undefined) labelNumbers.set(text, (number = labels.push(text) - 1))
  return number
}

/** In place of a text's length or a label: there is none; it is the one of the next attempt. */
const absent = -1
const asNext = -2
/** In place of a text's length: method, target and protocol are parts of the request line. */
const ofLine = -3

// What is being written: numbers, then all texts behind each other.
const numbers = new Float64Array(256)
let count = 0
let texts = ''

function putText(text: string | undefined): void {
  if (text === undefined) numbers[count++] = absent
  else {
    numbers[count++] = text.length
    texts = texts === '' ? text : texts + text
  }
}

function putNumber(number: number): void {
  numbers[count++] = number
}

function putLabel(label: string | undefined): void {
  numbers[count++] = label === undefined ? absent : labelOf(label)
}

/** Writes an exchange down, and says where. Texts are bytes, one a character. */
export function keepExchange(facts: ExchangeFacts): number {
  count = 0
  texts = ''
  putFacts(facts, true)
  if (texts.length > mostTexts) {
    count = 0
    texts = ''
    putFacts(facts, false)
  }
  const size = count + Math.ceil(texts.length / 8)
  if (slot + size > slotsOfPage) turnPage()
  const page = pageOf(begun - 1)
  for (let i = 0; i < count; i++) page.numbers[slot + i] = numbers[i] ?? 0
  writeLatin1(page.bytes, texts, (slot + count) * 8)
  const place = (begun - 1) * slotsOfPage + slot
  slot += size
  texts = ''
  return place
}

function putFacts(facts: ExchangeFacts, whole: boolean): void {
  const { limited } = facts
  putNumber(facts.id)
  putNumber(facts.status)
  putNumber(facts.durationMs)
  putNumber(facts.startedAt)
  putNumber(facts.bytesSent)
  putNumber(facts.bodyBytesSent)
  putNumber(facts.requestBytes)
  putNumber(facts.headMs)
  putNumber(facts.contentMs)
  putNumber(facts.sentMs)
  putNumber(facts.cacheExpiredSeconds)
  putNumber(facts.secure ? 1 : 0)
  putNumber(facts.upgraded ? 1 : 0)
  putNumber(facts.keptReply ? 1 : 0)
  putNumber(facts.clientPort)
  putNumber(facts.port)
  putNumber(facts.contentLength)
  putLabel(facts.route)
  putLabel(facts.server)
  putLabel(facts.location)
  putLabel(facts.cache)
  putLabel(facts.cacheReason)
  putLabel(facts.cacheNotStored)
  putLabel(limited?.verdict)
  putLabel(limited?.zone)
  putText(cut(limited?.key, whole))
  putText(facts.upstream)
  putText(facts.error)
  putText(facts.client)
  putText(cut(facts.host, whole))
  putText(whole ? facts.requestLine : '')
  if (whole && isMadeOf(facts)) {
    numbers[count++] = ofLine
    putNumber(facts.method.length)
    putNumber(facts.protocol.length)
  } else {
    putText(facts.protocol)
    putText(facts.method)
    putText(cut(facts.target, whole))
  }
  putText(whole ? facts.fields : '')
  putText(cut(facts.answerLine, whole))
  putText(cut(facts.contentType, whole))
  putText(cut(facts.lastModified, whole))
  putText(cut(facts.answerLocation, whole))
  putText(whole ? facts.answerLines : '')
  const { attempts } = facts
  const from = Math.max(0, attempts.length - mostAttempts)
  putNumber(attempts.length - from)
  for (let i = from; i < attempts.length; i++) {
    const attempt = attempts[i] as AttemptFacts // i is below the length
    putNumber(attempt.status)
    putNumber(attempt.connectMs)
    putNumber(attempt.headerMs)
    putNumber(attempt.responseMs)
    putNumber(attempt.reused ? 1 : 0)
    putText(attempt.peer)
    putText(attempt.error)
    // Mostly every attempt of an exchange sends the same head.
    if (attempt.requestHead !== undefined && attempt.requestHead === attempts[i + 1]?.requestHead)
      putNumber(asNext)
    else putText(whole ? attempt.requestHead : undefined)
    putText(whole ? attempt.responseHead : undefined)
  }
}

function cut(text: string | undefined, whole: boolean): string | undefined {
  return whole ? text : text?.slice(0, mostTexts / 4)
}

/** The request line is the method, the target and the protocol with one space between: of anything else the lengths differ. */
function isMadeOf({ method, target, protocol, requestLine }: ExchangeFacts): boolean {
  return method.length + target.length + protocol.length + 2 === requestLine.length
}

/** The exchange that was written down there; undefined when newer ones have taken its place. */
export function keptExchange(place: number): KeptExchange | undefined {
  const id = pageAt(place)?.numbers[place % slotsOfPage]
  if (id === undefined) return undefined
  return {
    id,
    record: () => shown(place, recordOf),
    detail: () => shown(place, detailOf),
  }
}

function shown<T>(place: number, show: (facts: ExchangeFacts) => T): T | undefined {
  const page = pageAt(place)
  return page && show(readFacts(page, place % slotsOfPage))
}

function pageAt(place: number): Page | undefined {
  const page = Math.floor(place / slotsOfPage)
  return page < begun && page >= begun - mostPages ? pageOf(page) : undefined
}

/** Reads back, in the order of `putFacts`. */
function readFacts({ bytes, numbers }: Page, slot: number): ExchangeFacts {
  let next = slot
  let text = 0
  const number = (): number => numbers[next++] ?? 0
  const label = (): string | undefined => labels[number()]
  // Where each text stands is known only when all numbers were read.
  const ranges: [from: number, to: number][] = []
  const range = (): number => {
    const length = number()
    if (length < 0) return length
    ranges.push([text, (text += length)])
    return ranges.length - 1
  }
  const plain = {
    id: number(),
    status: number(),
    durationMs: number(),
    startedAt: number(),
    bytesSent: number(),
    bodyBytesSent: number(),
    requestBytes: number(),
    headMs: number(),
    contentMs: number(),
    sentMs: number(),
    cacheExpiredSeconds: number(),
    secure: number() === 1,
    upgraded: number() === 1,
    keptReply: number() === 1,
    clientPort: number(),
    port: number(),
    contentLength: number(),
    route: label(),
    server: label() ?? '',
    location: label() ?? '',
    cache: label() as CacheVerdict | undefined,
    cacheReason: label(),
    cacheNotStored: label(),
  }
  const verdict = label() as Limited['verdict'] | undefined
  const zone = label()
  const limitKey = range()
  const upstream = range()
  const error = range()
  const client = range()
  const host = range()
  const requestLine = range()
  const protocol = range()
  const [method, target] = protocol === ofLine ? [number(), number()] : [range(), range()]
  const fields = range()
  const answerLine = range()
  const contentType = range()
  const lastModified = range()
  const answerLocation = range()
  const answerLines = range()
  const attempts = Array.from({ length: number() }, () => ({
    status: number(),
    connectMs: number(),
    headerMs: number(),
    responseMs: number(),
    reused: number() === 1,
    peer: range(),
    error: range(),
    requestHead: range(),
    responseHead: range(),
  }))
  const optional = (at: number): string | undefined => {
    const found = ranges[at]
    return found && latin1(bytes, next * 8 + found[0], next * 8 + found[1])
  }
  const one = (at: number): string => optional(at) ?? ''
  const sentHead = (at: number): string | undefined =>
    attempts[at]?.requestHead === asNext ? sentHead(at + 1) : optional(attempts[at]?.requestHead ?? absent)
  const line = one(requestLine)
  return {
    ...plain,
    running: false,
    limited: verdict && { verdict, zone: zone ?? '', key: one(limitKey) },
    upstream: optional(upstream),
    error: optional(error),
    client: one(client),
    host: one(host),
    requestLine: line,
    ...(protocol === ofLine
      ? partsOf(line, method, target)
      : { protocol: one(protocol), method: one(method), target: one(target) }),
    fields: one(fields),
    answerLine: optional(answerLine),
    contentType: optional(contentType),
    lastModified: optional(lastModified),
    answerLocation: optional(answerLocation),
    answerLines: one(answerLines),
    attempts: attempts.map((attempt, i) => ({
      ...attempt,
      peer: one(attempt.peer),
      error: optional(attempt.error),
      requestHead: sentHead(i),
      responseHead: optional(attempt.responseHead),
    })),
  }
}

/** What a request line was made of. */
function partsOf(
  line: string,
  methodLength: number,
  protocolLength: number,
): Pick<ExchangeFacts, 'method' | 'target' | 'protocol'> {
  const protocolAt = line.length - protocolLength
  return {
    method: line.slice(0, methodLength),
    target: line.slice(methodLength + 1, protocolAt - 1),
    protocol: line.slice(protocolAt),
  }
}
