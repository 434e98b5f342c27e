/** The fields of servers and locations, grouped as a person thinks. */
import type { Directive } from '../../config/directive.ts'
import type { Field } from '../../config/directives.ts'

/** One group; what is `first` is always shown, the rest when it is set or asked for. */
export interface Group {
  readonly name: string
  readonly first: readonly Field[]
  /** Further fields, by name or by the module they belong to. */
  readonly fields?: readonly Field[]
  readonly modules?: readonly string[]
}

export const groups: readonly Group[] = [
  {
    name: 'Match',
    first: ['listen', 'serverName'],
    fields: ['internal', 'mergeSlashes', 'serverNameInRedirect', 'portInRedirect', 'absoluteRedirect'],
  },
  {
    name: 'Target',
    first: ['proxyPass', 'proxyConnectTimeout', 'proxyReadTimeout'],
    fields: [
      'root',
      'alias',
      'tryFiles',
      'proxySendTimeout',
      'proxyNextUpstream',
      'proxyNextUpstreamTimeout',
      'proxyNextUpstreamTries',
      'proxyBind',
      'proxySocketKeepalive',
      'defaultType',
    ],
    modules: ['http_index', 'http_autoindex', 'http_mirror', 'http_stub_status'],
  },
  {
    name: 'Fields sent',
    first: ['proxySetHeader', 'proxyPassRequestHeaders'],
    fields: ['proxySetBody', 'proxyMethod', 'proxyPassRequestBody'],
  },
  {
    name: 'Fields returned',
    first: ['addHeader'],
    fields: [
      'addTrailer',
      'expires',
      'proxyHideHeader',
      'proxyPassHeader',
      'proxyIgnoreHeaders',
      'proxyRedirect',
      'proxyCookieDomain',
      'proxyCookiePath',
      'proxyCookieFlags',
      'serverTokens',
      'etag',
      'ifModifiedSince',
    ],
    modules: ['http_charset', 'http_sub', 'http_ssi', 'http_addition', 'http_slice', 'http_userid'],
  },
  {
    name: 'WebSocket and streaming',
    first: ['proxyHttpVersion', 'proxyBuffering'],
    fields: [
      'proxyRequestBuffering',
      'proxyBufferSize',
      'proxyBuffers',
      'proxyBusyBuffersSize',
      'proxyMaxTempFileSize',
      'proxyTempFileWriteSize',
      'proxyTempPath',
      'proxyIgnoreClientAbort',
      'proxyForceRanges',
      'maxRanges',
      'chunkedTransferEncoding',
    ],
    modules: ['http_gzip', 'http_gzip_static', 'http_gunzip', 'http_v2'],
  },
  {
    name: 'Caching',
    first: ['proxyCache', 'proxyCacheValid', 'proxyCacheKey'],
    fields: [
      'proxyCacheMethods',
      'proxyCacheMinUses',
      'proxyCacheBypass',
      'proxyNoCache',
      'proxyCacheUseStale',
      'proxyCacheBackgroundUpdate',
      'proxyCacheLock',
      'proxyCacheLockTimeout',
      'proxyCacheLockAge',
      'proxyCacheRevalidate',
      'proxyCacheConvertHead',
      'proxyCacheMaxRangeOffset',
      'proxyStore',
      'proxyStoreAccess',
    ],
  },
  {
    name: 'Limits',
    first: ['clientMaxBodySize', 'limitReq'],
    fields: [
      'clientBodyTimeout',
      'clientHeaderTimeout',
      'clientHeaderBufferSize',
      'largeClientHeaderBuffers',
      'clientBodyBufferSize',
      'limitRate',
      'limitRateAfter',
      'proxyLimitRate',
      'keepaliveTimeout',
      'keepaliveRequests',
      'keepaliveTime',
      'sendTimeout',
    ],
    modules: ['http_limit_req', 'http_limit_conn'],
  },
  {
    name: 'Access',
    first: ['access', 'authBasic'],
    fields: ['satisfy'],
    modules: [
      'http_access',
      'http_auth_basic',
      'http_auth_request',
      'http_realip',
      'http_referer',
      'http_secure_link',
    ],
  },
  { name: 'Rewrite', first: [], modules: ['http_rewrite'] },
  { name: 'TLS', first: ['sslCertificate', 'sslProtocols'], modules: ['http_ssl'] },
  {
    name: 'Errors',
    first: ['errorPage', 'proxyInterceptErrors'],
    fields: ['recursiveErrorPages', 'errorLog', 'accessLog', 'logNotFound', 'logSubrequest'],
    modules: ['http_log'],
  },
  { name: 'More', first: [], modules: [] },
]

/** The group of a field. The TLS towards upstreams belongs to TLS; what nobody claims is `More`. */
export function groupOf(field: string, directive: Directive): string {
  const named = groups.find(({ first, fields = [] }) => ([...first, ...fields] as string[]).includes(field))
  if (named) return named.name
  if (field.startsWith('proxySsl')) return 'TLS'
  return groups.find(({ modules = [] }) => modules.includes(directive.module))?.name ?? 'More'
}
