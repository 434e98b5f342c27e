/** Access and error logs of a configuration. Files are shared by path, across cycles. */
import type { Clock } from '../../base/clock.ts'
import { combined, compileLogFormat } from '../modules/log.ts'
import { LogFile, type LogBuffering } from '../modules/log-file.ts'
import { NamedLogs, type LogCache } from '../modules/named-logs.ts'
import { bytesOf, compileScript, ScriptError } from '../request/script.ts'
import type { Exchange } from '../request/exchange.ts'
import type { LogFormat } from '../../config/directives/log.ts'
import type { VariableTable } from '../request/variable-table.ts'
import type { Logs } from './compile-context.ts'
import type { Problems } from './compile-error.ts'
import type { AccessLogTarget, ErrorLogTarget, LocationFields } from './settings.ts'

const levels = ['debug', 'info', 'notice', 'warn', 'error', 'crit', 'alert', 'emerg']

/** 0 debug … 7 emerg. */
export function logLevel(name: string): number {
  return levels.indexOf(name)
}

/** Every log file the engine has open. */
export class LogFiles {
  readonly #files = new Map<string, LogFile>()
  readonly #named = new Set<NamedLogs>()
  readonly #clock: Clock
  readonly #onError: (message: string) => void
  #toldAt = -Infinity

  constructor(clock: Clock, onError: (message: string) => void) {
    this.#clock = clock
    this.#onError = onError
  }

  /** The file of a path, opened when it is not open yet; throws the system's error. */
  open(path: string): LogFile {
    let file = this.#files.get(path)
    if (!file) {
      file = new LogFile(path, this.#clock, (error) => this.#failed(path, error))
      this.#files.set(path, file)
    }
    return file
  }

  /** Logs whose names are only known while running. */
  named(cache: LogCache | undefined): NamedLogs {
    const logs = new NamedLogs(cache)
    this.#named.add(logs)
    return logs
  }

  #failed(path: string, error: Error): void {
    const now = this.#clock.monotonic()
    if (now - this.#toldAt < 1000) return
    this.#toldAt = now
    this.#onError(`write() to "${path}" failed (${error.message})`)
  }

  /** Closes the files that no cycle names any more. */
  keepOnly(used: ReadonlySet<LogFile | NamedLogs>): void {
    for (const logs of this.#named)
      if (!used.has(logs)) {
        logs.close()
        this.#named.delete(logs)
      }
    for (const [path, file] of this.#files)
      if (!used.has(file)) {
        file.close()
        this.#files.delete(path)
      }
  }

  reopen(): void {
    for (const file of this.#files.values()) file.reopen()
    for (const logs of this.#named) logs.close()
  }

  flush(): void {
    for (const file of this.#files.values()) file.flush()
  }

  close(): void {
    this.keepOnly(new Set())
  }
}

/** What opening logs needs. `lenient`: a log that cannot be opened is a warning, since the window shows everything anyway. */
export interface LogOptions {
  readonly files: LogFiles
  readonly prefix: string
  readonly lenient: boolean
  readonly formats: readonly LogFormat[]
  /** Where errors go when no error_log says so. */
  readonly fallbackErrorLog: string | undefined
  /** The access log where none is written; nginx's is logs/access.log. */
  readonly fallbackAccessLog: string | undefined
  readonly variables: VariableTable
  readonly problems: Problems
  readonly used: Set<LogFile | NamedLogs>
}

type AccessLogLine = Exclude<NonNullable<LocationFields['accessLog']>[number], 'off'>

// `gzip` alone brings a buffer of 64k (ngx_http_log_set_log).
function bufferingOf({ path, buffer, gzip, flush }: AccessLogLine): LogBuffering | undefined {
  const size = buffer ?? (gzip === undefined ? 0 : 65_536)
  if (size === 0 && flush !== undefined)
    throw new ScriptError(`no buffer is defined for access_log "${path}"`)
  return size === 0 ? undefined : { size, flush, gzipLevel: gzip === true ? 1 : gzip }
}

function sameBuffering(one: LogBuffering, other: LogBuffering): boolean {
  return one.size === other.size && one.flush === other.flush && one.gzipLevel === other.gzipLevel
}

/** Compiles log directives level by level; the same list of lines is compiled once. */
export function compileLogs(options: LogOptions): Logs {
  const { files, prefix, lenient, variables, problems, used } = options
  const formats = new Map<string, (x: Exchange) => string>()
  const named = new Map(options.formats.map((format) => [format.name, format]))
  const accessDone = new Map<unknown, readonly AccessLogTarget[]>()
  const errorDone = new Map<unknown, readonly ErrorLogTarget[]>()
  const namedDone = new Map<unknown, NamedLogs>()
  const buffered = new Map<LogFile, LogBuffering>()

  const fullPath = (path: string): string =>
    path.startsWith('/') || path === 'stderr' ? path : prefix + path

  function open(path: string, at: readonly string[]): LogFile | undefined {
    try {
      const file = files.open(bytesOf(fullPath(path)))
      used.add(file)
      return file
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException
      const why =
        code === 'ENOENT'
          ? '2: No such file or directory'
          : code === 'EACCES'
            ? '13: Permission denied'
            : message
      const text = `open() "${fullPath(path)}" failed (${why})`
      if (lenient)
        problems.warn(
          at,
          text,
          'nothing is lost: the window shows every request; name a file you may write to have it there too',
        )
      else problems.error(at, text)
      return undefined
    }
  }

  function formatOf(name: string, at: readonly string[]): ((x: Exchange) => string) | undefined {
    let format = formats.get(name)
    if (format) return format
    const known = named.get(name) ?? (name === 'combined' ? { name, format: combined } : undefined)
    if (!known) {
      problems.error(
        at,
        `unknown log format "${name}"`,
        `declare it with log_format ${name} …, or use combined`,
      )
      return undefined
    }
    format = compileLogFormat(known.format, known.escape ?? 'default', variables)
    formats.set(name, format)
    return format
  }

  // A format that no log uses is checked as well, as nginx does when it meets it.
  for (const { name } of options.formats) {
    const at = ['http', 'logFormat', name]
    problems.try(at, () => formatOf(name, at))
  }

  function accessTarget(
    line: AccessLogLine,
    fields: LocationFields,
    at: readonly string[],
  ): AccessLogTarget | undefined {
    if (line.path.startsWith('syslog:')) {
      problems.warn(at, `access_log to syslog is kept for the exported file and not sent from here`)
      return undefined
    }
    const format = formatOf(line.format ?? 'combined', at)
    const condition = line.if === undefined ? undefined : compileScript(line.if, variables)
    if (!format) return undefined
    const buffering = bufferingOf(line)
    if (line.path.includes('$')) {
      if (buffering) throw new ScriptError('buffered logs cannot have variables in name')
      const path = compileScript(fullPath(line.path), variables)
      const logs = namedLogs(fields)
      return { format, condition, write: (x, text) => logs.write(x, path(x), text) }
    }
    const file = open(line.path, at)
    if (!file) return undefined
    if (!buffering) return { format, condition, write: (x, text) => file.write(text, !x.keepalive) }
    const before = buffered.get(file)
    if (before && !sameBuffering(before, buffering))
      throw new ScriptError(`access_log "${line.path}" already defined with conflicting parameters`)
    buffered.set(file, buffering)
    return { format, condition, write: (_x, text) => file.writeBuffered(text, buffering) }
  }

  function namedLogs({ openLogFileCache }: LocationFields): NamedLogs {
    let logs = namedDone.get(openLogFileCache)
    if (!logs) {
      logs = files.named(openLogFileCache === 'off' ? undefined : openLogFileCache)
      namedDone.set(openLogFileCache, logs)
      used.add(logs)
    }
    return logs
  }

  return {
    access(fields, at) {
      const lines =
        fields.accessLog ??
        (options.fallbackAccessLog === undefined ? [] : [{ path: options.fallbackAccessLog }])
      const key = fields.accessLog ?? 'default'
      let targets = accessDone.get(key)
      if (!targets) {
        targets = lines.includes('off')
          ? []
          : lines.flatMap((line) =>
              line === 'off' ? [] : (problems.try(at, () => accessTarget(line, fields, at)) ?? []),
            )
        // The name of a log may depend on the request, and what stays open on the level.
        if (!lines.some((line) => line !== 'off' && line.path.includes('$'))) accessDone.set(key, targets)
      }
      return targets
    },
    error(fields, at) {
      const lines =
        fields.errorLog ??
        (options.fallbackErrorLog === undefined ? [] : [{ file: options.fallbackErrorLog }])
      const key = fields.errorLog ?? 'default'
      let targets = errorDone.get(key)
      if (!targets) {
        targets = lines.flatMap((line): ErrorLogTarget[] => {
          if (/^(syslog|memory):/.test(line.file)) return []
          const file = open(line.file, at)
          return file ? [{ file, level: logLevel(line.level ?? 'error') }] : []
        })
        errorDone.set(key, targets)
      }
      return targets
    },
  }
}
