/** Makes a fake host tell of traffic as time goes by, with the numbers that belong to it. */
import type { ExchangeRecord } from '../../status/exchange-record.ts'
import type { PeerStatus, UpstreamStatus } from '../../status/peer-status.ts'
import type { RouteCount, ThroughputSecond } from '../../status/throughput.ts'
import type { FakeHost } from './fake-host.ts'
import { livelyTraffic } from './lively-traffic.ts'
import { seededRandom } from './random.ts'

// 15 minutes, as the overview shows.
const keptSeconds = 900

export interface Lively {
  /** Lets so many milliseconds pass, ending at `now`. */
  pass(now: number, ms: number): void
}

/** `perSecond` is the mean; it swells and ebbs. */
export function livelyHost(host: FakeHost, perSecond: number, begin: number): Lively {
  const make = livelyTraffic()
  const random = seededRandom(11)
  const seconds: ThroughputSecond[] = []
  const counts = new Map<string, { requests: number; errors: number; lastAt: number; recent: number[] }>()
  const peers = new Map<string, { requests: number; failures: number; times: number[]; upstream: string }>()
  let total = 0
  let owed = 0

  function secondOf(at: number, records: readonly ExchangeRecord[]): ThroughputSecond {
    const times = records.map((record) => record.durationMs).sort((a, b) => a - b)
    const at100 = (part: number): number => times[Math.floor(part * (times.length - 1))] ?? 0
    const classes: [number, number, number, number, number] = [0, 0, 0, 0, 0]
    const cache: Record<string, number> = {}
    for (const record of records) {
      const kind = Math.floor(record.status / 100) - 1
      classes[kind] = (classes[kind] ?? 0) + 1
      if (record.cache) cache[record.cache] = (cache[record.cache] ?? 0) + 1
    }
    return {
      at,
      requests: records.length,
      classes,
      bytes: records.reduce((sum, record) => sum + record.bytesSent, 0),
      ...(times.length > 0 && { p50: at100(0.5), p95: at100(0.95), p99: at100(0.99) }),
      cache,
      limited: records.filter((record) => record.status === 503).length,
    }
  }

  function count(record: ExchangeRecord): void {
    total++
    if (record.route !== undefined) {
      const kept = counts.get(record.route) ?? { requests: 0, errors: 0, lastAt: 0, recent: [] }
      kept.requests++
      if (record.status >= 500) kept.errors++
      kept.lastAt = record.startedAt
      kept.recent = [...kept.recent.filter((at) => at > record.startedAt - 10_000), record.startedAt]
      counts.set(record.route, kept)
    }
    if (record.peer === undefined) return
    const peer = peers.get(record.peer) ?? {
      requests: 0,
      failures: 0,
      times: [],
      upstream: record.upstream ?? '',
    }
    peer.requests++
    if (record.error !== undefined) peer.failures++
    peer.times = [...peer.times.slice(-200), record.durationMs]
    peers.set(record.peer, peer)
  }

  function tellNumbers(now: number): void {
    const routes: RouteCount[] = [...counts].map(([route, kept]) => ({
      route,
      requests: kept.requests,
      errors: kept.errors,
      rate: kept.recent.filter((at) => at > now - 10_000).length / 10,
      lastAt: kept.lastAt,
      p95: 24,
      cacheAsked: kept.requests,
      cacheServed: Math.round(kept.requests * 0.4),
    }))
    host.throughput({ seconds: [...seconds], routes, connections: 15, totalRequests: total })
    host.upstreams((host.config().config.http?.upstreams ?? []).map((upstream) => statusOf(upstream, now)))
  }

  function statusOf(
    upstream: {
      name: string
      leastConn?: true | undefined
      keepalive?: number | undefined
      server?:
        | readonly {
            address: string
            weight?: number | undefined
            backup?: true | undefined
            down?: true | undefined
          }[]
        | undefined
    },
    now: number,
  ): UpstreamStatus {
    const servers = upstream.server ?? []
    const given = servers.filter(({ backup, down }) => !backup && !down)
    const whole = given.reduce((sum, { weight = 1 }) => sum + weight, 0)
    const part = (server: (typeof servers)[number]): number =>
      given.includes(server) ? (server.weight ?? 1) / whole : 0
    const all = servers.reduce((sum, { address }) => sum + (peers.get(address)?.requests ?? 0), 0)
    return {
      name: upstream.name,
      method: upstream.leastConn ? 'least_conn' : 'round robin',
      implicit: false,
      keepalive: upstream.keepalive ?? 0,
      lastMinute: all,
      names: [],
      peers: servers.map((server): PeerStatus => {
        const seen = peers.get(server.address)
        const times = [...(seen?.times ?? [])].sort((a, b) => a - b)
        const failed = server.address === '127.0.0.1:9201'
        const at100 = (part: number): number | undefined => times[Math.floor(part * (times.length - 1))]
        return {
          address: server.address,
          server: server.address,
          weight: server.weight ?? 1,
          configuredWeight: server.weight ?? 1,
          effectiveWeight: server.weight ?? 1,
          backup: server.backup ?? false,
          state: server.down ? 'down' : failed ? 'failed' : 'up',
          ...(failed && {
            failedUntil: now + 7000,
            lastFailure: 'connect() failed (111: Connection refused)',
            lastFailureAt: now - 3000,
          }),
          active: seen ? Math.floor(random() * 4) : 0,
          idle: seen ? 2 + Math.floor(random() * 3) : 0,
          requests: seen?.requests ?? 0,
          failures: failed ? 3 : (seen?.failures ?? 0),
          configuredShare: part(server),
          expectedShare: part(server),
          lastMinute: seen?.requests ?? 0,
          share: all === 0 ? 0 : (seen?.requests ?? 0) / all,
          ...(times.length > 0 && { p50: at100(0.5) ?? 0, p95: at100(0.95) ?? 0, p99: at100(0.99) ?? 0 }),
        }
      }),
    }
  }

  function pass(now: number, ms: number): void {
    const batch: ExchangeRecord[] = []
    for (let at = now - ms; at < now; at += 100) {
      owed += (perSecond / 10) * (1 + 0.45 * Math.sin(at / 40_000) + 0.5 * (random() - 0.5))
      for (; owed >= 1; owed--) {
        const record = make(Math.round(at + random() * 100))
        count(record)
        batch.push(record)
      }
    }
    for (let second = Math.floor((now - ms) / 1000); second < Math.floor(now / 1000); second++)
      seconds.push(
        secondOf(
          second * 1000,
          batch.filter((record) => Math.floor(record.startedAt / 1000) === second),
        ),
      )
    seconds.splice(0, Math.max(0, seconds.length - keptSeconds))
    host.traffic(batch.slice(-10_000))
    tellNumbers(now)
  }

  pass(begin, 60_000)
  return { pass }
}
