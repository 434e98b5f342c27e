/**
 * nginx's own variables: https://nginx.org/en/docs/http/ngx_http_core_module.html#variables
 * Values are bytes, one a character.
 */
import { randomBytes } from 'node:crypto'
import { realpathSync } from 'node:fs'
import { hostname } from 'node:os'
import { fieldValue, joinedValues } from '../wire/fields.ts'
import { addressBytes } from './address-bytes.ts'
import { logError } from './error-log.ts'
import { basicUser } from './basic-user.ts'
import type { Exchange } from './exchange.ts'
import { diskPath, filePath } from './file-path.ts'
import { argNamed, cookieNamed, fieldNamed, seconds } from './lookup.ts'
import { isoTime, localTime } from './log-time.ts'
import { systemError } from './system-error.ts'
import { nginxVersion } from './version.ts'
import { ssiDate } from './ssi-date.ts'
import { sslVariables } from './variables-ssl.ts'
import { upstreamPrefixes, upstreamVariables } from './variables-upstream.ts'
import type { BuiltIn, Getter } from './variable-table.ts'
import { sliceRange } from './slice-range.ts'

const machine = hostname()

function requestField(name: string): Getter {
  return (x) => {
    const { fields } = x.head
    const i = fields.names.indexOf(name)
    return i < 0 ? undefined : fieldValue(fields, i)
  }
}

function sentField(x: Exchange, name: string): string | undefined {
  const { answer } = x
  if (!answer) return undefined
  switch (name) {
    case 'content_type':
      return answer.contentType
    case 'content_length':
      return answer.contentLength >= 0 ? String(answer.contentLength) : undefined
    case 'last_modified':
      return answer.lastModified ?? answer.get('last-modified')
    case 'location':
      return answer.location ?? answer.get('location')
    case 'connection':
      return answer.status === 101 ? 'upgrade' : x.keepalive ? 'keep-alive' : 'close'
    case 'keep_alive': {
      const { headerTimeout } = x.settings.keepalive
      return x.keepalive && headerTimeout !== undefined ? `timeout=${headerTimeout / 1000}` : undefined
    }
    case 'transfer_encoding':
      return x.client.protocol === 'http/1' && answer.contentLength < 0 && x.head.version === 11
        ? 'chunked'
        : undefined
    case 'etag':
      return answer.etag
    case 'cache_control':
    case 'link': {
      const values = answer.all(name.replaceAll('_', '-'))
      return values.length > 0 ? values.join(', ') : undefined
    }
    default:
      return answer.get(name.replaceAll('_', '-')) ?? answer.get(name)
  }
}

function remoteAddress(x: Exchange): string {
  return x.realAddress ?? x.address.remoteAddress
}

function status(x: Exchange): string {
  const code = x.errStatus || x.answer?.status || x.status
  return String((x.head.version === 9 || x.headless) && !x.errStatus ? 9 : code).padStart(3, '0')
}

/** All that was sent but the answer's head: chunks and interim answers count as nginx counts them. */
function bodyBytesSent(x: Exchange): number {
  return x.headSize > 0 ? Math.max(0, x.bytesSent - x.headSize) : x.bodyBytesSent
}

function documentRoot(x: Exchange): string {
  return x.settings.root(x)
}

function realRoot(x: Exchange): string | undefined {
  const root = documentRoot(x)
  try {
    return realpathSync(diskPath(root), { encoding: 'latin1' })
  } catch (error) {
    logError(x, 'crit', `realpath() "${root}" failed (${systemError(error as NodeJS.ErrnoException)})`)
    return undefined
  }
}

const requestIds = new WeakMap<Exchange, string>()

/** nginx's variables; the key is the name. */
export const builtInVariables = {
  http_x_forwarded_for: { get: (x) => joinedValues(x.head.fields, 'x-forwarded-for', ', ') },
  http_cookie: { get: (x) => joinedValues(x.head.fields, 'cookie', '; ') },
  http_host: { get: requestField('host') },
  http_user_agent: { get: requestField('user-agent') },
  http_upgrade: { get: requestField('upgrade') },
  content_length: {
    get: (x) => requestField('content-length')(x) ?? (x.hasLength ? String(x.body.length) : undefined),
  },
  content_type: { get: requestField('content-type') },
  host: { get: (x) => x.host || x.server.firstName },
  binary_remote_addr: { get: (x) => addressBytes(remoteAddress(x)) },
  remote_addr: { get: remoteAddress },
  remote_port: {
    get: (x) => {
      const port = x.realPort ?? x.address.remotePort
      return port > 0 ? String(port) : ''
    },
  },
  realip_remote_addr: { get: (x) => x.address.remoteAddress },
  realip_remote_port: { get: (x) => (x.address.remotePort > 0 ? String(x.address.remotePort) : '') },
  proxy_protocol_addr: { get: (x) => x.address.proxyProtocol?.address },
  proxy_protocol_port: { get: (x) => x.address.proxyProtocol && String(x.address.proxyProtocol.port) },
  proxy_protocol_server_addr: { get: (x) => x.address.proxyProtocol?.serverAddress },
  proxy_protocol_server_port: {
    get: (x) => x.address.proxyProtocol && String(x.address.proxyProtocol.serverPort),
  },
  server_addr: { get: (x) => x.address.localAddress },
  server_port: { get: (x) => (x.address.serverPort > 0 ? String(x.address.serverPort) : '') },
  server_protocol: { get: (x) => x.head.protocol || 'HTTP/0.9' },
  server_name: { get: (x) => x.server.firstName },
  scheme: { get: (x) => (x.address.ssl ? 'https' : 'http') },
  https: { get: (x) => (x.address.ssl ? 'on' : '') },
  http2: { get: (x) => (x.client.protocol !== 'h2' ? '' : x.address.ssl ? 'h2' : 'h2c') },
  request_uri: { get: (x) => x.unparsedUri },
  uri: { get: (x) => x.uri },
  document_uri: { get: (x) => x.uri },
  request: { get: (x) => x.head.requestLine },
  request_method: { get: (x) => (x.parent ?? x).method },
  document_root: { get: documentRoot },
  realpath_root: { get: realRoot },
  request_filename: { get: (x) => filePath(x)?.path },
  query_string: { get: (x) => x.args },
  args: {
    get: (x) => x.args,
    set: (x, value) => {
      x.args = value
      x.validUnparsedUri = false
    },
  },
  is_args: { get: (x) => (x.args === '' ? '' : '?') },
  remote_user: { get: (x) => basicUser(x)?.name },
  bytes_sent: { get: (x) => String(x.bytesSent) },
  body_bytes_sent: { get: (x) => String(bodyBytesSent(x)) },
  pipe: { get: (x) => (x.pipelined ? 'p' : '.') },
  request_completion: { get: (x) => (x.complete ? 'OK' : '') },
  request_body: { get: (x) => x.body.inMemory()?.toString('latin1') },
  request_body_file: { get: (x) => x.body.file },
  request_length: { get: (x) => String(x.head.bytes + x.body.received - x.body.unwanted) },
  request_time: { get: (x) => seconds((x.endedMono || x.cycle.clock.monotonic()) - x.startedMono) },
  request_id: {
    get: (x) => {
      const main = x.parent ?? x
      let id = requestIds.get(main)
      if (!id) requestIds.set(main, (id = randomBytes(16).toString('hex')))
      return id
    },
  },
  status: { get: status },
  limit_rate: {
    get: (x) => String(x.limitRate ?? 0),
    set: (x, value) => {
      const match = /^(\d+)([km]?)$/i.exec(value)
      if (match)
        x.limitRate = Number(match[1]) * ({ k: 1024, m: 1024 ** 2 }[(match[2] ?? '').toLowerCase()] ?? 1)
    },
  },
  connection: { get: (x) => String(x.address.serial) },
  connection_requests: { get: (x) => String(x.address.requests) },
  connection_time: { get: (x) => seconds(x.cycle.clock.monotonic() - x.address.startedMono) },
  nginx_version: { get: () => nginxVersion },
  hostname: { get: () => machine },
  pid: { get: () => String(process.pid) },
  msec: { get: (x) => seconds(x.cycle.clock.now()) },
  time_iso8601: { get: (x) => isoTime(x.cycle.clock.now()) },
  time_local: { get: (x) => localTime(x.cycle.clock.now()) },
  date_local: { get: (x) => ssiDate(x, false) },
  date_gmt: { get: (x) => ssiDate(x, true) },
  slice_range: { get: sliceRange },
  limit_req_status: { get: (x) => x.limitReqStatus },
  limit_conn_status: { get: (x) => x.limitConnStatus },
  gzip_ratio: { get: (x) => x.module?.get('gzip-ratio') as string | undefined },
  connections_active: { get: (x) => String(x.cycle.counters.active) },
  connections_reading: { get: (x) => String(x.cycle.counters.survey().reading) },
  connections_writing: { get: (x) => String(x.cycle.counters.survey().writing) },
  connections_waiting: { get: (x) => String(x.cycle.counters.survey().waiting) },
  proxy_add_x_forwarded_for: {
    get: (x) => {
      const given = joinedValues(x.head.fields, 'x-forwarded-for', ', ')
      return given === undefined ? remoteAddress(x) : `${given}, ${remoteAddress(x)}`
    },
  },
  proxy_internal_body_length: { get: (x) => (x.sentLength >= 0 ? String(x.sentLength) : undefined) },
  proxy_internal_chunked: { get: (x) => (x.sentChunked ? 'chunked' : undefined) },
  ...upstreamVariables,
  ...sslVariables,
} as const satisfies Record<string, BuiltIn>

/** Names that hold a name: `$http_x_token`, `$arg_page`. The function makes the getter of the rest. */
export const prefixVariables: readonly (readonly [prefix: string, make: (rest: string) => Getter])[] = [
  ['http_', (rest) => (x) => fieldNamed(x.head.fields, rest)],
  ['sent_http_', (rest) => (x) => sentField(x, rest)],
  [
    'sent_trailer_',
    (rest) => (x) =>
      x.answer?.sentTrailers.find(([name]) => name.toLowerCase().replaceAll('-', '_') === rest)?.[1],
  ],
  [
    'cookie_',
    (rest) => (x) => {
      const header = joinedValues(x.head.fields, 'cookie', '; ')
      return header === undefined ? undefined : cookieNamed(header, rest)
    },
  ],
  ['arg_', (rest) => (x) => argNamed(x.args, rest)],
  ...upstreamPrefixes,
]
