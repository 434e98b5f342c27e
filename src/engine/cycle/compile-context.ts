import type { Clock } from '../../base/clock.ts'
import type { Charsets } from '../request/recode.ts'
import type { VariableTable } from '../request/variable-table.ts'
import type { UpstreamGroup } from '../upstream/group.ts'
import type { NameResolver } from '../upstream/resolver.ts'
import type { Caches } from './compile-cache.ts'
import type { Problems } from './compile-error.ts'
import type { ZoneDraft } from './zones.ts'
import type {
  AccessLogTarget,
  ErrorLogTarget,
  ListenSettings,
  LocationFields,
  LocationSettings,
} from './settings.ts'

/** The logs of a configuration, opened as they are met. */
export interface Logs {
  access(fields: LocationFields, path: readonly string[]): readonly AccessLogTarget[]
  error(fields: LocationFields, path: readonly string[]): readonly ErrorLogTarget[]
}

/** What all parts of compiling share. */
export interface CompileContext {
  readonly variables: VariableTable
  readonly problems: Problems
  /** The tables of `charset_map`. */
  readonly charsets: Charsets
  readonly prefix: string
  readonly confPrefix: string
  readonly clock: Clock
  readonly logs: Logs
  /** Declared in http before any server is compiled. */
  readonly zones: ZoneDraft
  readonly caches: Caches
  /** Somebody issues certificates where files are absent. */
  readonly issues: boolean
  /** The sockets of the running configuration; none once this one is compiled. */
  runningListens(): readonly ListenSettings[]
  /** What is compiled once for a value of the configuration, however many levels inherit it. */
  once<T>(value: object, make: () => T): T
  /** The addresses of a name that `namesOf` has looked up; none where it has none. */
  addressesOf(host: string): readonly string[]
  /** What looks names up for a `resolver` line; throws nginx's sentence. */
  resolverOf(words: readonly string[]): NameResolver
  /** `location @name` of the server that is being compiled. */
  named: Map<string, LocationSettings>
  /** The upstream of a name, or the group of a host; `late`: it is only known while running. */
  group(
    name: string,
    port: number | undefined,
    ssl: boolean,
    late: boolean,
    path: readonly string[],
  ): UpstreamGroup | undefined
}
