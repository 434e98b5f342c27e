/**
 * Exchanges that are kept by the thousand. Their numbers and texts are written into pages of bytes that are used over
 * and over: kept as objects they would cost the collector of garbage a fifth of all the time there is under load.
 */
import type { CacheVerdict, ExchangeDetail, ExchangeRecord } from '../status/exchange-record.ts'
import type { KeptExchange } from './door.ts'
import { detailOf, recordOf, type AttemptFacts, type ExchangeFacts } from './exchange-facts.ts'
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
  /** How often it has been begun anew: what was written before is gone. */
  round: number
}

const pages: Page[] = []
let current = -1
let position = pageSize

/** Begins the next page: a new one while there are few, then the oldest. */
function turnPage(): void {
  current = (current + 1) % mostPages
  const page = pages[current]
  if (page) page.round++
  else {
    const bytes = Buffer.allocUnsafeSlow(pageSize)
    pages.push({ bytes, numbers: new Float64Array(bytes.buffer), round: 0 })
  }
  position = 0
}

/** In place of a text's length: there is none; it is the one of the next attempt. */
const absent = -1
const asNext = -2

// What is being written: numbers, then all texts behind each other.
const numbers = new Float64Array(256)
let count = 0
let texts = ''

function putText(text: string | undefined): void {
  numbers[count++] = text === undefined ? absent : text.length
  if (text !== undefined) texts += text
}

function putNumber(number: number): void {
  numbers[count++] = number
}

/** Writes an exchange down. Texts are bytes, one a character. */
export function keepExchange(facts: ExchangeFacts): KeptExchange {
  count = 0
  texts = ''
  putFacts(facts, true)
  if (texts.length > mostTexts) {
    count = 0
    texts = ''
    putFacts(facts, false)
  }
  const size = count * 8 + texts.length
  if (position + size > pageSize) turnPage()
  const page = pages[current] as Page // turnPage has made it
  const first = position / 8
  for (let i = 0; i < count; i++) page.numbers[first + i] = numbers[i] ?? 0
  writeLatin1(page.bytes, texts, position + count * 8)
  const kept = new Kept(facts, page, position)
  position += Math.ceil(size / 8) * 8
  texts = ''
  return kept
}

function putFacts(facts: ExchangeFacts, whole: boolean): void {
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
  putText(facts.client)
  putText(facts.protocol)
  putText(facts.method)
  putText(facts.host)
  putText(whole ? facts.target : facts.target.slice(0, mostTexts / 4))
  putText(whole ? facts.requestLine : '')
  putText(whole ? facts.fields : '')
  putText(facts.cache)
  putText(facts.cacheReason)
  putText(facts.cacheNotStored)
  putText(facts.answerLine)
  putText(whole ? facts.answerFields : '')
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

class Kept implements KeptExchange {
  readonly id: number
  readonly status: number
  readonly durationMs: number
  readonly #route: string | undefined
  readonly #server: string
  readonly #location: string
  readonly #upstream: string | undefined
  readonly #error: string | undefined
  /** Seldom there. */
  readonly #limited: ExchangeFacts['limited']
  readonly #page: Page
  readonly #round: number
  readonly #at: number

  constructor(facts: ExchangeFacts, page: Page, at: number) {
    this.id = facts.id
    this.status = facts.status
    this.durationMs = facts.durationMs
    this.#route = facts.route
    this.#server = facts.server
    this.#location = facts.location
    this.#upstream = facts.upstream
    this.#error = facts.error
    this.#limited = facts.limited
    this.#page = page
    this.#round = page.round
    this.#at = at
  }

  record(): ExchangeRecord | undefined {
    const facts = this.#facts()
    return facts && recordOf(facts)
  }

  detail(): ExchangeDetail | undefined {
    const facts = this.#facts()
    return facts && detailOf(facts)
  }

  /** Reads back, in the order of `putFacts`. */
  #facts(): ExchangeFacts | undefined {
    const { bytes, numbers, round } = this.#page
    if (round !== this.#round) return undefined
    let next = this.#at / 8
    let text = 0
    const number = (): number => numbers[next++] ?? 0
    // Where each text stands is known only when all numbers were read.
    const ranges: [from: number, to: number][] = []
    const range = (): number => {
      const length = number()
      if (length < 0) return length
      ranges.push([text, (text += length)])
      return ranges.length - 1
    }
    const plain = {
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
    }
    const [client = -1, protocol = -1, method = -1, host = -1, target = -1, requestLine = -1, fields = -1] =
      Array.from({ length: 7 }, range)
    const [cache = -1, cacheReason = -1, cacheNotStored = -1] = Array.from({ length: 3 }, range)
    const [answerLine = -1, answerFields = -1] = Array.from({ length: 2 }, range)
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
    return {
      id: this.id,
      status: this.status,
      durationMs: this.durationMs,
      route: this.#route,
      server: this.#server,
      location: this.#location,
      upstream: this.#upstream,
      error: this.#error,
      limited: this.#limited,
      ...plain,
      running: false,
      client: one(client),
      protocol: one(protocol),
      method: one(method),
      host: one(host),
      target: one(target),
      requestLine: one(requestLine),
      fields: one(fields),
      cache: optional(cache) as CacheVerdict | undefined,
      cacheReason: optional(cacheReason),
      cacheNotStored: optional(cacheNotStored),
      answerLine: optional(answerLine),
      answerFields: one(answerFields),
      attempts: attempts.map((attempt, i) => ({
        ...attempt,
        peer: one(attempt.peer),
        error: optional(attempt.error),
        requestHead: sentHead(i),
        responseHead: optional(attempt.responseHead),
      })),
    }
  }
}
