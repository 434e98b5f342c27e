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
  /** nginx's sentence, without what was being done. */
  readonly message: string
}

/** The status a client gets when no other peer is tried (ngx_http_upstream_next). */
export function statusOf(kind: UpstreamError['kind']): number {
  if (kind === 'timeout') return 504
  return kind.startsWith('http_') ? Number(kind.slice(5)) : 502
}

const numbers: Readonly<Record<string, string>> = {
  ECONNREFUSED: '111: Connection refused',
  ECONNRESET: '104: Connection reset by peer',
  EPIPE: '32: Broken pipe',
  ETIMEDOUT: '110: Connection timed out',
  EHOSTUNREACH: '113: No route to host',
  ENETUNREACH: '101: Network is unreachable',
  ENOENT: '2: No such file or directory',
  EACCES: '13: Permission denied',
  EADDRNOTAVAIL: '99: Cannot assign requested address',
}

/** A system error as nginx prints it: `111: Connection refused`. */
export function systemError(error: NodeJS.ErrnoException): string {
  return numbers[error.code ?? ''] ?? error.message
}
