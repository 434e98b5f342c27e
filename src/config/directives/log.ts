/** ngx_http_log_module: https://nginx.org/en/docs/http/ngx_http_log_module.html */
import * as z from 'zod'
import { Invalid, httpLevels, moduleTable, type Syntax } from '../directive.ts'
import { duration, integer, parameters, script, size, text } from '../syntaxes.ts'

const { directive } = moduleTable('http_log')

/** How variables are escaped in a log line. */
export type LogEscape = 'default' | 'json' | 'none'

/** A named format; `format` is the script with its parts joined. */
export interface LogFormat {
  name: string
  escape?: LogEscape | undefined
  format: string
}

const logFormat: Syntax<LogFormat> = {
  schema: z.object({
    name: z.string(),
    escape: z.enum(['default', 'json', 'none']).optional(),
    format: z.string(),
  }),
  arity: [2, Infinity],
  read: ([name = '', ...parts]) => {
    const escape = parts[0]?.startsWith('escape=') ? parts.shift()?.slice(7) : undefined
    if (escape === undefined) return { name, format: parts.join('') }
    if (escape !== 'default' && escape !== 'json' && escape !== 'none')
      return new Invalid(`unknown log format escaping "${escape}"`)
    return { name, escape, format: parts.join('') }
  },
  write: (value) => [value.name, ...(value.escape ? [`escape=${value.escape}`] : []), value.format],
}

/** One `access_log` line. */
export type AccessLog =
  | 'off'
  | {
      path: string
      format?: string | undefined
      buffer?: number | undefined
      gzip?: number | true | undefined
      flush?: number | undefined
      if?: string | undefined
    }

const accessLogWords: Readonly<Record<string, string>> = {
  buffer: 'buffer size',
  flush: 'flush time',
  gzip: 'compression level',
}

const accessLogParameters = parameters({
  positional: { path: script },
  optional: { format: text },
  named: { buffer: size, flush: duration, gzip: integer(1, 9), if: script },
  flags: ['gzip'],
  wrong: (name, value) => `invalid ${accessLogWords[name] ?? name} "${value}"`,
})

const accessLog: Syntax<AccessLog> = {
  schema: z.union([
    z.literal('off'),
    z.object({
      path: z.string(),
      format: z.string().optional(),
      buffer: z.number().optional(),
      gzip: z.union([z.number(), z.literal(true)]).optional(),
      flush: z.number().optional(),
      if: z.string().optional(),
    }),
  ]),
  arity: [1, Infinity],
  read: (args, name) =>
    args.length === 1 && args[0] === 'off' ? 'off' : accessLogParameters.read(args, name),
  write: (value) => {
    if (value === 'off') return ['off']
    const { gzip, ...rest } = value
    const args = accessLogParameters.write(rest)
    return gzip === undefined ? args : [...args, gzip === true ? 'gzip' : `gzip=${gzip}`]
  },
}

/** `open_log_file_cache`; times in milliseconds. */
export type OpenLogFileCache = 'off' | { max: number; inactive: number; minUses: number; valid: number }

const cacheParameters = parameters({
  positional: {},
  named: { max: integer(1), inactive: duration, min_uses: integer(0), valid: duration },
  flags: ['off'],
  wrong: (name, value) => `invalid "open_log_file_cache" parameter "${name}=${value}"`,
  unknown: (argument) => new Invalid(`invalid "open_log_file_cache" parameter "${argument}"`),
})

const openLogFileCache: Syntax<OpenLogFileCache> = {
  schema: z.union([
    z.literal('off'),
    z.object({
      max: z.number().int().min(1),
      inactive: z.number().int().min(0),
      minUses: z.number().int().min(0),
      valid: z.number().int().min(0),
    }),
  ]),
  arity: [1, 4],
  read: (args, name) => {
    const read = cacheParameters.read(args, name)
    if (read instanceof Invalid) return read
    if (read.off) return 'off'
    if (read.max === undefined) return new Invalid('"open_log_file_cache" must have "max" parameter')
    return {
      max: read.max,
      inactive: read.inactive ?? 10_000,
      minUses: read.minUses ?? 1,
      valid: read.valid ?? 60_000,
    }
  },
  write: (value) => (value === 'off' ? ['off'] : cacheParameters.write(value)),
}

export const logDirectives = {
  logFormat: directive('log_format', {
    contexts: ['http'],
    syntax: logFormat,
    repeat: 'list',
    doc: 'A named format of access log lines.',
  }),
  accessLog: directive('access_log', {
    contexts: ['http', 'server', 'location', 'if', 'limit_except'],
    syntax: accessLog,
    repeat: 'list',
    doc: 'Where requests are logged, in which format.',
  }),
  openLogFileCache: directive('open_log_file_cache', {
    contexts: httpLevels,
    syntax: openLogFileCache,
    default: 'off',
    doc: 'Keeps log files with variables open.',
  }),
}
