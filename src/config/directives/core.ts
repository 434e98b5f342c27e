/** ngx_core_module, ngx_events_module and ngx_http_core_module: https://nginx.org/en/docs/http/ngx_http_core_module.html */
import * as z from 'zod'
import { Invalid, httpLevels, httpLevelsAndIf, moduleTable, type Syntax } from '../directive.ts'
import {
  buffers,
  duration,
  flag,
  integer,
  invalidValue,
  keyword,
  keywords,
  orOff,
  present,
  script,
  sizeScript,
  several,
  size,
  text,
  texts,
  wordOr,
} from '../syntaxes.ts'
import { resolverSyntax } from '../resolver-line.ts'
import { listenSyntax } from '../listen.ts'
import { errorLog, errorPage } from './core-syntaxes.ts'

const core = moduleTable('core')
const http = moduleTable('http_core')
const { directive } = http

const keepaliveTimeout: Syntax<{ timeout: number; headerTimeout?: number | undefined }> = {
  schema: z.object({ timeout: z.number().int().min(0), headerTimeout: z.number().int().min(0).optional() }),
  arity: [1, 2],
  read: (args, name) => {
    const times = several(duration).read(args, name)
    if (times instanceof Invalid) return times
    const [timeout = 0, headerTimeout] = times
    return headerTimeout === undefined ? { timeout } : { timeout, headerTimeout }
  },
  write: (value) =>
    [value.timeout, value.headerTimeout].flatMap((ms) => (ms === undefined ? [] : duration.write(ms))),
}

/** Directives of the main and events contexts. */
export const mainDirectives = {
  user: core.directive('user', {
    contexts: ['main'],
    syntax: several(text, 1, 2),
    doc: 'The account worker processes run as.',
    applied: 'export',
  }),
  workerProcesses: core.directive('worker_processes', {
    contexts: ['main'],
    syntax: wordOr(
      ['auto'],
      integer(0, undefined, (_text, name) => invalidValue(name)),
    ),
    default: 1,
    doc: 'How many worker processes nginx starts; the engine here is one thread.',
    applied: 'export',
  }),
  workerCpuAffinity: core.directive('worker_cpu_affinity', {
    contexts: ['main'],
    syntax: texts,
    doc: 'Which processors workers run on.',
    applied: 'export',
  }),
  workerPriority: core.directive('worker_priority', {
    contexts: ['main'],
    syntax: text,
    doc: 'Scheduling priority of workers.',
    applied: 'export',
  }),
  workerRlimitNofile: core.directive('worker_rlimit_nofile', {
    contexts: ['main'],
    syntax: integer(),
    doc: 'How many files a worker may have open.',
    applied: 'export',
  }),
  workerRlimitCore: core.directive('worker_rlimit_core', {
    contexts: ['main'],
    syntax: size,
    doc: 'The largest core file of a worker.',
    applied: 'export',
  }),
  workerShutdownTimeout: core.directive('worker_shutdown_timeout', {
    contexts: ['main'],
    syntax: duration,
    doc: 'How long a graceful end may take before connections are closed.',
  }),
  workingDirectory: core.directive('working_directory', {
    contexts: ['main'],
    syntax: text,
    doc: 'The working directory of workers.',
    applied: 'export',
  }),
  daemon: core.directive('daemon', {
    contexts: ['main'],
    syntax: flag,
    default: true,
    doc: 'Whether nginx goes into the background.',
    applied: 'export',
  }),
  masterProcess: core.directive('master_process', {
    contexts: ['main'],
    syntax: flag,
    default: true,
    doc: 'Whether workers are separate processes.',
    applied: 'export',
  }),
  timerResolution: core.directive('timer_resolution', {
    contexts: ['main'],
    syntax: duration,
    doc: 'How exact timers are.',
    applied: 'export',
  }),
  pcreJit: core.directive('pcre_jit', {
    contexts: ['main'],
    syntax: flag,
    default: false,
    doc: 'Compile regular expressions just in time.',
    applied: 'export',
  }),
  lockFile: core.directive('lock_file', {
    contexts: ['main'],
    syntax: text,
    doc: 'The lock file.',
    applied: 'export',
  }),
  threadPool: core.directive('thread_pool', {
    contexts: ['main'],
    syntax: several(text, 2, 3),
    repeat: 'list',
    doc: 'A pool of threads for reading files.',
    applied: 'export',
  }),
  pid: core.directive('pid', {
    contexts: ['main'],
    syntax: text,
    doc: 'The file that holds the process id.',
  }),
  env: core.directive('env', {
    contexts: ['main'],
    syntax: text,
    repeat: 'list',
    doc: 'Environment variables workers keep.',
    applied: 'export',
  }),
  debugPoints: core.directive('debug_points', {
    contexts: ['main'],
    syntax: keyword('abort', 'stop'),
    doc: 'For debugging nginx.',
    applied: 'export',
  }),
  loadModule: core.directive('load_module', {
    contexts: ['main'],
    syntax: text,
    repeat: 'list',
    doc: 'Loads a dynamic module.',
    applied: 'kept',
  }),
  errorLog: core.directive('error_log', {
    contexts: ['main', ...httpLevels],
    syntax: errorLog,
    repeat: 'list',
    doc: 'Where errors are logged and from which severity on.',
  }),
  workerConnections: core.directive('worker_connections', {
    contexts: ['events'],
    syntax: integer(1, undefined, (value) => new Invalid(`invalid number "${value}"`)),
    default: 512,
    doc: 'How many connections one worker may have open.',
    applied: 'export',
  }),
  use: core.directive('use', {
    contexts: ['events'],
    syntax: text,
    doc: 'The connection processing method.',
    applied: 'export',
  }),
  workerAioRequests: core.directive('worker_aio_requests', {
    contexts: ['events'],
    syntax: integer(),
    doc: 'How many asynchronous reads and writes a worker has at once.',
    applied: 'export',
  }),
  multiAccept: core.directive('multi_accept', {
    contexts: ['events'],
    syntax: flag,
    default: false,
    doc: 'Accept all waiting connections at once.',
    applied: 'export',
  }),
  acceptMutex: core.directive('accept_mutex', {
    contexts: ['events'],
    syntax: flag,
    default: false,
    doc: 'Workers accept in turn.',
    applied: 'export',
  }),
  acceptMutexDelay: core.directive('accept_mutex_delay', {
    contexts: ['events'],
    syntax: duration,
    default: 500,
    doc: 'How long a worker waits for its turn.',
    applied: 'export',
  }),
  debugConnection: core.directive('debug_connection', {
    contexts: ['events'],
    syntax: text,
    repeat: 'list',
    doc: 'Debug logging for chosen clients.',
    applied: 'export',
  }),
}

/** Directives of ngx_http_core_module. */
export const coreDirectives = {
  listen: directive('listen', {
    contexts: ['server'],
    syntax: listenSyntax,
    repeat: 'list',
    doc: 'The address and port the server answers on.',
  }),
  serverName: directive('server_name', {
    contexts: ['server'],
    syntax: texts,
    repeat: 'concat',
    doc: 'The names the server answers to.',
  }),
  root: directive('root', {
    contexts: httpLevelsAndIf,
    syntax: script,
    default: 'html',
    doc: 'The folder requests are looked up in.',
  }),
  alias: directive('alias', {
    contexts: ['location'],
    syntax: script,
    doc: 'The folder that stands for the location.',
  }),
  internal: directive('internal', {
    contexts: ['location'],
    syntax: present,
    doc: 'Only internal redirects may come here.',
  }),
  defaultType: directive('default_type', {
    contexts: httpLevels,
    syntax: text,
    default: 'text/plain',
    doc: 'The Content-Type where the ending of a file does not say.',
  }),
  errorPage: directive('error_page', {
    contexts: httpLevelsAndIf,
    syntax: errorPage,
    repeat: 'list',
    doc: 'What is shown instead of an error answer.',
  }),
  recursiveErrorPages: directive('recursive_error_pages', {
    contexts: httpLevels,
    syntax: flag,
    default: false,
    doc: 'Whether an error page may have an error page.',
  }),
  satisfy: directive('satisfy', {
    contexts: httpLevels,
    syntax: keyword('all', 'any'),
    default: 'all',
    doc: 'Whether all access rules must allow, or any one.',
  }),
  tryFiles: directive('try_files', {
    contexts: ['server', 'location'],
    syntax: several(script, 2),
    doc: 'The first of these files that exists answers; the last is where to go else.',
  }),
  clientMaxBodySize: directive('client_max_body_size', {
    contexts: httpLevels,
    syntax: size,
    default: 1_048_576,
    doc: 'The largest request body; larger ones get 413. 0 is no limit.',
  }),
  clientBodyBufferSize: directive('client_body_buffer_size', {
    contexts: httpLevels,
    syntax: size,
    default: 16_384,
    doc: 'How much of a request body stays in memory.',
  }),
  clientBodyTimeout: directive('client_body_timeout', {
    contexts: httpLevels,
    syntax: duration,
    default: 60_000,
    doc: 'How long between two reads of a request body.',
  }),
  clientBodyTempPath: directive('client_body_temp_path', {
    contexts: httpLevels,
    syntax: texts,
    doc: 'Where request bodies that do not fit in memory go.',
  }),
  clientBodyInFileOnly: directive('client_body_in_file_only', {
    contexts: httpLevels,
    syntax: keyword('on', 'off', 'clean'),
    default: 'off',
    doc: 'Whether request bodies always go to a file.',
  }),
  clientBodyInSingleBuffer: directive('client_body_in_single_buffer', {
    contexts: httpLevels,
    syntax: flag,
    default: false,
    doc: 'Whether a request body is kept in one buffer.',
    applied: 'export',
  }),
  clientHeaderBufferSize: directive('client_header_buffer_size', {
    contexts: ['http', 'server'],
    syntax: size,
    default: 1024,
    doc: 'The buffer most request heads fit in.',
  }),
  clientHeaderTimeout: directive('client_header_timeout', {
    contexts: ['http', 'server'],
    syntax: duration,
    default: 60_000,
    doc: 'How long a client may take to send the head; then 408.',
  }),
  largeClientHeaderBuffers: directive('large_client_header_buffers', {
    contexts: ['http', 'server'],
    syntax: buffers,
    default: { number: 4, size: 8192 },
    doc: 'The largest request head: so many buffers of this size.',
  }),
  connectionPoolSize: directive('connection_pool_size', {
    contexts: ['http', 'server'],
    syntax: size,
    doc: 'Memory of a connection.',
    applied: 'export',
  }),
  requestPoolSize: directive('request_pool_size', {
    contexts: ['http', 'server'],
    syntax: size,
    doc: 'Memory of a request.',
    applied: 'export',
  }),
  ignoreInvalidHeaders: directive('ignore_invalid_headers', {
    contexts: ['http', 'server'],
    syntax: flag,
    default: true,
    doc: 'Whether fields with invalid names are left out.',
  }),
  underscoresInHeaders: directive('underscores_in_headers', {
    contexts: ['http', 'server'],
    syntax: flag,
    default: false,
    doc: 'Whether field names may hold underscores.',
  }),
  mergeSlashes: directive('merge_slashes', {
    contexts: ['http', 'server'],
    syntax: flag,
    default: true,
    doc: 'Whether // in a path counts as /.',
  }),
  keepaliveTimeout: directive('keepalive_timeout', {
    contexts: httpLevels,
    syntax: keepaliveTimeout,
    default: { timeout: 75_000 },
    doc: 'How long an idle client connection stays open.',
  }),
  keepaliveRequests: directive('keepalive_requests', {
    contexts: httpLevels,
    syntax: integer(0),
    default: 1000,
    doc: 'How many requests one connection may carry.',
  }),
  keepaliveTime: directive('keepalive_time', {
    contexts: httpLevels,
    syntax: duration,
    default: 3_600_000,
    doc: 'How long one connection may carry requests.',
  }),
  keepaliveDisable: directive('keepalive_disable', {
    contexts: httpLevels,
    syntax: { ...keywords('none', 'msie6', 'safari'), arity: [1, 2] },
    default: ['msie6'],
    doc: 'Browsers that get no keepalive.',
  }),
  lingeringClose: directive('lingering_close', {
    contexts: httpLevels,
    syntax: keyword('on', 'off', 'always'),
    default: 'on',
    doc: 'Whether the rest of a request is read before closing.',
  }),
  lingeringTime: directive('lingering_time', {
    contexts: httpLevels,
    syntax: duration,
    default: 30_000,
    doc: 'How long the rest is read.',
  }),
  lingeringTimeout: directive('lingering_timeout', {
    contexts: httpLevels,
    syntax: duration,
    default: 5_000,
    doc: 'How long to wait for more of the rest.',
  }),
  resetTimedoutConnection: directive('reset_timedout_connection', {
    contexts: httpLevels,
    syntax: flag,
    default: false,
    doc: 'Whether timed out connections are reset.',
  }),
  sendTimeout: directive('send_timeout', {
    contexts: httpLevels,
    syntax: duration,
    default: 60_000,
    doc: 'How long between two successful writes to the client.',
  }),
  sendfile: directive('sendfile', {
    contexts: httpLevelsAndIf,
    syntax: flag,
    default: false,
    doc: 'Whether files are sent by sendfile().',
    applied: 'export',
  }),
  sendfileMaxChunk: directive('sendfile_max_chunk', {
    contexts: httpLevels,
    syntax: size,
    doc: 'How much one sendfile() sends.',
    applied: 'export',
  }),
  aio: directive('aio', {
    contexts: httpLevels,
    syntax: text,
    doc: 'Asynchronous file reading.',
    applied: 'export',
  }),
  aioWrite: directive('aio_write', {
    contexts: httpLevels,
    syntax: flag,
    doc: 'Asynchronous file writing.',
    applied: 'export',
  }),
  directio: directive('directio', {
    contexts: httpLevels,
    syntax: orOff(size),
    doc: 'Files read past the page cache.',
    applied: 'export',
  }),
  directioAlignment: directive('directio_alignment', {
    contexts: httpLevels,
    syntax: size,
    doc: 'Alignment for directio.',
    applied: 'export',
  }),
  readAhead: directive('read_ahead', {
    contexts: httpLevels,
    syntax: size,
    doc: 'How far the kernel reads ahead.',
    applied: 'export',
  }),
  tcpNopush: directive('tcp_nopush', {
    contexts: httpLevels,
    syntax: flag,
    default: false,
    doc: 'TCP_CORK.',
    applied: 'export',
  }),
  tcpNodelay: directive('tcp_nodelay', {
    contexts: httpLevels,
    syntax: flag,
    default: true,
    doc: 'TCP_NODELAY.',
  }),
  sendLowat: directive('send_lowat', {
    contexts: httpLevels,
    syntax: size,
    doc: 'SO_SNDLOWAT.',
    applied: 'export',
  }),
  postponeOutput: directive('postpone_output', {
    contexts: httpLevels,
    syntax: size,
    default: 1460,
    doc: 'How much output is collected before it is sent.',
    applied: 'export',
  }),
  outputBuffers: directive('output_buffers', {
    contexts: httpLevels,
    syntax: buffers,
    doc: 'Buffers for reading a file.',
    applied: 'export',
  }),
  limitRate: directive('limit_rate', {
    contexts: httpLevelsAndIf,
    syntax: sizeScript,
    default: '0',
    doc: 'Bytes a second an answer may take; 0 is no limit.',
  }),
  limitRateAfter: directive('limit_rate_after', {
    contexts: httpLevelsAndIf,
    syntax: sizeScript,
    default: '0',
    doc: 'How much of an answer goes at full speed first.',
  }),
  etag: directive('etag', {
    contexts: httpLevels,
    syntax: flag,
    default: true,
    doc: 'Whether files get an ETag.',
  }),
  ifModifiedSince: directive('if_modified_since', {
    contexts: httpLevels,
    syntax: keyword('off', 'exact', 'before'),
    default: 'exact',
    doc: 'How If-Modified-Since is compared.',
  }),
  maxRanges: directive('max_ranges', {
    contexts: httpLevels,
    syntax: integer(0),
    doc: 'How many ranges one request may ask for.',
  }),
  chunkedTransferEncoding: directive('chunked_transfer_encoding', {
    contexts: httpLevels,
    syntax: flag,
    default: true,
    doc: 'Whether HTTP/1.1 answers of unknown length are chunked.',
  }),
  absoluteRedirect: directive('absolute_redirect', {
    contexts: httpLevels,
    syntax: flag,
    default: true,
    doc: 'Whether redirects name scheme and host.',
  }),
  serverNameInRedirect: directive('server_name_in_redirect', {
    contexts: httpLevels,
    syntax: flag,
    default: false,
    doc: 'Whether redirects name the first server_name.',
  }),
  portInRedirect: directive('port_in_redirect', {
    contexts: httpLevels,
    syntax: flag,
    default: true,
    doc: 'Whether redirects name the port.',
  }),
  msiePadding: directive('msie_padding', {
    contexts: httpLevels,
    syntax: flag,
    default: true,
    doc: 'Pads error pages for old browsers.',
  }),
  msieRefresh: directive('msie_refresh', {
    contexts: httpLevels,
    syntax: flag,
    default: false,
    doc: 'Refresh instead of redirect for old browsers.',
    applied: 'export',
  }),
  logNotFound: directive('log_not_found', {
    contexts: httpLevels,
    syntax: flag,
    default: true,
    doc: 'Whether missing files are logged as errors.',
  }),
  logSubrequest: directive('log_subrequest', {
    contexts: httpLevels,
    syntax: flag,
    default: false,
    doc: 'Whether subrequests are in the access log.',
  }),
  serverTokens: directive('server_tokens', {
    contexts: httpLevels,
    syntax: keyword('on', 'off', 'build'),
    default: 'on',
    doc: 'Whether the version is in Server and in error pages.',
  }),
  resolver: directive('resolver', {
    contexts: httpLevels,
    syntax: resolverSyntax,
    doc: 'Name servers for names in variables.',
  }),
  resolverTimeout: directive('resolver_timeout', {
    contexts: httpLevels,
    syntax: duration,
    default: 30_000,
    doc: 'How long resolving a name may take.',
  }),
  disableSymlinks: directive('disable_symlinks', {
    contexts: httpLevels,
    syntax: several(text, 1, 2),
    doc: 'Whether files may be symbolic links.',
    applied: 'kept',
  }),
  openFileCache: directive('open_file_cache', {
    contexts: httpLevels,
    syntax: several(text, 1, 2),
    doc: 'Keeps files open.',
    applied: 'export',
  }),
  openFileCacheErrors: directive('open_file_cache_errors', {
    contexts: httpLevels,
    syntax: flag,
    doc: 'Remembers missing files.',
    applied: 'export',
  }),
  openFileCacheMinUses: directive('open_file_cache_min_uses', {
    contexts: httpLevels,
    syntax: integer(),
    doc: 'Uses before a file is kept open.',
    applied: 'export',
  }),
  openFileCacheValid: directive('open_file_cache_valid', {
    contexts: httpLevels,
    syntax: duration,
    doc: 'How long a kept file is believed.',
    applied: 'export',
  }),
  typesHashMaxSize: directive('types_hash_max_size', {
    contexts: httpLevels,
    syntax: integer(),
    doc: 'Size of a table.',
    applied: 'export',
  }),
  typesHashBucketSize: directive('types_hash_bucket_size', {
    contexts: httpLevels,
    syntax: integer(),
    doc: 'Size of a table.',
    applied: 'export',
  }),
  serverNamesHashMaxSize: directive('server_names_hash_max_size', {
    contexts: ['http'],
    syntax: integer(),
    doc: 'Size of a table.',
    applied: 'export',
  }),
  serverNamesHashBucketSize: directive('server_names_hash_bucket_size', {
    contexts: ['http'],
    syntax: integer(),
    doc: 'Size of a table.',
    applied: 'export',
  }),
  variablesHashMaxSize: directive('variables_hash_max_size', {
    contexts: ['http'],
    syntax: integer(1),
    doc: 'Size of a table.',
    applied: 'export',
  }),
  variablesHashBucketSize: directive('variables_hash_bucket_size', {
    contexts: ['http'],
    syntax: integer(1),
    doc: 'Size of a table.',
    applied: 'export',
  }),
  subrequestOutputBufferSize: directive('subrequest_output_buffer_size', {
    contexts: httpLevels,
    syntax: size,
    default: 4096,
    doc: 'How much of an answer that is kept in memory there may be.',
  }),
  authDelay: directive('auth_delay', {
    contexts: httpLevels,
    syntax: duration,
    default: 0,
    doc: 'How long a 401 waits.',
  }),
}

/** A size about which nginx has a sentence of its own, for those it refuses. */
function sizeUnless(refused: (bytes: number) => string | undefined): Syntax<number> {
  return {
    ...size,
    read: (args, directive) => {
      const bytes = size.read(args, directive)
      const wrong = bytes instanceof Invalid ? undefined : refused(bytes)
      return wrong === undefined ? bytes : new Invalid(wrong)
    },
  }
}

/** ngx_http_v2_module. */
export const http2Directives = (() => {
  const { directive } = moduleTable('http_v2')
  return {
    http2MaxConcurrentStreams: directive('http2_max_concurrent_streams', {
      contexts: ['http', 'server'],
      syntax: integer(),
      default: 128,
      doc: 'How many streams one connection may have at once.',
    }),
    http2MaxFieldSize: directive('http2_max_field_size', {
      contexts: ['http', 'server'],
      syntax: text,
      doc: 'Obsolete: large_client_header_buffers.',
      applied: 'export',
      repeat: 'list',
      replacedBy: 'large_client_header_buffers',
    }),
    http2MaxHeaderSize: directive('http2_max_header_size', {
      contexts: ['http', 'server'],
      syntax: text,
      doc: 'Obsolete: large_client_header_buffers.',
      applied: 'export',
      repeat: 'list',
      replacedBy: 'large_client_header_buffers',
    }),
    http2MaxRequests: directive('http2_max_requests', {
      contexts: ['http', 'server'],
      syntax: text,
      doc: 'Obsolete: keepalive_requests.',
      applied: 'export',
      repeat: 'list',
      replacedBy: 'keepalive_requests',
    }),
    http2IdleTimeout: directive('http2_idle_timeout', {
      contexts: ['http', 'server'],
      syntax: text,
      doc: 'Obsolete: keepalive_timeout.',
      applied: 'export',
      repeat: 'list',
      replacedBy: 'keepalive_timeout',
    }),
    http2RecvTimeout: directive('http2_recv_timeout', {
      contexts: ['http', 'server'],
      syntax: text,
      doc: 'Obsolete: client_header_timeout.',
      applied: 'export',
      repeat: 'list',
      replacedBy: 'client_header_timeout',
    }),
    http2RecvBufferSize: directive('http2_recv_buffer_size', {
      contexts: ['http'],
      syntax: size,
      doc: 'Size of a buffer.',
      applied: 'export',
    }),
    http2BodyPrereadSize: directive('http2_body_preread_size', {
      contexts: ['http', 'server'],
      syntax: sizeUnless((bytes) =>
        bytes > 2 ** 31 - 1 ? 'the maximum body preread buffer size is 2147483647' : undefined,
      ),
      default: 65_536,
      doc: 'How much of a body is read before it is asked for.',
    }),
    http2ChunkSize: directive('http2_chunk_size', {
      contexts: httpLevels,
      syntax: sizeUnless((bytes) => (bytes === 0 ? 'the http2 chunk size cannot be zero' : undefined)),
      default: 8192,
      doc: 'The largest piece of a response body.',
    }),
    http2StreamsIndexSize: directive('http2_streams_index_size', {
      contexts: ['http', 'server'],
      syntax: integer(0),
      doc: 'How nginx finds streams.',
      applied: 'export',
    }),
    http2Push: directive('http2_push', {
      contexts: httpLevels,
      syntax: script,
      repeat: 'list',
      doc: 'Server push is gone from browsers.',
      applied: 'export',
    }),
    http2PushPreload: directive('http2_push_preload', {
      contexts: httpLevels,
      syntax: flag,
      doc: 'Server push is gone from browsers.',
      applied: 'export',
    }),
    http2ConcurrentPushes: directive('http2_max_concurrent_pushes', {
      contexts: ['http', 'server'],
      syntax: integer(0),
      doc: 'Server push is gone from browsers.',
      applied: 'export',
    }),
    http2PoolSize: directive('http2_pool_size', {
      contexts: ['http', 'server'],
      syntax: sizeUnless((bytes) => (bytes % 16 > 0 ? 'the pool size must be a multiple of 16' : undefined)),
      doc: 'Memory of a request.',
      applied: 'export',
    }),
  }
})()

/** ngx_http_stub_status_module and the static content modules. */
export const contentDirectives = {
  stubStatus: moduleTable('http_stub_status').directive('stub_status', {
    contexts: ['server', 'location'],
    syntax: { ...texts, arity: [0, 1] },
    doc: 'Answers with the counters of connections and requests.',
  }),
  index: moduleTable('http_index').directive('index', {
    contexts: httpLevels,
    syntax: several(script),
    repeat: 'concat',
    default: ['index.html'],
    doc: 'The files that stand for a folder.',
  }),
  autoindex: moduleTable('http_autoindex').directive('autoindex', {
    contexts: httpLevels,
    syntax: flag,
    default: false,
    doc: 'Whether folders are listed.',
  }),
  autoindexFormat: moduleTable('http_autoindex').directive('autoindex_format', {
    contexts: httpLevels,
    syntax: keyword('html', 'xml', 'json', 'jsonp'),
    default: 'html',
    doc: 'The format of the list.',
  }),
  autoindexExactSize: moduleTable('http_autoindex').directive('autoindex_exact_size', {
    contexts: httpLevels,
    syntax: flag,
    default: true,
    doc: 'Exact sizes in the list.',
  }),
  autoindexLocaltime: moduleTable('http_autoindex').directive('autoindex_localtime', {
    contexts: httpLevels,
    syntax: flag,
    default: false,
    doc: 'Local times in the list.',
  }),
}
