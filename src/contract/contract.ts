/**
 * Everything a window, a tray, a browser or a test can ask of the host, and everything it can watch.
 * Commands are asked once; streams start with a snapshot, may coalesce, and say what they dropped.
 * Messages are JSON-safe; the host validates every input.
 */
import * as z from 'zod'
import type { Problem } from '../base/problem.ts'
import { activeCheckSchema, localSchema, type ActiveCheck, type Local } from '../config/local.ts'
import { configSchema, type Config } from '../config/model.ts'
import type { Statement } from '../config/statement.ts'
import type {
  CacheEntryDetail,
  CacheFilter,
  CachePage,
  CachePurge,
  CachePurged,
  CacheZoneStatus,
} from '../status/cache-zone-status.ts'
import {
  bodySides,
  type BodyContent,
  type BodyRecording,
  type BodySide,
  type ExchangeBodies,
  type ExchangeFrame,
} from '../status/exchange-body.ts'
import type { Explanation, RequestQuestion } from '../status/explanation.ts'
import type { FoundServices, RouteTrial } from '../status/found-services.ts'
import type { ExchangeDetail, ExchangeRecord } from '../status/exchange-record.ts'
import type { LimitZoneStatus } from '../status/limit-zone-status.ts'
import type { ListenerStatus } from '../status/listener-status.ts'
import type { LogEntry } from '../status/log-entry.ts'
import type { UpstreamStatus } from '../status/peer-status.ts'
import type { Throughput } from '../status/throughput.ts'
import type { ContractError } from './errors.ts'

/** A question with one answer. */
export interface Command<I, O> {
  readonly kind: 'command'
  readonly input: z.ZodType<I>
  /** Only a type: never there at run time. */
  readonly output?: O
}

/**
 * A stream of items. `latest`: a slow reader gets only the newest state. `batch`: items are lists that
 * are joined for a slow reader, up to a bound, and the reader is told how many were left out.
 */
export interface Stream<I, T> {
  readonly kind: 'stream'
  readonly pace: 'latest' | 'batch'
  /** The field of a `batch` item that holds its entries. */
  readonly list?: string
  readonly input: z.ZodType<I>
  readonly item?: T
}

function command<O, I = void>(input: z.ZodType<I> = z.void() as unknown as z.ZodType<I>): Command<I, O> {
  return { kind: 'command', input }
}

function latest<T>(): Stream<void, T> {
  return { kind: 'stream', pace: 'latest', input: z.void() }
}

/** Entries, in order; the first item holds those of before. */
export interface Batch {
  /** True for the first item and whenever the reader should forget what it has. */
  readonly reset: boolean
  /** Entries left out since the last item. */
  readonly dropped: number
}

function batch<T extends Batch, I = void>(
  list: Exclude<keyof T, keyof Batch> & string,
  input: z.ZodType<I> = z.void() as unknown as z.ZodType<I>,
): Stream<I, T> {
  return { kind: 'stream', pace: 'batch', list, input }
}

/** The saved configuration. */
export interface ConfigState {
  /** Counts up with every apply. */
  readonly revision: number
  readonly config: Config
  /** Milliseconds since 1970. */
  readonly savedAt: number
  /** Warnings and notes of the saved configuration. */
  readonly problems: readonly Problem[]
  /** Told once when the state file was damaged and an older revision was loaded. */
  readonly recovered?: string
}

/** The saved local overlay. */
export interface LocalState {
  readonly revision: number
  readonly local: Local
}

/** What became of an apply. */
export type ApplyResult =
  | { readonly outcome: 'applied'; readonly revision: number; readonly problems: readonly Problem[] }
  | { readonly outcome: 'invalid'; readonly problems: readonly Problem[] }
  /** Somebody else applied first. `revision` is what is saved now. */
  | { readonly outcome: 'conflict'; readonly revision: number }

/** An older revision. */
export interface RevisionSummary {
  readonly revision: number
  readonly savedAt: number
  readonly note?: string
}

/** The engine as a whole. */
export interface ProxyState {
  readonly state: 'stopped' | 'starting' | 'running' | 'stopping' | 'failed'
  readonly listeners: readonly ListenerStatus[]
  /** Why it is failed, with the way out. */
  readonly problems: readonly Problem[]
  readonly startedAt?: number
  readonly connections: number
}

/** One directive of an imported file and what became of it. */
export interface ImportLine {
  readonly directive: string
  readonly file: string
  readonly line: number
  readonly outcome: 'applied' | 'export' | 'kept'
}

/** What an import found. */
export interface ImportResult {
  readonly config: Config
  readonly problems: readonly Problem[]
  readonly report: readonly ImportLine[]
}

/** What would become of a request, or why the configuration that was asked about cannot be run. */
export type ExplainResult =
  | { readonly outcome: 'explained'; readonly explanation: Explanation }
  | { readonly outcome: 'invalid'; readonly problems: readonly Problem[] }

/** Rows of traffic; reset after `traffic.clear`. Dropped are those that were more than anybody can read. */
export interface TrafficBatch extends Batch {
  readonly records: readonly ExchangeRecord[]
}

/** Messages of a WebSocket, or events of a stream, in order. */
export interface FrameBatch extends Batch {
  readonly frames: readonly ExchangeFrame[]
}

/** What is to change of the recording of bodies; what is absent stays. Sizes are bytes. */
export interface BodyRecord {
  on?: boolean | undefined
  bodyLimit?: number | undefined
  memory?: number | undefined
}

/** A request as somebody wrote it; what is absent is as it was in the exchange it comes from. */
export interface WrittenRequest {
  method?: string | undefined
  scheme?: 'http' | 'https' | undefined
  /** Name and port, as a Host field has them: `app.localhost:8443`. */
  authority?: string | undefined
  /** The request target: `/users?page=2`. */
  target?: string | undefined
  /** All fields but Host, Content-Length and those of the connection. */
  fields?: [name: string, value: string][] | undefined
  /** The content, base64. */
  body?: string | undefined
}

/** Lines of the error log. */
export interface LogBatch extends Batch {
  readonly entries: readonly LogEntry[]
}

/**
 * What is to change of one peer; what is absent stays. Weight: `{ weight: 3 }`; drain: `{ draining: true }`; down:
 * `{ down: true }`; up: `{ down: false, draining: false }`, which also ends its sitting out of fail_timeout; back to
 * what the configuration says: `{ reset: true }`.
 */
export interface PeerSteer {
  upstream: string
  /** Its address or its `server` line, as its status shows them. */
  peer: string
  /** 1 or more. */
  weight?: number | undefined
  down?: boolean | undefined
  /** No new exchanges; the running ones end. */
  draining?: boolean | undefined
  reset?: boolean | undefined
  /**
   * Also written into the configuration, an apply of its own: weight and down as they stand after this command;
   * drain becomes `down`, for nginx has no drain. Without other fields: what was steered before is kept.
   */
  keep?: boolean | undefined
}

/** What became of a steering. */
export interface SteerResult {
  /** How many peers it changed: a `server` line's name may stand for several. */
  readonly peers: number
  /** With `keep`: what became of the apply. Where it is not `applied` nothing was steered either. */
  readonly kept?: ApplyResult
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

const weightError =
  'a weight is a whole number from 1 to 1000000; a peer that is to get nothing is steered down or draining'

// What would break the request's lines, or be no request, is not sent here either.
const line = z.string().regex(/^[^\r\n\0]*$/)
const questionSchema = z.object({
  url: line.regex(/^https?:\/\/[^/?#\s]+/i).max(100_000),
  method: z
    .string()
    .regex(/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/)
    .max(100),
  fields: z.array(z.tuple([line.min(1), line])).max(500),
  client: z.string().max(100).optional(),
})

const file = z.object({ name: z.string().min(1), text: z.string() })
const revision = z.number().int().min(0)

/** The contract. */
export const hostContract = {
  'about.get': command<About>(),
  'config.watch': latest<ConfigState>(),
  'config.check': command<{ problems: readonly Problem[] }, { config: Config }>(
    z.object({ config: configSchema }),
  ),
  'config.apply': command<ApplyResult, { baseRevision: number; config: Config; note?: string | undefined }>(
    z.object({ baseRevision: revision, config: configSchema, note: z.string().max(500).optional() }),
  ),
  'config.history': command<readonly RevisionSummary[]>(),
  'config.revision': command<{ config: Config } | null, { revision: number }>(z.object({ revision })),
  'local.watch': latest<LocalState>(),
  'local.apply': command<ApplyResult, { baseRevision: number; local: Local }>(
    z.object({ baseRevision: revision, local: localSchema }),
  ),
  /** Switches one server or location on or off in the overlay; the window's and the tray's switches. */
  'local.switch': command<ApplyResult, { route: string; on: boolean }>(
    z.object({ route: z.string(), on: z.boolean() }),
  ),
  'nginx.import': command<ImportResult, { files: { name: string; text: string }[]; main: string }>(
    z.object({ files: z.array(file).min(1), main: z.string() }),
  ),
  /**
   * The text of a configuration; the saved one where none is given. `local`: as it runs on this machine. Notes say
   * what runs here and is not in the text, and what not every nginx takes.
   */
  'nginx.export': command<
    { text: string; notes: readonly Problem[] },
    { config?: Config | undefined; local?: boolean | undefined }
  >(z.object({ config: configSchema.optional(), local: z.boolean().optional() })),
  /** Statements of a text, for showing problems while somebody types. */
  'nginx.parse': command<
    { statements: readonly Statement[]; problems: readonly Problem[] },
    { text: string }
  >(z.object({ text: z.string() })),
  /**
   * What would become of a request; nothing is sent. `config`: of this configuration instead of the running one,
   * with the saved differences of this machine.
   */
  'routes.explain': command<ExplainResult, { question: RequestQuestion; config?: Config | undefined }>(
    z.object({ question: questionSchema, config: configSchema.optional() }),
  ),
  /** What listens on this machine and in containers, for the target of a new route. */
  'services.find': command<FoundServices>(),
  /** Really asks a route of this machine once, with GET. */
  'routes.try': command<RouteTrial, { url: string }>(z.object({ url: line.regex(/^https?:\/\/[^/?#\s]+/i) })),
  'proxy.watch': latest<ProxyState>(),
  'proxy.start': command<ProxyState>(),
  'proxy.stop': command<ProxyState>(),
  'traffic.watch': batch<TrafficBatch>('records'),
  'traffic.get': command<ExchangeDetail | null, { id: number }>(z.object({ id: z.number().int() })),
  /** Everything known of several exchanges, in the order asked for; those that are gone are left out. */
  'traffic.details': command<readonly ExchangeDetail[], { ids: number[] }>(
    z.object({ ids: z.array(z.number().int()).max(500) }),
  ),
  'traffic.clear': command<void>(),
  /** Whether bodies are recorded; the setting outlives the program. */
  'traffic.recording': latest<BodyRecording>(),
  'traffic.record': command<void, BodyRecord>(
    z
      .object({
        on: z.boolean().optional(),
        bodyLimit: z
          .number()
          .int()
          .min(1024)
          .max(16 * 1024 * 1024)
          .optional(),
        memory: z
          .number()
          .int()
          .min(1024 * 1024)
          .max(1024 * 1024 * 1024)
          .optional(),
      })
      .strict(),
  ),
  /** What was recorded of an exchange; null: nothing. */
  'traffic.bodies': command<ExchangeBodies | null, { id: number }>(z.object({ id: z.number().int() })),
  /** One body, or the beginning of it; null: it was not recorded. */
  'traffic.body': command<BodyContent | null, { id: number; side: BodySide; decoded: boolean }>(
    z.object({ id: z.number().int(), side: z.enum(bodySides), decoded: z.boolean() }),
  ),
  /** Messages of a WebSocket or events of a stream, from the oldest that is kept on. */
  'traffic.frames': batch<FrameBatch, { id: number }>('frames', z.object({ id: z.number().int() })),
  /** Exchanges from an id on of which a recorded body, message or event has this text, whatever the case. */
  'traffic.find': command<{ ids: readonly number[] }, { text: string; from: number }>(
    z.object({ text: z.string().min(1).max(1000), from: z.number().int() }),
  ),
  /**
   * Sends the request of an exchange once more, or another one made from it, through the engine's own listener.
   * Answers with the id it has as traffic. Rejects with `not-found` and `cannot`.
   */
  'traffic.replay': command<{ id: number }, { id: number; request?: WrittenRequest | undefined }>(
    z.object({
      id: z.number().int(),
      request: z
        .object({
          method: z.string().max(100).optional(),
          scheme: z.enum(['http', 'https']).optional(),
          authority: z.string().max(300).optional(),
          target: z.string().max(60_000).optional(),
          fields: z
            .array(z.tuple([z.string().max(1000), z.string().max(60_000)]))
            .max(500)
            .optional(),
          body: z.base64().optional(),
        })
        .strict()
        .optional(),
    }),
  ),
  /**
   * Keeps what the upstream answered, to be sent while it gives no answer; it is part of the local overlay and never
   * exported. Rejects with `not-found` and `cannot`.
   */
  'traffic.keepReply': command<ApplyResult, { id: number }>(z.object({ id: z.number().int() })),
  'traffic.dropReply': command<ApplyResult, { host: string; method: string; target: string }>(
    z.object({ host: z.string(), method: z.string(), target: z.string() }),
  ),
  'throughput.watch': latest<Throughput>(),
  'upstreams.watch': latest<readonly UpstreamStatus[]>(),
  /**
   * Changes a peer from the next exchange on, without an apply, until the program stops or the configuration
   * says something else of it; with `keep` for good. Rejects with `not-found` where there is no such upstream or
   * peer, and with `invalid-input` for a weight that is none, nothing to change, or an upstream that has no block
   * to be kept in; nothing has changed then.
   */
  'upstreams.steer': command<SteerResult, PeerSteer>(
    z
      .object({
        upstream: z.string().min(1),
        peer: z.string().min(1),
        weight: z
          .number(weightError)
          .int(weightError)
          .min(1, weightError)
          .max(1_000_000, weightError)
          .optional(),
        down: z.boolean().optional(),
        draining: z.boolean().optional(),
        reset: z.boolean().optional(),
        keep: z.boolean().optional(),
      })
      .strict(),
  ),
  /**
   * Sets the active check of an upstream in the overlay, or takes it away: an apply of the overlay. Rejects with
   * `not-found` where no `upstream` block has this name.
   */
  'upstreams.check': command<ApplyResult, { upstream: string; check: ActiveCheck | null }>(
    z.object({ upstream: z.string().min(1), check: activeCheckSchema.nullable() }),
  ),
  'caches.watch': latest<readonly CacheZoneStatus[]>(),
  /** What a cache stores, those used last first. Rejects with `not-found`. */
  'caches.list': command<CachePage, { zone: string; filter: CacheFilter; offset: number; limit: number }>(
    z.object({
      zone: z.string().min(1),
      filter: z.object({
        text: z.string().optional(),
        prefix: z.string().optional(),
        host: z.string().optional(),
        fresh: z.boolean().optional(),
        status: z.number().int().optional(),
      }),
      offset: z.number().int().min(0),
      limit: z.number().int().min(1).max(1000),
    }),
  ),
  /** One stored response; null: it is not there (any more). */
  'caches.get': command<CacheEntryDetail | null, { zone: string; key: string; variant?: string | undefined }>(
    z.object({ zone: z.string().min(1), key: z.string(), variant: z.string().optional() }),
  ),
  /**
   * Removes stored responses and says how many went; where nothing fits, it says so and changes nothing.
   * Rejects with `not-found` where there is no such cache.
   */
  'caches.purge': command<CachePurged, { zone: string; what: CachePurge }>(
    z.object({
      zone: z.string().min(1),
      what: z.discriminatedUnion('by', [
        z.object({ by: z.literal('key'), key: z.string().min(1), variant: z.string().optional() }),
        z.object({ by: z.literal('prefix'), prefix: z.string().min(1) }),
        z.object({ by: z.literal('host'), host: z.string().min(1) }),
        z.object({ by: z.literal('all') }),
      ]),
    }),
  ),
  'limits.watch': latest<readonly LimitZoneStatus[]>(),
  /** Forgets a key of a zone, as its status shows it: its next request begins anew. */
  'limits.reset': command<void, { zone: string; key: string }>(
    z.object({ zone: z.string().min(1), key: z.string() }),
  ),
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

/** Any contract: names with commands and streams. */
export type Contract = Record<
  string,
  { readonly kind: 'command' | 'stream'; readonly input: z.ZodType; readonly list?: string }
>

/** Names of a contract's commands. */
export type CommandName<C extends Contract> = {
  [K in keyof C]: C[K]['kind'] extends 'command' ? K : never
}[keyof C] &
  string
/** Names of a contract's streams. */
export type StreamName<C extends Contract> = {
  [K in keyof C]: C[K]['kind'] extends 'stream' ? K : never
}[keyof C] &
  string
/** The input of a command or stream. */
export type InputOf<D> =
  D extends Command<infer I, infer _O> ? I : D extends Stream<infer I, infer _T> ? I : never
/** The answer of a command. */
export type OutputOf<D> = D extends Command<infer _I, infer O> ? O : never
/** The items of a stream. */
export type ItemOf<D> = D extends Stream<infer _I, infer T> ? T : never

/** What the host implements: a forgotten one does not compile. */
export type Handlers<C extends Contract> = {
  [K in CommandName<C>]: (input: InputOf<C[K]>) => OutputOf<C[K]> | Promise<OutputOf<C[K]>>
} & {
  /** Calls `send` with the snapshot and then with what is new, until the returned function is called. */
  [K in StreamName<C>]: (input: InputOf<C[K]>, send: (item: ItemOf<C[K]>) => void) => () => void
}

/** What a window, a tray or a test holds. */
export interface Client<C extends Contract> {
  call<K extends CommandName<C>>(
    name: K,
    ...input: InputOf<C[K]> extends void ? [] : [InputOf<C[K]>]
  ): Promise<OutputOf<C[K]>>
  /** `onError`: the host could not open the stream, or ended it. The returned function ends it here. */
  watch<K extends StreamName<C>>(
    name: K,
    onItem: (item: ItemOf<C[K]>) => void,
    onError?: (error: ContractError) => void,
    input?: InputOf<C[K]>,
  ): () => void
  /** Calls back when the connection ends; streams end with it. */
  onClose(run: () => void): void
  close(): void
}

export type HostContract = typeof hostContract
export type HostClient = Client<HostContract>
