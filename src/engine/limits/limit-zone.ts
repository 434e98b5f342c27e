/** Zones of limits as one configuration has them; what they know is shared with the next one. */
import type { LimitReqZone } from '../../config/directives/modules.ts'
import type { LimitUse, LimitZoneStatus } from '../../status/limit-zone-status.ts'
import type { Zone } from '../cycle/zones.ts'
import type { Script } from '../request/script.ts'
import type { ConnectionCounts } from './connection-counts.ts'
import { keyBytes, keyLength } from './key-text.ts'
import type { RateStates } from './request-rates.ts'
import { type StatusTime } from './request-rates.ts'

// As many as fit beside each other in a list that people read.
const hottestKeys = 20

/** How a zone is declared. */
interface Declared<States> {
  readonly name: string
  readonly size: number
  /** The key as written, and compiled. */
  readonly source: string
  readonly key: Script
  readonly states: States
}

/** Remembers that a zone is used in a location; its `if` blocks are the same place. */
export function useZone(zone: LimitZone, use: LimitUse): void {
  if (!zone.uses.some(({ route }) => route === use.route)) zone.uses.push(use)
}

export interface LimitZone extends Zone {
  readonly name: string
  readonly source: string
  /** Where this configuration uses it; written while it is compiled. */
  readonly uses: LimitUse[]
  status(now: StatusTime): LimitZoneStatus
  /** Forgets a key, as `status` shows it; false: it is not known. */
  reset(text: string): boolean
}

/** A `limit_req_zone`. */
export class RateZone implements LimitZone {
  readonly name: string
  readonly source: string
  readonly key: Script
  readonly states: RateStates
  /** Thousandths of a request a second. */
  readonly rate: number
  readonly uses: LimitUse[] = []
  readonly #size: number
  readonly #written: LimitReqZone['rate']

  constructor(declared: Declared<RateStates>, rate: LimitReqZone['rate']) {
    this.name = declared.name
    this.source = declared.source
    this.key = declared.key
    this.states = declared.states
    this.rate = Math.floor((rate.requests * 1000) / (rate.per === 'm' ? 60 : 1))
    this.#size = declared.size
    this.#written = rate
  }

  status(now: StatusTime): LimitZoneStatus {
    const { states } = this
    return {
      name: this.name,
      kind: 'requests',
      key: this.source,
      rate: this.#written,
      size: this.#size,
      used: states.used,
      keys: states.keys,
      capacity: states.capacity(keyLength(this.source)),
      evicted: states.evicted,
      total: states.counts.totals,
      lastMinute: states.counts.lastMinute(now.monotonic),
      history: states.counts.history(now),
      hottest: states.hottest(hottestKeys, this.rate, this.source, now),
      uses: this.uses,
    }
  }

  reset(text: string): boolean {
    return this.states.reset(keyBytes(this.source, text))
  }
}

/** A `limit_conn_zone`. */
export class ConnectionZone implements LimitZone {
  readonly name: string
  readonly source: string
  readonly key: Script
  readonly states: ConnectionCounts
  readonly uses: LimitUse[] = []
  readonly #size: number

  constructor(declared: Declared<ConnectionCounts>) {
    this.name = declared.name
    this.source = declared.source
    this.key = declared.key
    this.states = declared.states
    this.#size = declared.size
  }

  status(now: StatusTime): LimitZoneStatus {
    const { states } = this
    return {
      name: this.name,
      kind: 'connections',
      key: this.source,
      size: this.#size,
      used: states.used,
      keys: states.keys,
      capacity: states.capacity(keyLength(this.source)),
      evicted: 0,
      total: states.counts.totals,
      lastMinute: states.counts.lastMinute(now.monotonic),
      history: states.counts.history(now),
      hottest: states.hottest(hottestKeys, this.source),
      uses: this.uses,
    }
  }

  reset(text: string): boolean {
    return this.states.reset(keyBytes(this.source, text))
  }
}
