/** `$upstream_*` and `$proxy_*`: https://nginx.org/en/docs/http/ngx_http_upstream_module.html#variables */
import { formatHttpDate } from '../../http/dates.ts'
import type { PeerAttempt } from '../proxy/peer-attempt.ts'
import { fieldValue } from '../wire/fields.ts'
import type { Exchange } from './exchange.ts'
import { fieldNamed, seconds, setCookieNamed } from './lookup.ts'
import type { BuiltIn, Getter } from './variable-table.ts'

/** Values of all tries: `, ` between tries, ` : ` between upstreams (ngx_http_upstream_status_variable). */
function perAttempt(value: (attempt: PeerAttempt) => string): (x: Exchange) => string | undefined {
  return (x) => {
    if (x.attempts.length === 0) return undefined
    let text = ''
    let run = x.attempts[0]?.run
    x.attempts.forEach((attempt, index) => {
      if (index > 0) text += attempt.run === run ? ', ' : ' : '
      run = attempt.run
      text += value(attempt)
    })
    return text
  }
}

const time = (ms: number): string => (ms < 0 ? '-' : seconds(ms))

export const upstreamVariables = {
  upstream_addr: { get: perAttempt((a) => a.peer) },
  upstream_status: { get: perAttempt((a) => (a.status ? String(a.status) : '-')) },
  upstream_connect_time: { get: perAttempt((a) => time(a.connectMs)) },
  upstream_header_time: { get: perAttempt((a) => time(a.headerMs)) },
  upstream_response_time: { get: perAttempt((a) => time(a.responseMs)) },
  upstream_response_length: { get: perAttempt((a) => String(a.responseLength)) },
  upstream_bytes_received: { get: perAttempt((a) => String(a.bytesReceived)) },
  upstream_bytes_sent: { get: perAttempt((a) => String(a.bytesSent)) },
  upstream_cache_status: { get: (x) => x.cacheStatus },
  upstream_cache_last_modified: {
    get: (x) => {
      const { cache } = x
      if (!cache?.settings.revalidate || x.cacheStatus !== 'EXPIRED' || cache.lastModified < 0)
        return undefined
      return formatHttpDate(cache.lastModified * 1000)
    },
  },
  upstream_cache_etag: {
    get: (x) => {
      const { cache } = x
      if (!cache?.settings.revalidate || x.cacheStatus !== 'EXPIRED') return undefined
      return cache.etag || undefined
    },
  },
  proxy_host: { get: (x) => x.settings.proxy?.target(x).host },
  proxy_port: { get: (x) => x.settings.proxy?.target(x).port },
} as const satisfies Record<string, BuiltIn>

function lastFields(x: Exchange): PeerAttempt['fields'] {
  return x.cache?.servedFields ?? x.attempts.at(-1)?.fields
}

export const upstreamPrefixes: readonly (readonly [string, (rest: string) => Getter])[] = [
  [
    'upstream_http_',
    (rest) => (x) => {
      const fields = lastFields(x)
      return fields && fieldNamed(fields, rest)
    },
  ],
  [
    'upstream_cookie_',
    (rest) => (x) => {
      const fields = lastFields(x)
      if (!fields) return undefined
      for (let i = 0; i < fields.names.length; i++) {
        if (fields.names[i] !== 'set-cookie') continue
        const value = setCookieNamed(fieldValue(fields, i), rest)
        if (value !== undefined) return value
      }
      return undefined
    },
  ],
  [
    'upstream_trailer_',
    (rest) => (x) => {
      const trailers = x.module?.get('upstream-trailers') as PeerAttempt['fields']
      return trailers && fieldNamed(trailers, rest)
    },
  ],
]
