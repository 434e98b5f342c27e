/**
 * What would become of a request, said without sending it: which listener, server and location win and why the
 * others lose, what each phase would do, and what would be asked of which upstream.
 */
import type { CacheVerdict, FieldPair } from './exchange-record.ts'

/** A request that is asked about. */
export interface RequestQuestion {
  /** Absolute: `https://shop.localhost:8443/api/users?x=1`. */
  readonly url: string
  readonly method: string
  /** In the order sent; without `Host`, which the URL gives where it is not among them. */
  readonly fields: readonly FieldPair[]
  /** The client's address; absent: this machine's own. */
  readonly client?: string | undefined
}

/** A server or a location: where it stands in the configuration, and how it is shown. */
export interface Place {
  /** `pathKey` of its configuration path. */
  readonly route: string
  readonly label: string
}

/** Why a server answers, or why it does not. */
export type ServerWhy =
  | 'exact-name'
  | 'suffix-name'
  | 'prefix-name'
  | 'regex-name'
  | 'default'
  | 'switched-off'
  | 'other-listen'
  | 'other-name'
  | 'less-exact'
  | 'later-expression'
  | 'same-name'

/** Why a location answers, or why it does not. */
export type LocationWhy =
  | 'exact'
  | 'longest-prefix'
  | 'decisive-prefix'
  | 'first-expression'
  | 'slash-missing'
  | 'whole-server'
  | 'switched-off'
  | 'no-match'
  | 'exact-won'
  | 'shorter'
  | 'expression-won'
  | 'later-expression'
  | 'expressions-not-tried'
  | 'outer-lost'
  | 'holds-winner'
  | 'only-by-name'

/** One of those that could have been chosen. */
export interface Candidate<Why> extends Place {
  readonly won: boolean
  readonly why: Why
  /** The name that fits, where there is one. */
  readonly name?: string
}

/** What a step of the rewrite module said. */
export type RewriteOutcome =
  'changed' | 'no-match' | 'holds' | 'does-not-hold' | 'set' | 'redirects' | 'returns' | 'ends'

/** One thing that happens on the way, in order. */
export type ExplainStep =
  | {
      readonly step: 'listener'
      /** As the configuration names it, and where it really is. */
      readonly listen: string
      readonly address: string
      readonly tls: boolean
      /** The certificate that is shown is chosen by this name. */
      readonly sni: string
    }
  | {
      readonly step: 'server'
      readonly host: string
      readonly candidates: readonly Candidate<ServerWhy>[]
    }
  | {
      readonly step: 'location'
      /** Decoded and normal, as locations see it. */
      readonly uri: string
      readonly candidates: readonly Candidate<LocationWhy>[]
      /** An `internal` location that was asked for from outside. */
      readonly internal: boolean
    }
  | { readonly step: 'real-ip'; readonly from: string; readonly to: string }
  | {
      readonly step: 'rewrite'
      readonly place: Place
      /** As nginx writes it. */
      readonly directive: string
      readonly outcome: RewriteOutcome
      readonly before?: string
      readonly after?: string
    }
  | {
      readonly step: 'limit'
      readonly kind: 'requests' | 'connections'
      readonly zone: string
      /** The key as people read it; empty: nothing is counted. */
      readonly key: string
      /** Requests over the rate, this one with them; or requests in flight, this one with them. */
      readonly load: number
      /** The most that is let in. */
      readonly most: number
      readonly verdict: 'not-counted' | 'passes' | 'waits' | 'refused'
      readonly waitMs: number
      readonly dryRun: boolean
    }
  | {
      readonly step: 'access'
      readonly address: string
      /** `deny all`; absent: no rule fits. */
      readonly rule?: string
      readonly allowed: boolean
    }
  | {
      readonly step: 'auth'
      readonly realm: string
      readonly verdict: 'no-password' | 'right' | 'wrong' | 'off'
      readonly file: string
    }
  | { readonly step: 'ask-first'; readonly uri: string }
  | { readonly step: 'refused-by'; readonly satisfy: 'all' | 'any'; readonly status: number }
  | { readonly step: 'try-file'; readonly path: string; readonly folder: boolean; readonly found: boolean }
  | { readonly step: 'mirror'; readonly uri: string }
  | {
      readonly step: 'internal-redirect'
      /** A URI or `@name`. */
      readonly to: string
      /** The status whose error page this is; absent: another directive leads there. */
      readonly status?: number
    }
  | { readonly step: 'log'; readonly severity: string; readonly message: string }

/** A peer, and whether it may get this request. */
export interface ExplainedPeer {
  readonly address: string
  readonly weight: number
  readonly backup: boolean
  readonly state: 'may-be-picked' | 'down' | 'draining' | 'unhealthy' | 'failed' | 'full'
  /** It would get the very next request. */
  readonly next: boolean
}

/** What the cache has to do with a request. */
export interface ExplainedCache {
  readonly zone: string
  readonly key: string
  /** HIT, STALE and UPDATING are answered without asking the upstream; absent: the cache takes no part. */
  readonly verdict?: CacheVerdict
  /** Why not HIT: a word of `missReasons`. */
  readonly reason?: string
  /** What is stored; milliseconds since 1970. */
  readonly stored?: {
    readonly status: number
    readonly storedAt: number
    readonly freshUntil: number
    readonly size: number
  }
  /** Values of the conditions, in the order written. */
  readonly bypass: readonly string[]
  readonly noStore: readonly string[]
  /** Seconds for which answers are fresh when they do not say themselves; status 0: any other. */
  readonly valid: readonly { readonly status: number; readonly seconds: number }[]
}

/** What nobody can know before the request is sent. */
export type Unknown = 'auth-request' | 'name-lookup' | 'upstream-answer' | 'stored-meanwhile'

/** How it ends. */
export type ExplainOutcome =
  | { readonly kind: 'nothing-listens'; readonly port: number; readonly listens: readonly string[] }
  | { readonly kind: 'not-tls'; readonly listen: string }
  | { readonly kind: 'handshake-refused'; readonly place: Place }
  | { readonly kind: 'bad-request'; readonly status: number; readonly reason: string }
  /** The connection is closed without an answer (444). */
  | { readonly kind: 'closed'; readonly place: Place }
  | {
      readonly kind: 'answered'
      readonly place: Place
      readonly status: number
      /** As it would be sent. */
      readonly head: string
      /** The file it comes from. */
      readonly file?: string
    }
  | {
      readonly kind: 'proxied'
      readonly place: Place
      readonly upstream: string
      /** `http://127.0.0.1:3000/users?x=1` */
      readonly url: string
      /** The complete head as it would be sent. */
      readonly head: string
      /** How the upstream chooses: `round_robin`. */
      readonly method?: string
      readonly peers: readonly ExplainedPeer[]
      readonly cache?: ExplainedCache
      /** Lines added to an answer with status 200. */
      readonly added: readonly string[]
      /** Lower-case names of fields of the answer that do not pass. */
      readonly hidden: readonly string[]
      /** Statuses that are replaced by pages of this place. */
      readonly intercepted: readonly number[]
    }

/** What would become of a request. */
export interface Explanation {
  /** The head that is thought to come from the client. */
  readonly request: string
  readonly steps: readonly ExplainStep[]
  readonly outcome: ExplainOutcome
  readonly unknown: readonly Unknown[]
}
