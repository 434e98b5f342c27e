/** Traffic as numbers: exact, whatever rows are shown. */
import type { Clock, Timer } from '../base/clock.ts'
import { RingBuffer } from '../base/ring-buffer.ts'
import { RollingRate } from '../base/rolling-rate.ts'
import type { FinishedExchange } from '../engine/index.ts'
import type { RouteCount, Throughput, ThroughputSecond } from '../status/throughput.ts'
import { DurationHistogram, RecentDurations } from './percentiles.ts'

/** 15 minutes. */
const keptSeconds = 900

interface Route {
  requests: number
  errors: number
  lastAt: number
  cacheAsked: number
  cacheServed: number
  readonly rate: RollingRate
  readonly durations: RecentDurations
}

/** Verdicts with which what was stored was sent. */
const served: ReadonlySet<string> = new Set(['HIT', 'STALE', 'UPDATING', 'REVALIDATED'])

interface Counting {
  at: number
  requests: number
  classes: [number, number, number, number, number]
  bytes: number
  cache: Record<string, number>
  limited: number
}

/** Counts exchanges by second and by route. */
export class ThroughputMeter {
  readonly #clock: Clock
  readonly #connections: () => number
  readonly #seconds = new RingBuffer<ThroughputSecond>(keptSeconds)
  readonly #durations = new DurationHistogram()
  readonly #routes = new Map<string, Route>()
  readonly #watchers = new Set<(state: Throughput) => void>()
  #current: Counting
  #totalRequests = 0
  #timer: Timer | undefined

  constructor(clock: Clock, connections: () => number) {
    this.#clock = clock
    this.#connections = connections
    this.#current = newSecond(secondOf(clock.now()))
  }

  /** Called on the path of traffic. */
  add(finished: FinishedExchange): void {
    const now = this.#clock.now()
    this.#advance(now)
    const { bytesSent, cache } = finished
    const current = this.#current
    current.requests++
    current.bytes += bytesSent
    const statusClass = Math.floor(finished.status / 100) - 1
    if (statusClass in current.classes) current.classes[statusClass as 0]++
    if (finished.limited) current.limited++
    if (cache) current.cache[cache] = (current.cache[cache] ?? 0) + 1
    this.#durations.add(finished.durationMs)
    this.#totalRequests++
    if (finished.route !== undefined) this.#countRoute(finished.route, finished, now)
  }

  /** The numbers as they stand. */
  state(): Throughput {
    const now = this.#clock.now()
    this.#advance(now)
    return {
      seconds: [...this.#seconds, this.#second()],
      routes: [...this.#routes].map(([route, counted]) => routeCount(route, counted, now)),
      connections: this.#connections(),
      totalRequests: this.#totalRequests,
    }
  }

  /** Tells the numbers now and at the end of every second. */
  watch(send: (state: Throughput) => void): () => void {
    // A function of its own, so that one function may watch twice.
    const watcher = (state: Throughput): void => send(state)
    this.#watchers.add(watcher)
    watcher(this.state())
    this.#timer ??= this.#atNextSecond()
    return () => {
      this.#watchers.delete(watcher)
      if (this.#watchers.size > 0) return
      this.#timer?.cancel()
      this.#timer = undefined
    }
  }

  #atNextSecond(): Timer {
    const now = this.#clock.now()
    return this.#clock.after(secondOf(now) + 1000 - now, () => {
      const state = this.state()
      for (const send of this.#watchers) send(state)
      this.#timer = this.#atNextSecond()
    })
  }

  /** Ends the seconds that have passed; those without traffic are there, with zeros. */
  #advance(now: number): void {
    const second = secondOf(now)
    if (second <= this.#current.at) return
    this.#seconds.push(this.#second())
    const firstEmpty = Math.max(this.#current.at + 1000, second - keptSeconds * 1000)
    for (let at = firstEmpty; at < second; at += 1000) this.#seconds.push(newSecond(at))
    this.#current = newSecond(second)
    this.#durations.clear()
  }

  #second(): ThroughputSecond {
    const [p50, p95, p99] = [0.5, 0.95, 0.99].map((p) => this.#durations.percentile(p))
    const { classes, cache } = this.#current
    return {
      ...this.#current,
      classes: [...classes],
      cache: { ...cache },
      ...(p50 !== undefined && { p50, p95, p99 }),
    }
  }

  #countRoute(name: string, { status, cache, durationMs }: FinishedExchange, now: number): void {
    let route = this.#routes.get(name)
    if (!route) this.#routes.set(name, (route = newRoute()))
    route.requests++
    if (cache) route.cacheAsked++
    if (cache && served.has(cache)) route.cacheServed++
    route.durations.add(durationMs, now)
    if (status >= 500 || status === 0) route.errors++
    route.lastAt = now
    route.rate.add(now)
  }
}

function secondOf(ms: number): number {
  return Math.floor(ms / 1000) * 1000
}

function newSecond(at: number): Counting {
  return { at, requests: 0, classes: [0, 0, 0, 0, 0], bytes: 0, cache: {}, limited: 0 }
}

function newRoute(): Route {
  return {
    requests: 0,
    errors: 0,
    lastAt: 0,
    cacheAsked: 0,
    cacheServed: 0,
    rate: new RollingRate(10_000),
    durations: new RecentDurations(),
  }
}

function routeCount(
  route: string,
  { requests, errors, lastAt, cacheAsked, cacheServed, rate, durations }: Route,
  now: number,
): RouteCount {
  const p95 = durations.percentile(0.95, now)
  return {
    route,
    requests,
    errors,
    lastAt,
    rate: Math.round(rate.perSecond(now) * 10) / 10,
    ...(p95 !== undefined && { p95 }),
    cacheAsked,
    cacheServed,
  }
}
