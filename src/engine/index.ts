/** The engine: configuration in, status out, no other door. */
import { tmpdir } from 'node:os'
import { systemClock } from '../base/clock.ts'
import type { Problem } from '../base/problem.ts'
import type { Local } from '../config/local.ts'
import type { Config } from '../config/model.ts'
import type {
  CacheEntryDetail,
  CacheFilter,
  CachePage,
  CachePurge,
  CachePurged,
  CacheZoneStatus,
} from '../status/cache-zone-status.ts'
import type { LimitZoneStatus } from '../status/limit-zone-status.ts'
import type { ListenerStatus } from '../status/listener-status.ts'
import type { UpstreamStatus } from '../status/peer-status.ts'
import type { RequestQuestion } from '../status/explanation.ts'
import type { EngineOptions, ExplainResult, ExplainWanted, KeptExchange, RunningExchange } from './door.ts'
import { RunningEngine } from './engine.ts'
import { turnClock } from './turn-clock.ts'
import type { Steer } from './upstream/peer.ts'

export type {
  CertificatePem,
  CertificateSource,
  EngineOptions,
  ExchangeTap,
  ExplainResult,
  ExplainWanted,
  FinishedExchange,
  KeptExchange,
  Reporter,
  RunningExchange,
} from './door.ts'
export type { Steer } from './upstream/peer.ts'
export { nginxVersion } from './request/version.ts'

/** A running engine. */
export interface Engine {
  /**
   * Everything that is wrong with a configuration, without touching what runs.

   */
  check(config: Config, local: Local): Promise<Problem[]>
  /**
   * Compiles completely, binds new listeners, swaps. With an error among the problems nothing has
   * changed. Exchanges in flight keep their cycle to their end.
   */
  apply(config: Config, local: Local): Promise<Problem[]>
  /** Closes listeners, lets exchanges end (graceful) or not, resolves when the last is gone. */
  stop(options: { graceful: boolean }): Promise<void>
  /** Opens log files anew (USR1). */
  reopenLogs(): void
  /** Writes a line to the main error log, as nginx's master does. */
  log(severity: Parameters<EngineOptions['reporter']['log']>[0], message: string): void
  listeners(): ListenerStatus[]
  upstreams(): UpstreamStatus[]
  /**
   * Changes a peer from the next exchange on, without an apply; it stays so across applies until the
   * configuration says something else of it. `peer`: its address, or that of its `server` line. Says how many
   * peers that were; 0: there is no such upstream or peer.
   */
  steer(upstream: string, peer: string, change: Steer): number
  /** Exchanges that have begun and not ended. */
  inFlight(): RunningExchange[]
  /** An exchange that was written down (`FinishedExchange.keep`); undefined when newer ones have taken its place. */
  kept(place: number): KeptExchange | undefined
  /**
   * What would become of a request; nothing is sent, counted, stored or logged. `wanted`: of another configuration
   * than the running one.
   */
  explain(question: RequestQuestion, wanted?: ExplainWanted): Promise<ExplainResult>
  connections(): number
  /** The caches of the running configuration, in the order declared. */
  caches(): CacheZoneStatus[]
  /** What a cache stores, those used last first; undefined: there is no such cache. */
  cacheEntries(zone: string, filter: CacheFilter, offset: number, limit: number): CachePage | undefined
  /** One stored response; undefined: it is not there. Throws the system's error. */
  cacheEntry(zone: string, key: string, variant: string | undefined): CacheEntryDetail | undefined
  /** Removes what fits and says how many stored responses went; undefined: there is no such cache. */
  purge(zone: string, what: CachePurge): CachePurged | undefined
  /** The limits of the running configuration, in the order declared. */
  limits(): LimitZoneStatus[]
  /** Forgets a key of a limit, as its status shows it; false: there is no such zone or key. */
  resetLimitKey(zone: string, key: string): boolean
}

/** Makes an engine; nothing runs before the first apply. */
export function createEngine(options: EngineOptions): Engine {
  const { clock = systemClock } = options
  return new RunningEngine({
    confPrefix: options.prefix,
    tempFolder: `${tmpdir()}/sluicegate-${process.pid}`,
    lenient: false,
    ...options,
    // A test's clock moves when the test says so.
    clock: clock === systemClock ? turnClock(clock) : clock,
  })
}
