/** The program itself: the engine, its log, its certificates, what a client remembers. */
import * as z from 'zod'
import type { Problem } from '../base/problem.ts'
import type { ListenerStatus } from '../status/listener-status.ts'
import type { LogEntry } from '../status/log-entry.ts'
import { type Batch, command, latest, batch, type Contract } from './definition.ts'

/** The engine as a whole. */
export interface ProxyState {
  readonly state: 'stopped' | 'starting' | 'running' | 'stopping' | 'failed'
  readonly listeners: readonly ListenerStatus[]
  /** Why it is failed, with the way out. */
  readonly problems: readonly Problem[]
  readonly startedAt?: number
  readonly connections: number
}

/** Lines of the error log. */
export interface LogBatch extends Batch {
  readonly entries: readonly LogEntry[]
}

/** The certificates of this machine. */
export interface CertificatesState {
  readonly authority?: {
    readonly name: string
    readonly fingerprint: string
    readonly notAfter: number
    readonly file: string
  }
  readonly leaves: readonly {
    readonly names: readonly string[]
    readonly notBefore: number
    readonly notAfter: number
    readonly fingerprint: string
  }[]
  readonly stores: readonly {
    readonly id: string
    readonly name: string
    readonly state: 'trusted' | 'not-trusted' | 'unavailable'
    readonly reason?: string
    readonly command?: string
  }[]
}

/** One thing the certificates' doctor looked at. */
export interface DoctorCheck {
  readonly about: 'authority' | 'clock' | 'trust' | 'leaf' | 'name' | 'port'
  /** The store, the name, the listener. */
  readonly title: string
  /** `note`: nothing is wrong, and there is something to know. */
  readonly outcome: 'good' | 'note' | 'warning' | 'bad'
  readonly message: string
  /** What to do, and a command that does it. */
  readonly fix?: string
  readonly command?: string
}

/** About the program. */
export interface About {
  readonly version: string
  readonly node: string
  readonly platform: string
  readonly face: 'desktop' | 'browser'
  /** Where state is kept. */
  readonly folder: string
}

/** What a client remembers between starts: free JSON under names. */
export type Preferences = Readonly<Record<string, unknown>>

/** `about.*`, `proxy.*`, `log.*`, `certificates.*` and `preferences.*` of the contract. */
export const programContract = {
  'about.get': command<About>(),
  'proxy.watch': latest<ProxyState>(),
  'proxy.start': command<ProxyState>(),
  'proxy.stop': command<ProxyState>(),
  'log.watch': batch<LogBatch>('entries'),
  'certificates.watch': latest<CertificatesState>(),
  'certificates.authority': command<{ pem: string; file: string }>(),
  /** Looks at what stands between the names of the configuration and pages without a warning, now. */
  'certificates.examine': command<readonly DoctorCheck[]>(),
  'certificates.trust': command<{ ok: boolean; message: string }, { store: string; trust: boolean }>(
    z.object({ store: z.string(), trust: z.boolean() }),
  ),
  'preferences.watch': latest<Preferences>(),
  'preferences.set': command<void, { name: string; value: unknown }>(
    z.object({ name: z.string().min(1).max(100), value: z.unknown() }),
  ),
} as const satisfies Contract
