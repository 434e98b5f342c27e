/** ngx_http_proxy_module: https://nginx.org/en/docs/http/ngx_http_proxy_module.html */
import * as z from 'zod'
import { Invalid, httpLevels, moduleTable, type Syntax } from '../directive.ts'
import {
  buffers,
  duration,
  flag,
  integer,
  keyword,
  keywords,
  orOff,
  parameters,
  script,
  several,
  size,
  text,
  texts,
} from '../syntaxes.ts'

const { directive } = moduleTable('http_proxy')

/** A field sent to the upstream, or added: name and the script of its value. */
export interface NameValue {
  name: string
  value: string
}

const nameValue: Syntax<NameValue> = parameters({ positional: { name: text, value: script } })
const fixedArity = <T>(syntax: Syntax<T>, least: number, most = least): Syntax<T> => ({
  ...syntax,
  arity: [least, most],
})

/** One `proxy_redirect` line. */
export type Redirect = 'off' | 'default' | { from: string; to: string }
const redirect: Syntax<Redirect> = {
  schema: z.union([z.literal('off'), z.literal('default'), z.object({ from: z.string(), to: z.string() })]),
  arity: [1, 2],
  read: ([from = '', to]) => {
    if (to !== undefined) return { from, to }
    return from === 'off' || from === 'default' ? from : new Invalid(`invalid parameter "${from}"`)
  },
  write: (value) => (typeof value === 'string' ? [value] : [value.from, value.to]),
}

/** `proxy_cookie_domain` and `proxy_cookie_path`: off, or a replacement. */
const cookieRewrite: Syntax<'off' | { from: string; to: string }> = {
  schema: z.union([z.literal('off'), z.object({ from: z.string(), to: z.string() })]),
  arity: [1, 2],
  read: ([from = '', to]) => {
    if (to !== undefined) return { from, to }
    return from === 'off' ? from : new Invalid(`invalid parameter "${from}"`)
  },
  write: (value) => (typeof value === 'string' ? [value] : [value.from, value.to]),
}

const cookieFlags: Syntax<'off' | { cookie: string; flags: string[] }> = {
  schema: z.union([z.literal('off'), z.object({ cookie: z.string(), flags: z.array(z.string()) })]),
  arity: [1, Infinity],
  read: ([cookie = '', ...flags]) => (flags.length === 0 && cookie === 'off' ? 'off' : { cookie, flags }),
  write: (value) => (typeof value === 'string' ? [value] : [value.cookie, ...value.flags]),
}

/** When the next peer is tried. */
export const nextUpstreamConditions = [
  'error',
  'timeout',
  'invalid_header',
  'non_idempotent',
  'http_500',
  'http_502',
  'http_503',
  'http_504',
  'http_403',
  'http_404',
  'http_429',
  'updating',
  'off',
] as const

const sslProtocols = keywords('SSLv2', 'SSLv3', 'TLSv1', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3')

export const proxyDirectives = {
  proxyPass: directive('proxy_pass', {
    contexts: ['location', 'if', 'limit_except'],
    syntax: script,
    doc: 'Where requests of this location go: a URL or the name of an upstream, with or without a path.',
  }),
  proxySetHeader: directive('proxy_set_header', {
    contexts: httpLevels,
    syntax: fixedArity(nameValue, 2),
    repeat: 'list',
    doc: 'A field sent to the upstream; an empty value leaves it out. Written here, those of the level above no longer count.',
  }),
  proxySetBody: directive('proxy_set_body', {
    contexts: httpLevels,
    syntax: script,
    doc: 'The request body sent to the upstream.',
  }),
  proxyMethod: directive('proxy_method', {
    contexts: httpLevels,
    syntax: script,
    doc: 'The method sent to the upstream.',
  }),
  proxyHttpVersion: directive('proxy_http_version', {
    contexts: httpLevels,
    syntax: keyword('1.0', '1.1'),
    default: '1.0',
    doc: 'The protocol version spoken to the upstream; WebSocket and keepalive need 1.1.',
  }),
  proxyPassRequestHeaders: directive('proxy_pass_request_headers', {
    contexts: httpLevels,
    syntax: flag,
    default: true,
    doc: "Whether the client's fields are sent on.",
  }),
  proxyPassRequestBody: directive('proxy_pass_request_body', {
    contexts: httpLevels,
    syntax: flag,
    default: true,
    doc: "Whether the client's body is sent on.",
  }),
  proxyHideHeader: directive('proxy_hide_header', {
    contexts: httpLevels,
    syntax: text,
    repeat: 'list',
    doc: "A field of the upstream's answer that the client does not get.",
  }),
  proxyPassHeader: directive('proxy_pass_header', {
    contexts: httpLevels,
    syntax: text,
    repeat: 'list',
    doc: 'A field that is usually hidden and is passed all the same.',
  }),
  proxyIgnoreHeaders: directive('proxy_ignore_headers', {
    contexts: httpLevels,
    syntax: keywords(
      'X-Accel-Redirect',
      'X-Accel-Expires',
      'X-Accel-Limit-Rate',
      'X-Accel-Buffering',
      'X-Accel-Charset',
      'Expires',
      'Cache-Control',
      'Set-Cookie',
      'Vary',
    ),
    repeat: 'concat',
    doc: "Fields of the upstream's answer that steer nothing here.",
  }),
  proxyRedirect: directive('proxy_redirect', {
    contexts: httpLevels,
    syntax: redirect,
    repeat: 'list',
    doc: "How Location and Refresh of the upstream's answer are rewritten.",
  }),
  proxyCookieDomain: directive('proxy_cookie_domain', {
    contexts: httpLevels,
    syntax: cookieRewrite,
    repeat: 'list',
    doc: 'How the domain of Set-Cookie is rewritten.',
  }),
  proxyCookiePath: directive('proxy_cookie_path', {
    contexts: httpLevels,
    syntax: cookieRewrite,
    repeat: 'list',
    doc: 'How the path of Set-Cookie is rewritten.',
  }),
  proxyCookieFlags: directive('proxy_cookie_flags', {
    contexts: httpLevels,
    syntax: cookieFlags,
    repeat: 'list',
    doc: 'Flags set on or taken from cookies.',
  }),
  proxyConnectTimeout: directive('proxy_connect_timeout', {
    contexts: httpLevels,
    syntax: duration,
    default: 60_000,
    doc: 'How long connecting may take.',
  }),
  proxySendTimeout: directive('proxy_send_timeout', {
    contexts: httpLevels,
    syntax: duration,
    default: 60_000,
    doc: 'How long between two successful writes to the upstream.',
  }),
  proxyReadTimeout: directive('proxy_read_timeout', {
    contexts: httpLevels,
    syntax: duration,
    default: 60_000,
    doc: 'How long between two reads from the upstream; then 504.',
  }),
  proxyBind: directive('proxy_bind', {
    contexts: httpLevels,
    syntax: several(text, 1, 2),
    doc: 'The local address used towards the upstream.',
  }),
  proxySocketKeepalive: directive('proxy_socket_keepalive', {
    contexts: httpLevels,
    syntax: flag,
    default: false,
    doc: 'TCP keepalive towards the upstream.',
  }),
  proxyBuffering: directive('proxy_buffering', {
    contexts: httpLevels,
    syntax: flag,
    default: true,
    doc: 'Whether answers are taken from the upstream as fast as it sends them.',
  }),
  proxyBufferSize: directive('proxy_buffer_size', {
    contexts: httpLevels,
    syntax: size,
    default: 4096,
    doc: "The buffer the upstream's head must fit in.",
  }),
  proxyBuffers: directive('proxy_buffers', {
    contexts: httpLevels,
    syntax: buffers,
    default: { number: 8, size: 4096 },
    doc: 'Memory for one answer.',
  }),
  proxyBusyBuffersSize: directive('proxy_busy_buffers_size', {
    contexts: httpLevels,
    syntax: size,
    doc: 'How much may be on its way to the client.',
    applied: 'export',
  }),
  proxyMaxTempFileSize: directive('proxy_max_temp_file_size', {
    contexts: httpLevels,
    syntax: size,
    default: 1024 ** 3,
    doc: 'How much of an answer may go to a temporary file.',
  }),
  proxyTempFileWriteSize: directive('proxy_temp_file_write_size', {
    contexts: httpLevels,
    syntax: size,
    doc: 'How much is written to the file at once.',
    applied: 'export',
  }),
  proxyTempPath: directive('proxy_temp_path', {
    contexts: httpLevels,
    syntax: texts,
    doc: 'Where temporary files go.',
  }),
  proxyLimitRate: directive('proxy_limit_rate', {
    contexts: httpLevels,
    syntax: size,
    default: 0,
    doc: 'Bytes a second read from the upstream.',
  }),
  proxyRequestBuffering: directive('proxy_request_buffering', {
    contexts: httpLevels,
    syntax: flag,
    default: true,
    doc: 'Whether the whole request body is read before the upstream is asked.',
  }),
  proxyForceRanges: directive('proxy_force_ranges', {
    contexts: httpLevels,
    syntax: flag,
    default: false,
    doc: 'Ranges whatever the upstream says.',
  }),
  proxyIgnoreClientAbort: directive('proxy_ignore_client_abort', {
    contexts: httpLevels,
    syntax: flag,
    default: false,
    doc: 'Whether the upstream is read on when the client has gone.',
  }),
  proxyInterceptErrors: directive('proxy_intercept_errors', {
    contexts: httpLevels,
    syntax: flag,
    default: false,
    doc: "Whether error_page applies to the upstream's errors.",
  }),
  proxyNextUpstream: directive('proxy_next_upstream', {
    contexts: httpLevels,
    syntax: keywords(...nextUpstreamConditions),
    default: ['error', 'timeout'],
    repeat: 'concat',
    doc: 'When the next peer is tried.',
  }),
  proxyNextUpstreamTimeout: directive('proxy_next_upstream_timeout', {
    contexts: httpLevels,
    syntax: duration,
    default: 0,
    doc: 'How long peers may be tried; 0 is no limit.',
  }),
  proxyNextUpstreamTries: directive('proxy_next_upstream_tries', {
    contexts: httpLevels,
    syntax: integer(0),
    default: 0,
    doc: 'How many peers may be tried; 0 is no limit.',
  }),
  proxyStore: directive('proxy_store', {
    contexts: httpLevels,
    syntax: script,
    doc: 'Stores answers as files.',
    applied: 'kept',
  }),
  proxyStoreAccess: directive('proxy_store_access', {
    contexts: httpLevels,
    syntax: several(text, 1, 3),
    doc: 'Permissions of stored files.',
    applied: 'kept',
  }),
  proxyHeadersHashMaxSize: directive('proxy_headers_hash_max_size', {
    contexts: httpLevels,
    syntax: integer(),
    doc: 'Size of a table.',
    applied: 'export',
  }),
  proxyHeadersHashBucketSize: directive('proxy_headers_hash_bucket_size', {
    contexts: httpLevels,
    syntax: integer(),
    doc: 'Size of a table.',
    applied: 'export',
  }),
  proxySslServerName: directive('proxy_ssl_server_name', {
    contexts: httpLevels,
    syntax: flag,
    default: false,
    doc: 'Whether the name is sent in the TLS handshake (SNI).',
  }),
  proxySslName: directive('proxy_ssl_name', {
    contexts: httpLevels,
    syntax: script,
    doc: 'The name that is verified and sent by SNI.',
  }),
  proxySslVerify: directive('proxy_ssl_verify', {
    contexts: httpLevels,
    syntax: flag,
    default: false,
    doc: "Whether the upstream's certificate is verified.",
  }),
  proxySslVerifyDepth: directive('proxy_ssl_verify_depth', {
    contexts: httpLevels,
    syntax: integer(0),
    default: 1,
    doc: 'How long the chain may be.',
  }),
  proxySslTrustedCertificate: directive('proxy_ssl_trusted_certificate', {
    contexts: httpLevels,
    syntax: text,
    doc: 'Authorities that are believed.',
  }),
  proxySslCrl: directive('proxy_ssl_crl', {
    contexts: httpLevels,
    syntax: text,
    doc: 'Revoked certificates.',
  }),
  proxySslCertificate: directive('proxy_ssl_certificate', {
    contexts: httpLevels,
    syntax: script,
    doc: 'The certificate shown to the upstream.',
  }),
  proxySslCertificateKey: directive('proxy_ssl_certificate_key', {
    contexts: httpLevels,
    syntax: script,
    doc: 'Its key.',
  }),
  proxySslPasswordFile: directive('proxy_ssl_password_file', {
    contexts: httpLevels,
    syntax: text,
    doc: 'Passphrases of the key.',
  }),
  proxySslCiphers: directive('proxy_ssl_ciphers', {
    contexts: httpLevels,
    syntax: text,
    default: 'DEFAULT',
    doc: 'Ciphers towards the upstream.',
  }),
  proxySslProtocols: directive('proxy_ssl_protocols', {
    contexts: httpLevels,
    syntax: sslProtocols,
    default: ['TLSv1', 'TLSv1.1', 'TLSv1.2'],
    repeat: 'concat',
    doc: 'TLS versions towards the upstream.',
  }),
  proxySslSessionReuse: directive('proxy_ssl_session_reuse', {
    contexts: httpLevels,
    syntax: flag,
    default: true,
    doc: 'Whether TLS sessions are reused.',
  }),
  proxySslConfCommand: directive('proxy_ssl_conf_command', {
    contexts: httpLevels,
    syntax: several(text, 2, 2),
    repeat: 'list',
    doc: 'OpenSSL settings.',
    applied: 'kept',
  }),
}

const cache = moduleTable('http_proxy')

/** `proxy_cache_path path levels= keys_zone=name:size ...`. */
export interface CachePath {
  path: string
  levels?: string | undefined
  useTempPath?: boolean | undefined
  keysZone: { name: string; size: number }
  inactive?: number | undefined
  maxSize?: number | undefined
  minFree?: number | undefined
  managerFiles?: number | undefined
  managerSleep?: number | undefined
  managerThreshold?: number | undefined
  loaderFiles?: number | undefined
  loaderSleep?: number | undefined
  loaderThreshold?: number | undefined
}

/** `name:size`, as in keys_zone= and zone=. */
export const zoneSize: Syntax<{ name: string; size: number }> = {
  schema: z.object({ name: z.string().min(1), size: z.number().int().min(1) }),
  arity: [1, 1],
  read: ([value = ''], name) => {
    const colon = value.lastIndexOf(':')
    const bytes = colon > 0 ? size.read([value.slice(colon + 1)], name) : new Invalid('')
    if (bytes instanceof Invalid) return new Invalid(`invalid zone size "${value}"`)
    return { name: value.slice(0, colon), size: bytes }
  },
  write: (value) => [`${value.name}:${size.write(value.size)[0] ?? ''}`],
}

/** Eight pages of memory: nginx takes no smaller zone. */
export const smallestZone = 32_768
export const zoneFix = 'give it at least 32k'

const cachePathParameters = parameters({
  positional: { path: text },
  named: {
    levels: text,
    use_temp_path: flag,
    keys_zone: zoneSize,
    inactive: duration,
    max_size: size,
    min_free: size,
    manager_files: integer(),
    manager_sleep: duration,
    manager_threshold: duration,
    loader_files: integer(),
    loader_sleep: duration,
    loader_threshold: duration,
  },
  wrong: (name, value) => {
    if (name === 'keys_zone') return `invalid keys zone size "${name}=${value}"`
    const ending = name === 'use_temp_path' ? ', it must be "on" or "off"' : ''
    return `invalid ${name} value "${name}=${value}"${ending}`
  },
})

const cachePath: Syntax<CachePath> = {
  schema: z.object({
    ...(cachePathParameters.schema as unknown as z.ZodObject).shape,
    keysZone: zoneSize.schema,
  }) as unknown as z.ZodType<CachePath>,
  arity: [2, Infinity],
  read: (args, name) => {
    const levels = args.find((arg) => arg.startsWith('levels=') && !/^levels=[12](:[12]){0,2}$/.test(arg))
    if (levels !== undefined) return new Invalid(`invalid "levels" "${levels}"`)
    const value = cachePathParameters.read(args, name)
    if (value instanceof Invalid) return value
    const keysZone = value.keysZone
    if (!keysZone) return new Invalid(`"${name}" must have "keys_zone" parameter`)
    // Two pages of memory (ngx_http_file_cache_set_slot).
    if (keysZone.size < 8192)
      return new Invalid(
        `keys zone "keys_zone=${zoneSize.write(keysZone)[0] ?? ''}" is too small`,
        'give it at least 8k',
      )
    return { ...value, keysZone }
  },
  write: (value) => cachePathParameters.write(value),
}

/** `proxy_cache_valid [code ...] time`; no codes means 200, 301 and 302. */
const cacheValid: Syntax<{ codes?: (number | 'any')[] | undefined; time: number }> = {
  schema: z.object({
    codes: z.array(z.union([z.number().int(), z.literal('any')])).optional(),
    time: z.number().int().min(0),
  }),
  arity: [1, Infinity],
  read: (args, name) => {
    const last = args.at(-1) ?? ''
    const time = duration.read([last], name)
    if (time instanceof Invalid) return new Invalid(`invalid time value "${last}"`)
    if (args.length === 1) return { time }
    const codes: (number | 'any')[] = []
    for (const word of args.slice(0, -1)) {
      const code = word === 'any' ? word : /^\d{3}$/.test(word) ? Number(word) : undefined
      if (code === undefined || (code !== 'any' && (code < 100 || code > 599)))
        return new Invalid(`invalid status "${word}"`)
      codes.push(code)
    }
    return { codes, time }
  },
  write: (value) => [...(value.codes ?? []).map(String), ...duration.write(value.time)],
}

export const proxyCacheDirectives = {
  proxyCachePath: cache.directive('proxy_cache_path', {
    contexts: ['http'],
    syntax: cachePath,
    repeat: 'list',
    doc: 'A cache: its folder, its zone of keys, its bounds.',
  }),
  proxyCache: cache.directive('proxy_cache', {
    contexts: httpLevels,
    syntax: orOff(script),
    default: 'off',
    doc: 'The zone answers of this location are stored in.',
  }),
  proxyCacheKey: cache.directive('proxy_cache_key', {
    contexts: httpLevels,
    syntax: script,
    default: '$scheme$proxy_host$request_uri',
    doc: 'What makes two requests the same.',
  }),
  proxyCacheValid: cache.directive('proxy_cache_valid', {
    contexts: httpLevels,
    syntax: cacheValid,
    repeat: 'list',
    doc: 'How long answers with these codes stay fresh when the origin does not say.',
  }),
  proxyCacheMethods: cache.directive('proxy_cache_methods', {
    contexts: httpLevels,
    syntax: keywords('GET', 'HEAD', 'POST'),
    default: ['GET', 'HEAD'],
    repeat: 'concat',
    doc: 'Methods whose answers are stored.',
  }),
  proxyCacheMinUses: cache.directive('proxy_cache_min_uses', {
    contexts: httpLevels,
    syntax: integer(),
    default: 1,
    doc: 'Requests before an answer is stored.',
  }),
  proxyCacheBypass: cache.directive('proxy_cache_bypass', {
    contexts: httpLevels,
    syntax: several(script),
    repeat: 'concat',
    doc: 'Answered past the cache where one of these is neither empty nor 0.',
  }),
  proxyNoCache: cache.directive('proxy_no_cache', {
    contexts: httpLevels,
    syntax: several(script),
    repeat: 'concat',
    doc: 'Not stored where one of these is neither empty nor 0.',
  }),
  proxyCacheUseStale: cache.directive('proxy_cache_use_stale', {
    contexts: httpLevels,
    syntax: keywords(
      'error',
      'timeout',
      'invalid_header',
      'updating',
      'http_500',
      'http_502',
      'http_503',
      'http_504',
      'http_403',
      'http_404',
      'http_429',
      'off',
    ),
    default: ['off'],
    repeat: 'concat',
    doc: 'When a stale answer is served.',
  }),
  proxyCacheBackgroundUpdate: cache.directive('proxy_cache_background_update', {
    contexts: httpLevels,
    syntax: flag,
    default: false,
    doc: 'Whether a stale answer is refreshed in the background.',
  }),
  proxyCacheLock: cache.directive('proxy_cache_lock', {
    contexts: httpLevels,
    syntax: flag,
    default: false,
    doc: 'Whether only one request fills a missing entry.',
  }),
  proxyCacheLockTimeout: cache.directive('proxy_cache_lock_timeout', {
    contexts: httpLevels,
    syntax: duration,
    default: 5000,
    doc: 'How long others wait for it.',
  }),
  proxyCacheLockAge: cache.directive('proxy_cache_lock_age', {
    contexts: httpLevels,
    syntax: duration,
    default: 5000,
    doc: 'After how long another may try.',
  }),
  proxyCacheRevalidate: cache.directive('proxy_cache_revalidate', {
    contexts: httpLevels,
    syntax: flag,
    default: false,
    doc: 'Whether expired answers are validated by conditional requests.',
  }),
  proxyCacheConvertHead: cache.directive('proxy_cache_convert_head', {
    contexts: httpLevels,
    syntax: flag,
    default: true,
    doc: 'Whether HEAD is asked as GET for the cache.',
  }),
  proxyCacheMaxRangeOffset: cache.directive('proxy_cache_max_range_offset', {
    contexts: httpLevels,
    syntax: size,
    doc: 'Up to which offset ranges go through the cache.',
  }),
}

export { fixedArity, nameValue }
