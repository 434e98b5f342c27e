/** What `proxy_pass` and its companions of one location compile to. */
import type { NameResolver } from '../upstream/resolver.ts'
import { isIP } from 'node:net'
import type { SecureContextOptions } from 'node:tls'
import type { CacheSettings } from '../cache/settings.ts'
import type { Exchange } from '../request/exchange.ts'
import type { Script } from '../request/script.ts'
import type { UpstreamGroup } from '../upstream/group.ts'

/** Where requests go, for one exchange. */
export interface ProxyTarget {
  readonly ssl: boolean
  /** `$proxy_host`: with the port where it is not the scheme's. */
  readonly host: string
  /** `$proxy_port`. */
  readonly port: string
  /** The URI part; empty without one. */
  readonly uri: string
  /** The name that is shown and looked up: host, or the upstream's name. */
  readonly name: string
  /** Absent: the name has to be resolved, or there is no such upstream. */
  readonly group: UpstreamGroup | undefined
  readonly portNumber: number
}

/** One field sent to the upstream. */
export interface SentField {
  readonly name: string
  readonly value: Script
}

/** TLS towards the upstream. */
export interface UpstreamTls {
  readonly options: SecureContextOptions
  /** Sent by SNI where `serverName` is on, and verified where `verify` is. */
  readonly name: Script
  readonly serverName: boolean
  readonly verify: boolean
  readonly verifyDepth: number
  readonly sessionReuse: boolean
  /** Connections with other settings are never shared. */
  readonly kind: string
}

/** A rewrite of Location and Refresh. */
export type RedirectRewrite = (x: Exchange, value: string, offset: number) => string | undefined

/** A rewrite of one Set-Cookie value; undefined: unchanged. */
export type CookieRewrite = (x: Exchange, value: string) => string | undefined

export interface ProxySettings {
  target(x: Exchange): ProxyTarget
  /** `proxy_pass` holds variables: its URI part replaces everything. */
  readonly variable: boolean
  /** Length of the location's prefix that the URI part replaces. */
  readonly locationLength: number
  readonly http11: boolean
  readonly method: Script | undefined
  readonly setBody: Script | undefined
  readonly fields: readonly SentField[]
  /** Lower-case names of the client's fields that are not passed. */
  readonly overridden: ReadonlySet<string>
  readonly passFields: boolean
  readonly passBody: boolean
  readonly hidden: ReadonlySet<string>
  readonly ignored: ReadonlySet<string>
  readonly redirects: readonly RedirectRewrite[]
  readonly cookies: readonly CookieRewrite[]
  readonly connectTimeout: number
  readonly sendTimeout: number
  readonly readTimeout: number
  readonly buffering: boolean
  readonly bufferSize: number
  readonly buffersSize: number
  readonly maxTempFileSize: number
  readonly requestBuffering: boolean
  readonly interceptErrors: boolean
  readonly ignoreClientAbort: boolean
  readonly forceRanges: boolean
  readonly limitRate: number
  readonly nextUpstream: ReadonlySet<string>
  readonly nextTries: number
  readonly nextTimeout: number
  readonly localAddress: Script | undefined
  readonly socketKeepalive: boolean
  readonly tls: UpstreamTls
  /** `proxy_cache` and companions. */
  readonly cache: CacheSettings | undefined
  readonly resolver: NameResolver | undefined
  readonly resolverTimeout: number
}

/** nginx's sentence for a URL that cannot be proxied to. */
export class ProxyUrlError extends Error {
  /** What the error log says when the URL was made while running. */
  readonly told: string
  constructor(message: string, told = message) {
    super(message)
    this.told = told
  }
}

/** A `proxy_pass` URL taken apart. */
export interface ProxyUrl {
  readonly ssl: boolean
  /** Host, or `unix:/path`, without port. */
  readonly host: string
  readonly port: number | undefined
  readonly uri: string
}

/** Takes a URL apart (ngx_parse_url with uri_part); throws a ProxyUrlError. */
export function parseProxyUrl(url: string): ProxyUrl {
  const scheme = /^https?:\/\//i.exec(url)?.[0]
  if (scheme === undefined) throw new ProxyUrlError('invalid URL prefix', `invalid URL prefix in "${url}"`)
  const ssl = scheme.length === 8
  const rest = url.slice(scheme.length)
  if (/^unix:/i.test(rest)) {
    const colon = rest.indexOf(':', 5)
    const path = colon < 0 ? rest.slice(5) : rest.slice(5, colon)
    if (path === '') throw new ProxyUrlError(`no path in the unix domain socket in upstream "${rest}"`)
    return { ssl, host: `unix:${path}`, port: undefined, uri: colon < 0 ? '' : rest.slice(colon + 1) }
  }
  const match = /^(\[[^\]]*\]|[^:/?]*)(?::([^/?]*))?(.*)$/s.exec(rest)
  const [, host = '', portText, path = ''] = match ?? []
  if (host === '') throw new ProxyUrlError(`no host in upstream "${rest}"`)
  if (host.startsWith('[') && !isIP(host.slice(1, -1)))
    throw new ProxyUrlError(`invalid IPv6 address in upstream "${rest}"`)
  const port = portText === undefined ? undefined : Number(portText)
  if (port !== undefined && (!/^\d+$/.test(portText ?? '') || port < 1 || port > 65_535))
    throw new ProxyUrlError(`invalid port in upstream "${rest}"`)
  return { ssl, host, port, uri: path.startsWith('?') ? `/${path}` : path }
}

/** `$proxy_host` and `$proxy_port` of a URL (ngx_http_proxy_set_vars). */
export function shownHost(url: ProxyUrl): { host: string; port: string } {
  if (url.host.startsWith('unix:')) return { host: 'localhost', port: '' }
  const usual = url.ssl ? 443 : 80
  if (url.port === undefined || url.port === usual) return { host: url.host, port: String(usual) }
  return { host: `${url.host}:${url.port}`, port: String(url.port) }
}
