/**
 * The running configuration: everything an exchange needs is compiled into these, so that the
 * configuration itself is never looked at on the path of traffic.
 */
import type { Clock } from '../../base/clock.ts'
import type { Fields } from '../../config/directives.ts'
import type { LogSeverity } from '../../status/log-entry.ts'
import type { Reporter } from '../door.ts'
import type { Caches } from './compile-cache.ts'
import type { HeaderFilter } from '../filters.ts'
import type { CertificateChoice, TlsContexts, TlsServerOptions } from '../listen/tls-contexts.ts'
import type { LogFile } from '../modules/log-file.ts'
import type { NamedLogs } from '../modules/named-logs.ts'
import type { LocalRedirect } from './local-redirect.ts'
import type { LocationTree } from '../match/location.ts'
import type { ServerNames } from '../match/server-name.ts'
import type { ReadyReply } from '../proxy/kept-reply.ts'
import type { ProxySettings } from '../proxy/settings.ts'
import type { Exchange, Handler } from '../request/exchange.ts'
import type { Script } from '../request/script.ts'
import type { UpstreamGroup } from '../upstream/group.ts'
import type { HeadLimits } from '../wire/request-head.ts'
import type { ZoneDraft } from './zones.ts'

/** All fields a location can have, its own or inherited; absent ones have nginx's default. */
export type LocationFields = Fields<'location'> & Fields<'if'> & Fields<'limit_except'>
/** All fields a server can have. */
export type ServerFields = Fields<'server'> & LocationFields

/** One `error_page` line for one code. */
export interface ErrorPageRule {
  readonly response: number | 'own' | undefined
  /** A URI, a URL, or `@name`. */
  readonly uri: Script
}

/** What serves a location: proxying, a status, files. */
export type ContentHandler = Handler

/** One location, or a server's own level, or an `if`. */
export interface LocationSettings {
  readonly server: ServerSettings
  readonly fields: LocationFields
  /** `pathKey` of the configuration path, and the keys that are shown. */
  readonly route: string
  readonly label: string
  readonly modifier: '' | '=' | '^~' | '~' | '~*' | '@'
  /** The prefix, bytes; for a regex its source. */
  readonly pattern: string
  readonly regex: boolean
  /** `if` and `limit_except` blocks have no name. */
  readonly noname: boolean
  /** `/dir/` of a proxied location: `/dir` is redirected (auto_redirect). */
  readonly autoRedirect: boolean
  readonly tree: LocationTree
  /** Rewrites, then the phases after find-config, in running order. */
  handlers: readonly Handler[]
  /** What counts for methods other than these (`limit_except`). */
  readonly limitExcept:
    { readonly methods: ReadonlySet<string>; readonly settings: LocationSettings } | undefined
  /** Handlers after the rewrites: where an `if` that matched goes on. */
  afterRewrite: readonly Handler[]
  content: ContentHandler | undefined
  proxy: ProxySettings | undefined
  readonly headerFilters: readonly HeaderFilter[]
  /** Those that answers go through which become part of another. */
  readonly includedFilters: readonly HeaderFilter[]
  readonly internal: boolean
  readonly root: Script
  /**
   * How much of the URI's start `root` stands for where it was written as `alias`; `captures`: all of it,
   * in a location given by an expression. Undefined: it is a root.
   */
  readonly alias: number | 'captures' | undefined
  readonly clientMaxBodySize: number
  readonly clientBodyBufferSize: number
  readonly clientBodyTimeout: number
  readonly keepalive: {
    readonly timeout: number
    readonly headerTimeout: number | undefined
    readonly requests: number
    readonly time: number
    /** Browsers that get no keepalive, if any is named that still matters: by default none but MSIE 6 posting. */
    readonly refused: (x: Exchange) => boolean
  }
  readonly sendTimeout: number
  readonly lingering: {
    readonly when: 'on' | 'off' | 'always'
    readonly time: number
    readonly timeout: number
  }
  readonly resetTimedout: boolean
  readonly tcpNodelay: boolean
  readonly chunked: boolean
  readonly errorPages: ReadonlyMap<number, ErrorPageRule> | undefined
  readonly recursiveErrorPages: boolean
  readonly serverTokens: 'on' | 'off' | 'build'
  readonly absoluteRedirect: boolean
  readonly serverNameInRedirect: boolean
  readonly portInRedirect: boolean
  readonly defaultType: string
  readonly types: ReadonlyMap<string, string>
  readonly etag: boolean
  readonly limitRate: Script | undefined
  readonly limitRateAfter: Script | undefined
  readonly logs: readonly AccessLogTarget[]
  readonly errorLogs: readonly ErrorLogTarget[]
}

/** One `access_log`. */
export interface AccessLogTarget {
  /** Writes a line, its line break included. */
  readonly write: (x: Exchange, line: string) => void
  readonly format: (x: Exchange) => string
  readonly condition: Script | undefined
}

/** One `error_log`. */
export interface ErrorLogTarget {
  readonly file: LogFile
  /** 0 debug … 7 emerg. */
  readonly level: number
}

/** One `server { }`. */
export interface ServerSettings {
  readonly fields: ServerFields
  readonly route: string
  readonly label: string
  /** The first `server_name`, empty without one; `$server_name`. */
  readonly firstName: string
  /** The server's own level, outside any location. */
  readonly root: LocationSettings
  /** Handlers from post-read to find-config. */
  entry: readonly Handler[]
  /** The same for internal redirects: without post-read. */
  internalEntry: readonly Handler[]
  readonly named: ReadonlyMap<string, LocationSettings>
  readonly headLimits: HeadLimits
  readonly mergeSlashes: boolean
  readonly clientHeaderTimeout: number
  readonly clientHeaderBufferSize: number
  readonly tls: TlsSettings
  readonly http2: Http2Settings
}

/** `http2_*` of a server. */
export interface Http2Settings {
  readonly maxConcurrentStreams: number
  /** Bytes of a body that a client may send before anybody asks for it. */
  readonly prereadSize: number
}

/** What a TLS handshake for a server needs. */
export interface TlsSettings {
  /** `ssl_reject_handshake`: whoever asks for this server is turned away. */
  readonly reject: boolean
  readonly verifyClient: 'on' | 'off' | 'optional' | 'optional_no_ca'
  readonly verifyDepth: number
  /** Everything a context is made of except its certificate. */
  readonly options: TlsServerOptions
  /** Undefined: the server has none of its own, the default server's is shown. */
  readonly certificate: CertificateChoice | undefined
}

/** The servers behind one address and port. */
export interface Virtual {
  readonly default: ServerSettings
  readonly names: ServerNames
  /** In the order written. */
  readonly servers: readonly ServerSettings[]
}

/** One socket to listen on, as the configuration says; `address` without the local port map. */
export interface ListenSettings {
  /** `*:443`, `127.0.0.1:80`, `unix:/run/x`. */
  readonly key: string
  readonly address: string
  readonly port: number | undefined
  /** The port that is opened on this machine. */
  readonly localPort: number | undefined
  readonly localAddress: string
  readonly ssl: boolean
  readonly http2: boolean
  readonly proxyProtocol: boolean
  readonly backlog: number | undefined
  readonly ipv6only: boolean
  readonly soKeepalive: boolean
  /** The TLS contexts of its servers; undefined without `ssl`. */
  readonly tls: TlsContexts | undefined
  readonly virtual: Virtual
  /** Servers that listen on one address of this port only; the socket is the one of `*`. */
  readonly byAddress: ReadonlyMap<string, Virtual> | undefined
}

/** Counters of stub_status; they outlive cycles. */
export interface Counters {
  accepted: number
  handled: number
  requests: number
  active: number
  /** What the open connections do, counted when asked. */
  survey(): Activity
}

/** Connections by what they do: a head has begun, a request runs, or neither. */
export interface Activity {
  reading: number
  writing: number
  waiting: number
}

/** One running configuration. */
export interface Cycle {
  readonly caches: Caches
  readonly serial: number
  readonly clock: Clock
  readonly reporter: Reporter
  readonly counters: Counters
  readonly listens: readonly ListenSettings[]
  readonly upstreams: ReadonlyMap<string, UpstreamGroup>
  /** Slots an exchange needs for assigned variables. */
  readonly slotCount: number
  readonly workerShutdownTimeout: number | undefined
  readonly tempFolder: string
  readonly localRedirect: LocalRedirect | undefined
  readonly hosts: Readonly<Record<string, string>>
  /** Answers of this machine for upstreams that give none. */
  readonly replies: ReadonlyMap<string, ReadyReply> | undefined
  readonly logs: readonly (LogFile | NamedLogs)[]
  /** The state that outlives it. */
  readonly zones: ZoneDraft
  readonly mainErrorLogs: readonly ErrorLogTarget[]
  /** Writes to the error logs of a level, and to the reporter. */
  log(targets: readonly ErrorLogTarget[], severity: LogSeverity, message: string, x?: Exchange): void
  /** A variable shows what clients can do in TLS. */
  readonly keepsClientHello: boolean
  /** Exchanges that run in this cycle. */
  active: number
  retired: boolean
  /** Called when a retired cycle's last exchange has ended. */
  onIdle: (() => void) | undefined
}
