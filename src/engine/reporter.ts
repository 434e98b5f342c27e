/** What is told of an exchange when it has ended; taken apart only when somebody asks. */
import type { CacheVerdict, ExchangeDetail, ExchangeRecord } from '../status/exchange-record.ts'
import type { FinishedExchange, RunningExchange } from './door.ts'
import { detailOf, factsOf, recordOf, routeOf } from './exchange-facts.ts'
import { keepExchange } from './kept-exchange.ts'
import type { Exchange } from './request/exchange.ts'

class Finished implements FinishedExchange {
  readonly #x: Exchange

  constructor(x: Exchange) {
    this.#x = x
  }

  get id(): number {
    return this.#x.id
  }

  get status(): number {
    return this.#x.answer?.status ?? this.#x.status
  }

  get durationMs(): number {
    return this.#x.endedMono - this.#x.startedMono
  }

  get route(): string | undefined {
    return routeOf(this.#x)
  }

  get bytesSent(): number {
    return this.#x.bytesSent
  }

  get cache(): CacheVerdict | undefined {
    return this.#x.cacheStatus
  }

  get limited(): boolean {
    return this.#x.limitReqStatus === 'REJECTED' || this.#x.limitConnStatus === 'REJECTED'
  }

  record(): ExchangeRecord {
    return recordOf(factsOf(this.#x))
  }

  detail(): ExchangeDetail {
    return detailOf(factsOf(this.#x))
  }

  keep(): number {
    return keepExchange(factsOf(this.#x))
  }
}

class Running implements RunningExchange {
  readonly #x: Exchange

  constructor(x: Exchange) {
    this.#x = x
  }

  get id(): number {
    return this.#x.id
  }

  get startedAt(): number {
    return this.#x.startedAt
  }

  get status(): number {
    return this.#x.answer?.status ?? 0
  }

  get contentType(): string | undefined {
    return this.#x.answer?.contentType
  }

  record(): ExchangeRecord {
    return recordOf(factsOf(this.#x))
  }

  detail(): ExchangeDetail {
    return detailOf(factsOf(this.#x))
  }
}

/** What can be told of an exchange while it runs. */
export function runningExchange(x: Exchange): RunningExchange {
  return new Running(x)
}

/** What the reporter hears of an exchange that has ended. */
export function finishedExchange(x: Exchange): FinishedExchange {
  return new Finished(x)
}
