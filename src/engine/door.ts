/** What goes through the engine's only door: what it is given and what it tells. */
import type { Clock } from '../base/clock.ts'
import type { BodySide } from '../status/exchange-body.ts'
import type { Problem } from '../base/problem.ts'
import type { Local } from '../config/local.ts'
import type { Config } from '../config/model.ts'
import type { Explanation } from '../status/explanation.ts'
import type { CacheVerdict, ExchangeDetail, ExchangeRecord } from '../status/exchange-record.ts'
import type { LogSeverity } from '../status/log-entry.ts'

/** A certificate chain and its key, PEM. */
export interface CertificatePem {
  readonly cert: string
  readonly key: string
}

/** Where certificates come from when the configuration's files are absent. */
export interface CertificateSource {
  /** Issues, or finds, the certificate for one exact name (or address). */
  forName(name: string): Promise<CertificatePem>
}

/** An exchange that has ended; record and detail are made only when somebody asks. */
export interface FinishedExchange {
  readonly id: number
  readonly status: number
  readonly durationMs: number
  /** A rate or connection limit refused it. */
  readonly limited: boolean
  /** `pathKey` of the route that matched, or undefined. */
  readonly route: string | undefined
  /** Everything sent to the client, head included. */
  readonly bytesSent: number
  readonly cache: CacheVerdict | undefined
  record(): ExchangeRecord
  detail(): ExchangeDetail
  /** Writes it down for whoever keeps many; `keptExchange` finds it by this number, which grows. */
  keep(): number
}

/**
 * An exchange that was written down. There is room for some ten thousand, less where heads are long: record and detail
 * are undefined when newer ones have taken its place.
 */
export interface KeptExchange {
  readonly id: number
  record(): ExchangeRecord | undefined
  detail(): ExchangeDetail | undefined
}

/** An exchange that has begun and not ended; record and detail are made only when somebody asks. */
export interface RunningExchange {
  readonly id: number
  readonly startedAt: number
  /** 0: not answered yet. */
  readonly status: number
  /** The media type of its answer, once there is one. */
  readonly contentType: string | undefined
  record(): ExchangeRecord
  detail(): ExchangeDetail
}

/**
 * Who takes a copy of what goes through one exchange. Called on the path of traffic: must return at once. The pieces
 * are the engine's again when it has returned.
 */
export interface ExchangeTap {
  /** A piece of a body, without its framing. */
  body(side: BodySide, buffer: Buffer, start: number, end: number): void
  /** A piece of a connection that has switched protocols. */
  tunnel(from: 'client' | 'upstream', buffer: Buffer): void
}

/** The configuration that is asked about; compiled, and never run. */
export interface ExplainWanted {
  readonly config: Config
  readonly local: Local
}

/** What would become of a request, or why the configuration cannot be run. */
export type ExplainResult =
  | { readonly outcome: 'explained'; readonly explanation: Explanation }
  | { readonly outcome: 'invalid'; readonly problems: readonly Problem[] }

/** Where the engine tells what happened. Called on the path of traffic: must return at once. */
export interface Reporter {
  exchange(finished: FinishedExchange): void
  /** Asked at the beginning of every exchange while it is there: who takes what goes through it. */
  tap?: ((running: RunningExchange) => ExchangeTap | undefined) | undefined
  log(severity: LogSeverity, message: string, exchange?: number): void
}

/** What the engine is given. */
export interface EngineOptions {
  readonly reporter: Reporter
  readonly certificates?: CertificateSource
  readonly clock?: Clock
  /** Folder that relative paths of the configuration start from, with a trailing slash. */
  readonly prefix: string
  /** Folder of the main configuration file; certificate paths start from it. With a trailing slash. */
  readonly confPrefix?: string
  /** Folder for temporary files and caches without an absolute path. */
  readonly tempFolder?: string
  /**
   * For a laptop: logs that cannot be opened and upstream names without an address are warnings, and
   * nothing is logged to files that the configuration does not name. Without it: as nginx.
   */
  readonly lenient?: boolean
  /** The error log of a configuration without one (nginx's -e). */
  readonly defaultErrorLog?: string
  /** The access log of a configuration without one. */
  readonly defaultAccessLog?: string
}
