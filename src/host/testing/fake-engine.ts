import type { Problem } from '../../base/problem.ts'
import { effective, localPort, type Local } from '../../config/local.ts'
import type { Config } from '../../config/model.ts'
import type { Engine, EngineOptions, FinishedExchange } from '../../engine/index.ts'
import type { ExchangeRecord } from '../../status/exchange-record.ts'

/** An engine without sockets: it takes any configuration, unless told otherwise, and says what it runs. */
export interface FakeEngine extends Engine {
  readonly options: EngineOptions
  /** What it runs; undefined while stopped. */
  running: { config: Config; local: Local } | undefined
  /** What the next applies are refused with. */
  refuseWith: Problem[]
  checkProblems: Problem[]
  applies: number
}

export function fakeEngine(options: EngineOptions): FakeEngine {
  return {
    options,
    running: undefined,
    refuseWith: [],
    checkProblems: [],
    applies: 0,
    async check() {
      return this.checkProblems
    },
    async apply(config, local) {
      this.applies++
      if (this.refuseWith.length > 0) return this.refuseWith
      this.running = { config, local }
      return []
    },
    async stop() {
      this.running = undefined
    },
    reopenLogs: () => undefined,
    log: () => undefined,
    listeners() {
      if (!this.running) return []
      const { config, local } = this.running
      const listens = (effective(config, local).http?.servers ?? []).flatMap(({ listen }) => listen ?? [])
      return listens.map(({ port = 80, ssl }) => ({
        listen: String(port),
        address: `127.0.0.1:${localPort(local, port)}`,
        port: localPort(local, port),
        ssl: ssl === true,
        http2: false,
        connections: 0,
      }))
    },
    upstreams: () => [],
    steer: () => 0,
    connections: () => 0,
    inFlight: () => [],
    kept: keptFake,
    caches: () => [],
    cacheEntries: () => undefined,
    cacheEntry: () => undefined,
    purge: () => undefined,
    limits: () => [],
    explain: async () => ({ outcome: 'invalid', problems: [] }),
    resetLimitKey: (zone, key) => zone === 'one' && key === '127.0.0.1',
  }
}

const keptFakes: FinishedExchange[] = []

/** Finds a fake exchange that was kept. */
export const keptFake = (place: number): FinishedExchange | undefined => keptFakes[place]

/** An exchange that ended, with what a test wants of it. */
export function finishedExchange(about: Partial<ExchangeRecord> & { id: number }): FinishedExchange {
  const record: ExchangeRecord = {
    startedAt: 0,
    durationMs: 5,
    client: '127.0.0.1',
    scheme: 'http',
    protocol: 'HTTP/1.1',
    method: 'GET',
    host: 'app.localhost',
    target: '/',
    status: 200,
    bytesSent: 100,
    bodyBytesSent: 50,
    requestBytes: 40,
    attempts: 1,
    ...about,
  }
  const { id, status, durationMs, route, bytesSent, cache } = record
  return {
    id,
    status,
    durationMs,
    route,
    bytesSent,
    cache,
    limited: false,
    keep() {
      return keptFakes.push(this) - 1
    },
    record: () => record,
    detail: () => ({
      record,
      phases: [],
      attempts: [],
      request: { startLine: `${record.method} ${record.target} HTTP/1.1`, fields: [] },
    }),
  }
}
