/** One engine: the present cycle, its listeners, and the change from one cycle to the next. */
import type { Problem } from '../base/problem.ts'
import { hasErrors } from '../base/problem.ts'
import { effective, type Local } from '../config/local.ts'
import type { Config } from '../config/model.ts'
import type { RequestQuestion } from '../status/explanation.ts'
import type { LimitZoneStatus } from '../status/limit-zone-status.ts'
import type { ListenerStatus } from '../status/listener-status.ts'
import type { UpstreamStatus } from '../status/peer-status.ts'
import type {
  CacheEntryDetail,
  CacheFilter,
  CachePage,
  CachePurge,
  CachePurged,
  CacheZoneStatus,
} from '../status/cache-zone-status.ts'
import { variantName } from './cache/key.ts'
import { purge } from './cache/purge.ts'
import { entryDetail, listEntries, zoneStatus } from './cache/zone-status.ts'
import type { CacheZone } from './cache/zone.ts'
import { compile } from './cycle/compile.ts'
import { LogFiles } from './cycle/compile-logs.ts'
import type { Counters, Cycle } from './cycle/settings.ts'
import { Zones } from './cycle/zones.ts'
import type { EngineOptions, ExplainResult, ExplainWanted, KeptExchange, RunningExchange } from './door.ts'
import { keptExchange } from './kept-exchange.ts'
import { explain } from './explain/explain.ts'
import type { Engine } from './index.ts'
import type { LimitZone } from './limits/limit-zone.ts'
import { Listeners } from './listen/listeners.ts'
import { runningExchange } from './reporter.ts'
import { bytesOf } from './request/script.ts'
import { ActiveChecks } from './upstream/active-checks.ts'
import { FollowedNames } from './upstream/followed-names.ts'
import type { Steer } from './upstream/peer.ts'
import { keepYoungGenerationSmall } from './young-generation.ts'

type Options = EngineOptions &
  Required<Pick<EngineOptions, 'clock' | 'confPrefix' | 'tempFolder' | 'lenient'>>

const nothingRuns: Problem = {
  severity: 'error',
  code: 'stopped',
  message: 'nothing runs at present',
  fix: 'start the proxy',
}

const limitUses = ['limit_req_zone', 'limit_conn_zone'] as const

export class RunningEngine implements Engine {
  readonly #options: Options
  readonly #logFiles: LogFiles
  readonly #listeners: Listeners
  readonly #zones = new Zones()
  readonly #checks: ActiveChecks
  readonly #followed: FollowedNames
  readonly #counters: Counters = {
    accepted: 0,
    handled: 0,
    requests: 0,
    active: 0,
    survey: () => this.#listeners.survey(),
  }
  readonly #retired = new Set<Cycle>()
  #cycle: Cycle | undefined
  /** What it was compiled from. */
  #running: ExplainWanted | undefined
  #serial = 0
  #applying: Promise<unknown> = Promise.resolve()

  constructor(options: Options) {
    keepYoungGenerationSmall()
    this.#options = options
    this.#logFiles = new LogFiles(options.clock, (message) => options.reporter.log('alert', message))
    this.#listeners = new Listeners(options.certificates)
    this.#checks = new ActiveChecks(options.clock, (severity, message) => this.log(severity, message))
    this.#followed = new FollowedNames(options.clock, {
      changed: () => this.#checks.follow(this.#cycle?.upstreams.values() ?? []),
      log: (severity, message) => this.log(severity, message),
    })
  }

  async check(config: Config, local: Local): Promise<Problem[]> {
    const { problems } = await this.#compile(config, local)
    this.#forgetLogs()
    return problems
  }

  apply(config: Config, local: Local): Promise<Problem[]> {
    // One after the other: an apply sees what the one before it left.
    const next = this.#applying.then(() => this.#apply(config, local))
    this.#applying = next.catch(() => undefined)
    return next
  }

  async #apply(config: Config, local: Local): Promise<Problem[]> {
    const { cycle, problems } = await this.#compile(config, local)
    if (!cycle) {
      this.#forgetLogs()
      return problems
    }
    const bound = await this.#listeners.prepare(cycle)
    problems.push(...bound.problems)
    if (hasErrors(problems)) {
      bound.undo()
      this.#forgetLogs()
      return problems
    }
    bound.commit()
    this.#swap(cycle)
    this.#running = { config, local }
    return problems
  }

  #compile(config: Config, local: Local): ReturnType<typeof compile> {
    const { clock, reporter, prefix, confPrefix, tempFolder, lenient, defaultErrorLog, defaultAccessLog } =
      this.#options
    return compile({
      config: effective(config, local),
      local,
      previous: this.#cycle,
      serial: ++this.#serial,
      clock,
      reporter,
      counters: this.#counters,
      prefix,
      confPrefix,
      tempFolder,
      logFiles: this.#logFiles,
      zones: this.#zones,
      lenient,
      issuesCertificates: this.#options.certificates !== undefined,
      defaultErrorLog,
      defaultAccessLog,
    })
  }

  #swap(cycle: Cycle): void {
    const old = this.#cycle
    this.#cycle = cycle
    adoptCaches(cycle)
    cycle.zones.commit()
    this.#checks.follow(cycle.upstreams.values())
    this.#followed.follow(cycle.upstreams.values())
    if (!old) return
    old.retired = true
    this.#retired.add(old)
    const over = (): void => {
      this.#retired.delete(old)
      const pools = new Set([...(this.#cycle?.upstreams.values() ?? [])].map((group) => group.idle))
      for (const group of old.upstreams.values()) if (!pools.has(group.idle)) group.dispose()
      this.#forgetLogs()
      this.#forgetZones()
    }
    if (old.active === 0) over()
    else old.onIdle = over
  }

  #forgetLogs(): void {
    const used = new Set([this.#cycle, ...this.#retired].flatMap((cycle) => cycle?.logs ?? []))
    this.#logFiles.keepOnly(used)
  }

  #forgetZones(): void {
    this.#zones.keepOnly(
      new Set([this.#cycle, ...this.#retired].flatMap((cycle) => cycle?.zones.zones() ?? [])),
    )
  }

  async stop({ graceful }: { graceful: boolean }): Promise<void> {
    await this.#applying
    this.#checks.dispose()
    this.#followed.dispose()
    const limit = this.#cycle?.workerShutdownTimeout
    const timer =
      graceful && limit !== undefined
        ? this.#options.clock.after(limit, () => this.#listeners.destroyConnections())
        : undefined
    await this.#listeners.close(graceful)
    timer?.cancel()
    for (const cycle of [this.#cycle, ...this.#retired])
      for (const group of cycle?.upstreams.values() ?? []) group.dispose()
    this.#cycle = undefined
    this.#running = undefined
    this.#retired.clear()
    this.#zones.dispose()
    this.#logFiles.close()
  }

  reopenLogs(): void {
    this.#logFiles.reopen()
  }

  log(severity: Parameters<Engine['log']>[0], message: string): void {
    if (this.#cycle) this.#cycle.log(this.#cycle.mainErrorLogs, severity, message)
    else this.#options.reporter.log(severity, message)
  }

  listeners(): ListenerStatus[] {
    return this.#listeners.status()
  }

  upstreams(): UpstreamStatus[] {
    const { clock } = this.#options
    const groups = [...(this.#cycle?.upstreams.values() ?? [])]
    return groups.map((group) => group.status(clock.monotonic(), clock.now()))
  }

  steer(upstream: string, peer: string, change: Steer): number {
    return this.#cycle?.upstreams.get(upstream)?.steer(peer, change) ?? 0
  }

  caches(): CacheZoneStatus[] {
    return this.#caches().map(zoneStatus)
  }

  cacheEntries(zone: string, filter: CacheFilter, offset: number, limit: number): CachePage | undefined {
    const found = this.#cache(zone)
    return found && listEntries(found, filter, offset, limit)
  }

  cacheEntry(zone: string, key: string, variant: string | undefined): CacheEntryDetail | undefined {
    const found = this.#cache(zone)
    return found && entryDetail(found, variant === undefined ? bytesOf(key) : variantName(variant))
  }

  purge(zone: string, what: CachePurge): CachePurged | undefined {
    const found = this.#cache(zone)
    return found && purge(found, what)
  }

  #caches(): CacheZone[] {
    return this.#zones.running('proxy_cache_path') as CacheZone[] // what compile-cache declares
  }

  #cache(name: string): CacheZone | undefined {
    return this.#caches().find((zone) => zone.name === name)
  }

  async explain(question: RequestQuestion, wanted?: ExplainWanted): Promise<ExplainResult> {
    const running = this.#running
    const asked = wanted ?? running
    if (!asked) return { outcome: 'invalid', problems: [nothingRuns] }
    const same = running !== undefined && asked.config === running.config && asked.local === running.local
    const { cycle, problems } = same
      ? { cycle: this.#cycle, problems: [] }
      : await this.#compile(asked.config, asked.local)
    if (!cycle) return { outcome: 'invalid', problems }
    const explanation = await explain(
      cycle,
      { question, config: asked.config, off: new Set(asked.local.off) },
      this.listeners(),
    )
    if (!same) this.#forgetLogs()
    return { outcome: 'explained', explanation }
  }

  limits(): LimitZoneStatus[] {
    const { clock } = this.#options
    const now = { monotonic: Math.floor(clock.monotonic()), wall: Math.floor(clock.now()) }
    return this.#limitZones().map((zone) => zone.status(now))
  }

  resetLimitKey(zone: string, key: string): boolean {
    return this.#limitZones().some((limit) => limit.name === zone && limit.reset(key))
  }

  #limitZones(): LimitZone[] {
    return limitUses.flatMap((use) => this.#zones.running(use) as LimitZone[]) // what compile-limits declares
  }

  kept(place: number): KeptExchange | undefined {
    return keptExchange(place)
  }

  inFlight(): RunningExchange[] {
    return this.#listeners.running().map(runningExchange)
  }

  connections(): number {
    return this.#listeners.connections()
  }
}

// Zones outlive cycles: what they keep is made where nothing else is in reach.
function adoptCaches(cycle: Cycle): void {
  for (const { zone, bounds } of cycle.caches.values())
    zone.adopt(bounds, (severity, message) => cycle.log(cycle.mainErrorLogs, severity, message))
}
