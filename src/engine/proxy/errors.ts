import type { LogSeverity } from '../../status/log-entry.ts'

/** What went wrong with an upstream: who is to blame and whether another peer may be tried are fields. */
export interface UpstreamError {
  /** A condition of `proxy_next_upstream`. */
  readonly kind:
    | 'error'
    | 'timeout'
    | 'invalid_header'
    | 'http_500'
    | 'http_502'
    | 'http_503'
    | 'http_504'
    | 'http_403'
    | 'http_404'
    | 'http_429'
    | 'no_live'
    /** It never got to the peer: this program could not. */
    | 'local'
  /** nginx's sentence, without what was being done. */
  readonly message: string
  /** Of its line in the error log, where that is not what its kind says. */
  readonly severity?: LogSeverity
}

/** The status a client gets when no other peer is tried (ngx_http_upstream_next). */
export function statusOf(kind: UpstreamError['kind']): number {
  if (kind === 'timeout') return 504
  if (kind === 'local') return 500
  return kind.startsWith('http_') ? Number(kind.slice(5)) : 502
}
