/** The smaller modules, a table each; every table names its documentation page. */
import * as z from 'zod'
import { parseNetwork } from '../../base/ip-address.ts'
import { Invalid, httpLevels, httpLevelsAndIf, moduleTable, type Syntax } from '../directive.ts'
import {
  buffers,
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
import { smallestZone, zoneFix, zoneSize } from './proxy.ts'

const rewrite = moduleTable('http_rewrite')
/** https://nginx.org/en/docs/http/ngx_http_rewrite_module.html ; the ordered steps are the block's `rewrites`. */
export const rewriteDirectives = {
  rewriteLog: rewrite.directive('rewrite_log', {
    contexts: ['http', 'server', 'location', 'if', 'server-if'],
    syntax: flag,
    default: false,
    doc: 'Whether rewriting is logged.',
  }),
  uninitializedVariableWarn: rewrite.directive('uninitialized_variable_warn', {
    contexts: ['http', 'server', 'location', 'if', 'server-if'],
    syntax: flag,
    default: true,
    doc: 'Whether unset variables are logged.',
  }),
}

/** One `allow` or `deny` line, in the order written. */
export interface AccessRule {
  directive: 'allow' | 'deny'
  /** An address, a CIDR block, `unix:` or `all`. */
  from: string
}

const accessRule: Syntax<AccessRule> = {
  schema: z.object({ directive: z.enum(['allow', 'deny']), from: z.string() }),
  arity: [2, 2],
  read: ([name = '', from = '']) => {
    const known = from === 'all' || from === 'unix:' || parseNetwork(from) !== undefined
    return known
      ? { directive: name as AccessRule['directive'], from }
      : new Invalid(`invalid parameter "${from}"`)
  },
  write: (value) => [value.directive, value.from],
}

/** https://nginx.org/en/docs/http/ngx_http_access_module.html */
export const accessDirectives = {
  access: moduleTable('http_access').directive('allow', {
    contexts: [...httpLevels, 'limit_except'],
    names: ['allow', 'deny'],
    syntax: accessRule,
    repeat: 'list',
    doc: 'Which addresses may come in; the first rule that fits decides.',
  }),
}

const basic = moduleTable('http_auth_basic')
/** https://nginx.org/en/docs/http/ngx_http_auth_basic_module.html */
export const authBasicDirectives = {
  authBasic: basic.directive('auth_basic', {
    contexts: [...httpLevels, 'limit_except'],
    syntax: orOff(script),
    default: 'off',
    doc: 'Asks for a name and a password; the text is the realm.',
  }),
  authBasicUserFile: basic.directive('auth_basic_user_file', {
    contexts: [...httpLevels, 'limit_except'],
    syntax: script,
    doc: 'The file of names and passwords.',
  }),
}

const authRequest = moduleTable('http_auth_request')
/** https://nginx.org/en/docs/http/ngx_http_auth_request_module.html */
export const authRequestDirectives = {
  authRequest: authRequest.directive('auth_request', {
    contexts: httpLevels,
    syntax: orOff(text),
    default: 'off',
    doc: 'A subrequest that decides whether the request is allowed.',
  }),
  authRequestSet: authRequest.directive('auth_request_set', {
    contexts: httpLevels,
    syntax: { ...parameters({ positional: { variable: text, value: script } }), arity: [2, 2] },
    repeat: 'list',
    doc: 'A variable set from the answer of that subrequest.',
  }),
}

function tooSmall(zone: { name: string; size: number }): Invalid {
  return new Invalid(`zone "zone=${zoneSize.write(zone)[0] ?? ''}" is too small`, zoneFix)
}

const wrongZone = (name: string, value: string): string => `invalid ${name} size "${name}=${value}"`

const limitReqZoneParameters = parameters({
  positional: { key: script },
  named: { zone: zoneSize, rate: text },
  wrong: wrongZone,
})
/** One `limit_req_zone` line; `rate` is requests per second times 1000, as nginx counts. */
export interface LimitReqZone {
  key: string
  zone: { name: string; size: number }
  rate: { requests: number; per: 's' | 'm' }
}
const limitReqZone: Syntax<LimitReqZone> = {
  schema: z.object({
    key: z.string(),
    zone: zoneSize.schema,
    rate: z.object({ requests: z.number().int().min(1), per: z.enum(['s', 'm']) }),
  }),
  arity: [3, 3],
  read: (args, name) => {
    const read = limitReqZoneParameters.read(args, name)
    if (read instanceof Invalid) return read
    if (!read.zone) return new Invalid(`"${name}" must have "zone" parameter`)
    if (read.zone.size < smallestZone) return tooSmall(read.zone)
    const rate = /^(\d+)r\/([sm])$/.exec(read.rate ?? '')
    if (!rate || rate[1] === '0') return new Invalid(`invalid rate "rate=${read.rate ?? ''}"`)
    return {
      key: read.key,
      zone: read.zone,
      rate: { requests: Number(rate[1]), per: rate[2] === 'm' ? 'm' : 's' },
    }
  },
  write: (value) => [
    value.key,
    `zone=${zoneSize.write(value.zone)[0] ?? ''}`,
    `rate=${value.rate.requests}r/${value.rate.per}`,
  ],
}

const limitReqParameters = parameters({
  positional: {},
  named: { zone: text, burst: integer(1), delay: integer(1) },
  flags: ['nodelay'],
  wrong: (name, value) => `invalid ${name} value "${name}=${value}"`,
})
/** One `limit_req` line. */
export interface LimitReq {
  zone: string
  burst?: number | undefined
  delay?: number | undefined
  nodelay?: true | undefined
}
const limitReq: Syntax<LimitReq> = {
  schema: z.object({
    zone: z.string(),
    burst: z.number().int().optional(),
    delay: z.number().int().optional(),
    nodelay: z.literal(true).optional(),
  }),
  arity: [1, 3],
  read: (args, name) => {
    const read = limitReqParameters.read(args, name)
    if (read instanceof Invalid) return read
    return read.zone === undefined
      ? new Invalid(`"${name}" must have "zone" parameter`)
      : { ...read, zone: read.zone }
  },
  write: (value) => limitReqParameters.write(value),
}

const limitLevels = keyword('info', 'notice', 'warn', 'error')
const limitReqTable = moduleTable('http_limit_req')
/** https://nginx.org/en/docs/http/ngx_http_limit_req_module.html */
export const limitReqDirectives = {
  limitReqZone: limitReqTable.directive('limit_req_zone', {
    contexts: ['http'],
    syntax: limitReqZone,
    repeat: 'list',
    doc: 'A zone of request rates: its key, its memory, its rate.',
  }),
  limitReq: limitReqTable.directive('limit_req', {
    contexts: httpLevels,
    syntax: limitReq,
    repeat: 'list',
    doc: 'Limits the rate of requests of one key.',
  }),
  limitReqStatus: limitReqTable.directive('limit_req_status', {
    contexts: httpLevels,
    syntax: integer(400, 599),
    default: 503,
    doc: 'The answer to a rejected request.',
  }),
  limitReqLogLevel: limitReqTable.directive('limit_req_log_level', {
    contexts: httpLevels,
    syntax: limitLevels,
    default: 'error',
    doc: 'How loud rejections are in the log; delays are one step milder.',
  }),
  limitReqDryRun: limitReqTable.directive('limit_req_dry_run', {
    contexts: httpLevels,
    syntax: flag,
    default: false,
    doc: 'Counts without limiting.',
  }),
}

const limitConnTable = moduleTable('http_limit_conn')
const limitConnZoneParameters = parameters({
  positional: { key: script },
  named: { zone: zoneSize },
  wrong: wrongZone,
})
const limitConnZone: Syntax<{ key: string; zone: { name: string; size: number } }> = {
  schema: z.object({ key: z.string(), zone: zoneSize.schema }),
  arity: [2, 2],
  read: (args, name) => {
    const read = limitConnZoneParameters.read(args, name)
    if (read instanceof Invalid) return read
    if (!read.zone) return new Invalid(`"${name}" must have "zone" parameter`)
    return read.zone.size < smallestZone ? tooSmall(read.zone) : { key: read.key, zone: read.zone }
  },
  write: (value) => limitConnZoneParameters.write(value),
}
const limitConn: Syntax<{ zone: string; connections: number }> = {
  schema: z.object({ zone: z.string(), connections: z.number().int().min(1).max(65_535) }),
  arity: [2, 2],
  read: ([zone = '', number = '']) => {
    if (!/^\d+$/.test(number) || number === '0')
      return new Invalid(`invalid number of connections "${number}"`)
    if (Number(number) > 65_535) return new Invalid('connection limit must be less 65536')
    return { zone, connections: Number(number) }
  },
  write: (value) => [value.zone, String(value.connections)],
}
/** https://nginx.org/en/docs/http/ngx_http_limit_conn_module.html */
export const limitConnDirectives = {
  limitConnZone: limitConnTable.directive('limit_conn_zone', {
    contexts: ['http'],
    syntax: limitConnZone,
    repeat: 'list',
    doc: 'A zone of connection counts.',
  }),
  limitConn: limitConnTable.directive('limit_conn', {
    contexts: httpLevels,
    syntax: limitConn,
    repeat: 'list',
    doc: 'Limits the requests in flight of one key.',
  }),
  limitConnStatus: limitConnTable.directive('limit_conn_status', {
    contexts: httpLevels,
    syntax: integer(400, 599),
    default: 503,
    doc: 'The answer to a rejected request.',
  }),
  limitConnLogLevel: limitConnTable.directive('limit_conn_log_level', {
    contexts: httpLevels,
    syntax: limitLevels,
    default: 'error',
    doc: 'How loud rejections are in the log.',
  }),
  limitConnDryRun: limitConnTable.directive('limit_conn_dry_run', {
    contexts: httpLevels,
    syntax: flag,
    default: false,
    doc: 'Counts without limiting.',
  }),
}

const mirror = moduleTable('http_mirror')
/** https://nginx.org/en/docs/http/ngx_http_mirror_module.html */
export const mirrorDirectives = {
  mirror: mirror.directive('mirror', {
    contexts: httpLevels,
    syntax: orOff(text),
    repeat: 'list',
    doc: 'A location that gets a copy of each request.',
  }),
  mirrorRequestBody: mirror.directive('mirror_request_body', {
    contexts: httpLevels,
    syntax: flag,
    default: true,
    doc: 'Whether the copy has the body.',
  }),
}

const addHeader: Syntax<{ name: string; value: string; always?: true | undefined }> = {
  schema: z.object({ name: z.string(), value: z.string(), always: z.literal(true).optional() }),
  arity: [2, 3],
  read: ([name = '', value = '', word]) =>
    word === undefined
      ? { name, value }
      : word === 'always'
        ? { name, value, always: true as const }
        : new Invalid(`invalid parameter "${word}"`),
  write: (value) => [value.name, value.value, ...(value.always ? ['always'] : [])],
}
const headers = moduleTable('http_headers')
/** https://nginx.org/en/docs/http/ngx_http_headers_module.html */
export const headersDirectives = {
  addHeader: headers.directive('add_header', {
    contexts: httpLevelsAndIf,
    syntax: addHeader,
    repeat: 'list',
    doc: 'A field added to answers; with always also to error answers. Written here, those of the level above no longer count.',
  }),
  addTrailer: headers.directive('add_trailer', {
    contexts: httpLevelsAndIf,
    syntax: addHeader,
    repeat: 'list',
    doc: 'A field added after the body.',
  }),
  expires: headers.directive('expires', {
    contexts: httpLevelsAndIf,
    syntax: several(script, 1, 2),
    doc: 'Sets Expires and Cache-Control.',
  }),
}

const gzip = moduleTable('http_gzip')
/** https://nginx.org/en/docs/http/ngx_http_gzip_module.html */
export const gzipDirectives = {
  gzip: gzip.directive('gzip', {
    contexts: httpLevelsAndIf,
    syntax: flag,
    default: false,
    doc: 'Whether answers are compressed.',
  }),
  gzipTypes: gzip.directive('gzip_types', {
    contexts: httpLevels,
    syntax: texts,
    default: ['text/html'],
    repeat: 'concat',
    doc: 'Media types that are compressed.',
  }),
  gzipCompLevel: gzip.directive('gzip_comp_level', {
    contexts: httpLevels,
    syntax: integer(1, 9),
    default: 1,
    doc: 'How hard to compress.',
  }),
  gzipMinLength: gzip.directive('gzip_min_length', {
    contexts: httpLevels,
    syntax: size,
    default: 20,
    doc: 'The shortest answer that is compressed.',
  }),
  gzipProxied: gzip.directive('gzip_proxied', {
    contexts: httpLevels,
    syntax: keywords(
      'off',
      'expired',
      'no-cache',
      'no-store',
      'private',
      'no_last_modified',
      'no_etag',
      'auth',
      'any',
    ),
    default: ['off'],
    repeat: 'concat',
    doc: 'Which answers to proxies are compressed.',
  }),
  gzipHttpVersion: gzip.directive('gzip_http_version', {
    contexts: httpLevels,
    syntax: keyword('1.0', '1.1'),
    default: '1.1',
    doc: 'The lowest version that gets compressed answers.',
  }),
  gzipVary: gzip.directive('gzip_vary', {
    contexts: httpLevels,
    syntax: flag,
    default: false,
    doc: 'Whether Vary: Accept-Encoding is sent.',
  }),
  gzipDisable: gzip.directive('gzip_disable', {
    contexts: httpLevels,
    syntax: texts,
    repeat: 'concat',
    doc: 'Browsers that get no compressed answers.',
  }),
  gzipBuffers: gzip.directive('gzip_buffers', {
    contexts: httpLevels,
    syntax: buffers,
    doc: 'Memory for compressing.',
    applied: 'export',
  }),
  gzipStatic: moduleTable('http_gzip_static').directive('gzip_static', {
    contexts: httpLevels,
    syntax: keyword('on', 'off', 'always'),
    default: 'off',
    doc: 'Sends FILE.gz where it is there.',
  }),
  gunzip: moduleTable('http_gunzip').directive('gunzip', {
    contexts: httpLevels,
    syntax: flag,
    default: false,
    doc: 'Decompresses for clients that cannot.',
  }),
}

const subFilter: Syntax<{ match: string; replacement: string }> = parameters({
  positional: { match: script, replacement: script },
})
const sub = moduleTable('http_sub')
/** https://nginx.org/en/docs/http/ngx_http_sub_module.html */
export const subDirectives = {
  subFilter: sub.directive('sub_filter', {
    contexts: httpLevels,
    syntax: { ...subFilter, arity: [2, 2] },
    repeat: 'list',
    doc: 'Replaces a text in answers.',
  }),
  subFilterTypes: sub.directive('sub_filter_types', {
    contexts: httpLevels,
    syntax: texts,
    default: ['text/html'],
    repeat: 'concat',
    doc: 'Media types texts are replaced in.',
  }),
  subFilterOnce: sub.directive('sub_filter_once', {
    contexts: httpLevels,
    syntax: flag,
    default: true,
    doc: 'Whether only the first is replaced.',
  }),
  subFilterLastModified: sub.directive('sub_filter_last_modified', {
    contexts: httpLevels,
    syntax: flag,
    default: false,
    doc: 'Whether Last-Modified stays.',
  }),
}

const realIp = moduleTable('http_realip')
/** https://nginx.org/en/docs/http/ngx_http_realip_module.html */
export const realIpDirectives = {
  setRealIpFrom: realIp.directive('set_real_ip_from', {
    contexts: httpLevels,
    syntax: text,
    repeat: 'list',
    doc: 'A proxy whose word on the client address is believed.',
  }),
  realIpHeader: realIp.directive('real_ip_header', {
    contexts: httpLevels,
    syntax: text,
    default: 'X-Real-IP',
    doc: 'The field that names the client address.',
  }),
  realIpRecursive: realIp.directive('real_ip_recursive', {
    contexts: httpLevels,
    syntax: flag,
    default: false,
    doc: 'Whether believed proxies are skipped in the list.',
  }),
}

const map = moduleTable('http_map')
/** Sizes that belong to the exported file. */
export const mapDirectives = {
  mapHashMaxSize: map.directive('map_hash_max_size', {
    contexts: ['http'],
    syntax: integer(),
    doc: 'Size of a table.',
    applied: 'export',
  }),
  mapHashBucketSize: map.directive('map_hash_bucket_size', {
    contexts: ['http'],
    syntax: integer(),
    doc: 'Size of a table.',
    applied: 'export',
  }),
  charset: moduleTable('http_charset').directive('charset', {
    contexts: httpLevelsAndIf,
    syntax: orOff(script),
    default: 'off',
    doc: 'The charset named in Content-Type.',
  }),
  charsetTypes: moduleTable('http_charset').directive('charset_types', {
    contexts: httpLevels,
    syntax: texts,
    repeat: 'concat',
    doc: 'Media types that get a charset.',
  }),
  sourceCharset: moduleTable('http_charset').directive('source_charset', {
    contexts: httpLevelsAndIf,
    syntax: script,
    doc: 'The charset files are in.',
  }),
  overrideCharset: moduleTable('http_charset').directive('override_charset', {
    contexts: httpLevelsAndIf,
    syntax: flag,
    doc: 'Whether answers of upstreams are recoded.',
  }),
  userid: moduleTable('http_userid').directive('userid', {
    contexts: httpLevels,
    syntax: keyword('on', 'v1', 'log', 'off'),
    doc: 'Cookies that tell clients apart.',
    applied: 'kept',
  }),
}
