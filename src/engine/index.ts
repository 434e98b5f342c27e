/** The engine: configuration in, status out, no other door. */
import type { Problem } from '../base/problem.ts'
import type { Local } from '../config/local.ts'
import type { Config } from '../config/model.ts'
import type { ListenerStatus } from '../status/listener-status.ts'
import type { UpstreamStatus } from '../status/peer-status.ts'

export type {
  CertificatePem,
  CertificateSource,
  EngineOptions,
  FinishedExchange,
  Reporter,
} from './door.ts'

/** A running engine. */
export interface Engine {
  /** Everything that is wrong with a configuration, without touching what runs. */
  check(config: Config, local: Local): Problem[]
  /**
   * Compiles completely, binds new listeners, swaps. With an error among the problems nothing has
   * changed. Exchanges in flight keep their cycle to their end.
   */
  apply(config: Config, local: Local): Promise<Problem[]>
  /** Closes listeners, lets exchanges end (graceful) or not, resolves when the last is gone. */
  stop(options: { graceful: boolean }): Promise<void>
  /** Opens log files anew (USR1). */
  reopenLogs(): void
  listeners(): ListenerStatus[]
  upstreams(): UpstreamStatus[]
  connections(): number
}
