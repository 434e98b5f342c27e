/** A configuration becomes a running one: everything is made before anything is touched. */
import type { Clock } from '../../base/clock.ts'
import { parseNetwork } from '../../base/ip-address.ts'
import type { Local } from '../../config/local.ts'
import { Invalid } from '../../config/directive.ts'
import { parseResolver } from '../../config/resolver-line.ts'
import type { Config, Http, IfBlock, Location, RewriteStep } from '../../config/model.ts'
import type { LogSeverity } from '../../status/log-entry.ts'
import type { Problem } from '../../base/problem.ts'
import type { LogFile } from '../modules/log-file.ts'
import type { NamedLogs } from '../modules/named-logs.ts'
import type { Reporter } from '../door.ts'
import { readyReplies } from '../proxy/kept-reply.ts'
import { parseProxyUrl } from '../proxy/settings.ts'
import { helloVariables } from '../request/client-hello.ts'
import { errorLogTime } from '../request/log-time.ts'
import { Charsets } from '../request/recode.ts'
import { VariableTable } from '../request/variable-table.ts'
import type { UpstreamGroup } from '../upstream/group.ts'
import { NameResolver } from '../upstream/resolver.ts'
import { declareCaches } from './compile-cache.ts'
import type { CompileContext } from './compile-context.ts'
import { Problems } from './compile-error.ts'
import { declareLimits } from './compile-limits.ts'
import { compileLogs, logLevel, type LogFiles } from './compile-logs.ts'
import { compileServers } from './compile-server.ts'
import {
  compileUpstream,
  HostNotFound,
  implicitGroup,
  resolveNames,
  splitAddress,
  followedName,
  type Addresses,
  type UpstreamContext,
} from './compile-upstream.ts'
import { declareVariables } from './compile-variables.ts'
import { localRedirect } from './local-redirect.ts'
import type { Counters, Cycle, ListenSettings } from './settings.ts'
import type { Zones } from './zones.ts'

/** What compiling needs besides the configuration. */
export interface CompileInput {
  readonly config: Config
  readonly local: Local
  readonly previous: Cycle | undefined
  readonly serial: number
  readonly clock: Clock
  readonly reporter: Reporter
  readonly counters: Counters
  readonly prefix: string
  readonly confPrefix: string
  readonly tempFolder: string
  readonly logFiles: LogFiles
  readonly zones: Zones
  readonly lenient: boolean
  /** Somebody issues certificates where files are absent. */
  readonly issuesCertificates: boolean
  readonly defaultErrorLog: string | undefined
  readonly defaultAccessLog: string | undefined
}

/** Compiles; with an error among the problems there is no cycle. */
export async function compile(
  input: CompileInput,
): Promise<{ cycle: Cycle | undefined; problems: Problem[] }> {
  const http = input.config.http ?? {}
  const addresses = await resolveNames(namesOf(http, input.local))
  return compileWith(input, http, addresses)
}

function compileWith(
  input: CompileInput,
  http: Http,
  addresses: Addresses,
): { cycle: Cycle | undefined; problems: Problem[] } {
  const { config, local, clock, lenient } = input
  // What is compiled lives on in closures, and none of them may hold the cycle before: each would hold the one before it.
  const running = { cycle: input.previous }
  const problems = new Problems()
  const variables = new VariableTable()
  const used = new Set<LogFile | NamedLogs>()
  const upstreams = new Map<string, UpstreamGroup>()
  const addressesOf = (host: string): readonly string[] => addresses.get(host) ?? []
  const resolverOf = resolversOf(clock, addressesOf)
  const upstreamContext: UpstreamContext = {
    local,
    addresses,
    variables,
    clock,
    resolver: http.resolver,
    resolverTimeout: http.resolverTimeout ?? 30_000,
    resolverOf,
  }
  for (const upstream of http.upstreams ?? []) {
    const path = ['http', 'upstreams', upstream.name]
    try {
      upstreams.set(
        upstream.name,
        compileUpstream(upstream, upstreamContext, running.cycle?.upstreams.get(upstream.name)),
      )
    } catch (error) {
      notFound(problems, path, error, lenient)
    }
  }
  declareVariables(http, variables, problems)
  const zones = input.zones.draft()
  const caches = declareCaches(http.proxyCachePath ?? [], {
    prefix: input.prefix,
    fallback: lenient ? `${input.tempFolder}/cache` : undefined,
    zones,
    clock,
    problems,
  })
  const context: CompileContext = {
    variables,
    problems,
    charsets: new Charsets(http.charsetMaps ?? []),
    prefix: input.prefix,
    confPrefix: input.confPrefix,
    clock,
    zones,
    caches,
    issues: input.issuesCertificates,
    runningListens: () => running.cycle?.listens ?? [],
    named: new Map(),
    once: onceEach(),
    addressesOf,
    resolverOf,
    logs: compileLogs({
      files: input.logFiles,
      prefix: input.prefix,
      lenient,
      formats: http.logFormat ?? [],
      fallbackErrorLog: input.defaultErrorLog,
      fallbackAccessLog: input.defaultAccessLog,
      variables,
      problems,
      used,
    }),
    group: (name, port, ssl, late, path) =>
      groupOf(name, port, ssl, late, path, {
        upstreams,
        local,
        addresses,
        clock,
        running,
        problems,
        lenient,
      }),
  }
  declareLimits(http, context, lenient)
  const inherited: Http = { ...http, errorLog: http.errorLog ?? config.errorLog }
  const listens = compileServers(inherited, local, context)
  const mainErrorLogs = context.logs.error({ errorLog: config.errorLog }, ['errorLog'])
  running.cycle = undefined
  for (const name of variables.unknown())
    problems.error([], `unknown "${name}" variable`, 'correct the name, or declare it with map or set')
  if (problems.list.some((problem) => problem.severity === 'error'))
    return { cycle: undefined, problems: problems.list }
  return {
    cycle: cycleOf(input, listens, upstreams, variables, used, context, mainErrorLogs),
    problems: problems.list,
  }
}

function cycleOf(
  input: CompileInput,
  listens: readonly ListenSettings[],
  upstreams: ReadonlyMap<string, UpstreamGroup>,
  variables: VariableTable,
  used: ReadonlySet<LogFile | NamedLogs>,
  { zones, caches }: CompileContext,
  mainErrorLogs: Parameters<Cycle['log']>[0],
): Cycle {
  const { clock, reporter } = input
  return {
    serial: input.serial,
    clock,
    reporter,
    counters: input.counters,
    listens,
    upstreams,
    slotCount: variables.slotCount,
    keepsClientHello: [...helloVariables].some((name) => variables.used.has(name)),
    workerShutdownTimeout: input.config.workerShutdownTimeout,
    tempFolder: input.tempFolder,
    hosts: input.local.hosts,
    replies: readyReplies(input.local.replies),
    localRedirect: localRedirect(input.local, listens),
    logs: [...used],
    zones,
    caches,
    mainErrorLogs,
    log(targets, severity: LogSeverity, message, x) {
      const level = logLevel(severity)
      const at = clock.now()
      for (const target of targets)
        if (level >= target.level)
          target.file.write(
            `${errorLogTime(at)} [${severity}] ${process.pid}#${process.pid}: ${x ? `*${x.address.serial} ` : ''}${message}\n`,
          )
      reporter.log(severity, message, x?.id)
    },
    active: 0,
    retired: false,
    onIdle: undefined,
  }
}

function notFound(problems: Problems, path: readonly string[], error: unknown, lenient: boolean): void {
  if (!(error instanceof Error)) throw error
  const fix =
    error instanceof HostNotFound
      ? `start it, or map ${error.address} to an address of this machine in the local settings`
      : undefined
  if (error instanceof HostNotFound && lenient) problems.warn(path, error.message, fix)
  else problems.error(path, error.message, fix)
}

interface GroupSources {
  readonly upstreams: Map<string, UpstreamGroup>
  readonly local: Local
  readonly addresses: Addresses
  readonly clock: Clock
  readonly running: { readonly cycle: Cycle | undefined }
  readonly problems: Problems
  readonly lenient: boolean
}

function groupOf(
  name: string,
  port: number | undefined,
  ssl: boolean,
  late: boolean,
  path: readonly string[],
  from: GroupSources,
): UpstreamGroup | undefined {
  const { upstreams } = from
  const key = name.startsWith('unix:') ? name : `${name}:${port ?? (ssl ? 443 : 80)}`
  const known = (port === undefined ? upstreams.get(name) : undefined) ?? upstreams.get(key)
  if (known || late) return known
  const host = name.replace(/^\[|\]$/g, '')
  try {
    const group = implicitGroup(
      host,
      port ?? (ssl ? 443 : 80),
      from.local,
      from.addresses,
      from.clock,
      from.running.cycle?.upstreams.get(key),
    )
    upstreams.set(key, group)
    return group
  } catch (error) {
    if (!from.lenient || !(error instanceof HostNotFound)) throw error
    notFound(from.problems, path, error, true)
    return undefined
  }
}

/** One resolver, with what it remembers, for each `resolver` line of a configuration. */
function resolversOf(clock: Clock, addressesOf: CompileContext['addressesOf']): CompileContext['resolverOf'] {
  const made = new Map<string, NameResolver>()
  return (words) => {
    const key = words.join(' ')
    const known = made.get(key)
    if (known) return known
    const line = parseResolver(words)
    if (line instanceof Invalid) throw new Error(line.message)
    const resolver = new NameResolver(line, clock, addressesOf)
    made.set(key, resolver)
    return resolver
  }
}

function onceEach(): CompileContext['once'] {
  const done = new Map<object, unknown>()
  return <T>(value: object, make: () => T): T => {
    if (!done.has(value)) done.set(value, make())
    return done.get(value) as T // what was made for this very value
  }
}

/** Every host name a configuration wants to have an address for. */
function namesOf(http: Http, local: Local): Set<string> {
  const names = new Set<string>()
  const known = new Set(http.upstreams?.map(({ name }) => name))
  const add = (address: string): void =>
    void names.add(splitAddress(local.hosts[address] ?? address, 80).host)
  for (const upstream of http.upstreams ?? [])
    for (const server of upstream.server ?? [])
      if (followedName(server, local) === undefined) add(server.address)
  const visit = (url: string | undefined): void => {
    if (url === undefined || url.includes('$')) return
    try {
      const { host, port, ssl } = parseProxyUrl(url)
      if (known.has(host) || host.startsWith('unix:')) return
      add(local.hosts[host] === undefined ? `${host}:${port ?? (ssl ? 443 : 80)}` : host)
    } catch {
      // Told where it is compiled, with its place.
    }
  }
  const trusted = (list: readonly string[] | undefined): void => {
    for (const host of list ?? []) if (host !== 'unix:' && !parseNetwork(host)) names.add(host)
  }
  const steps = (list: readonly RewriteStep[] | undefined): void => {
    for (const step of list ?? []) if (step.directive === 'if') block(step.block)
  }
  const nameServers = (words: readonly string[] | undefined): void => {
    const line = parseResolver(words ?? [])
    if (!(line instanceof Invalid)) for (const { host } of line.servers) names.add(host)
  }
  const block = (b: IfBlock): void => {
    visit(b.proxyPass)
    steps(b.rewrites)
  }
  const locations = (list: readonly Location[] | undefined): void => {
    for (const location of list ?? []) {
      trusted(location.setRealIpFrom)
      nameServers(location.resolver)
      visit(location.proxyPass)
      visit(location.limitExcept?.proxyPass)
      steps(location.rewrites)
      locations(location.locations)
    }
  }
  trusted(http.setRealIpFrom)
  nameServers(http.resolver)
  for (const { resolver } of http.upstreams ?? []) nameServers(resolver)
  for (const server of http.servers ?? []) {
    trusted(server.setRealIpFrom)
    nameServers(server.resolver)
    locations(server.locations)
  }
  return names
}
