/**
 * A host in memory: it keeps what is applied, and lets tests push what the engine would tell. Answers are
 * copies, as over a channel.
 */
import { shallowRef } from 'vue'
import { hasErrors, type Problem } from '../../base/problem.ts'
import { defaultLocal, withCheck, type Local } from '../../config/local.ts'
import type { Config } from '../../config/model.ts'
import { routesOf, pathKey } from '../../config/path.ts'
import type { ApplyResult, ConfigState, LocalState } from '../../contract/configuration.ts'
import type { CertificatesState, LogBatch, ProxyState } from '../../contract/program.ts'
import type { Handlers } from '../../contract/definition.ts'
import type { HostContract } from '../../contract/contract.ts'
import type { TrafficBatch } from '../../contract/traffic.ts'
import { ContractError } from '../../contract/errors.ts'
import { exportNginx } from '../../nginx/export.ts'
import { importNginx } from '../../nginx/import.ts'
import { parse } from '../../nginx/parser.ts'
import type { BodyContent, BodyRecording, ExchangeFrame } from '../../status/exchange-body.ts'
import type { ExchangeRecord } from '../../status/exchange-record.ts'
import type { LogEntry } from '../../status/log-entry.ts'
import type { LimitZoneStatus } from '../../status/limit-zone-status.ts'
import type { UpstreamStatus } from '../../status/peer-status.ts'
import type { Throughput } from '../../status/throughput.ts'
import type { HostLink, LinkState } from '../host/link.ts'
import { demoConfig } from './demo-config.ts'
import { detailOf } from './lively-traffic.ts'

/** A value that is watched: new watchers get it at once. */
function watched<T>(initial: T) {
  const readers = new Set<(value: T) => void>()
  let value = initial
  return {
    get: () => value,
    set(next: T): void {
      value = next
      for (const read of readers) read(structuredClone(next))
    },
    watch(_input: void, send: (item: T) => void): () => void {
      readers.add(send)
      send(structuredClone(value))
      return () => readers.delete(send)
    },
  }
}

/** A list that is watched: new watchers get all of it, then what is added. */
function batches<T extends { reset: boolean; dropped: number }>(empty: T, list: keyof T) {
  const readers = new Set<(value: T) => void>()
  let all: unknown[] = []
  const push = (batch: T): void => {
    const entries = batch[list] as unknown[]
    all = [...(batch.reset ? [] : all), ...entries].slice(-10_000)
    for (const read of readers) read(structuredClone(batch))
  }
  return {
    push,
    watch(_input: void, send: (item: T) => void): () => void {
      readers.add(send)
      send(structuredClone({ ...empty, [list]: all }))
      return () => readers.delete(send)
    },
  }
}

/** What was recorded of an exchange. */
interface Recorded {
  readonly bodies: readonly BodyContent[]
  readonly frames: readonly ExchangeFrame[]
}

/** What a test does to the host, and sees of it. */
export interface FakeHost {
  readonly link: HostLink
  readonly state: ReturnType<typeof shallowRef<LinkState>>
  /** Names of the commands that were called, with their inputs. */
  readonly calls: { name: string; input: unknown }[]
  config(): ConfigState
  local(): Local
  /** Somebody else applies. */
  applyElsewhere(config: Config): void
  /** What `config.check` finds from now on. */
  findProblems(problems: readonly Problem[]): void
  traffic(records: readonly ExchangeRecord[], options?: { dropped?: number }): void
  /** Bodies or messages of an exchange that was told. */
  recorded(id: number, what: Partial<Recorded>): void
  throughput(now: Throughput): void
  upstreams(now: readonly UpstreamStatus[]): void
  limits(now: readonly LimitZoneStatus[]): void
  log(entries: readonly LogEntry[]): void
  certificates(now: CertificatesState): void
  proxy(now: ProxyState): void
}

const runningOn = (config: Config): ProxyState => ({
  state: 'running',
  listeners: [
    { listen: '80', address: '127.0.0.1:8080', port: 8080, ssl: false, http2: false, connections: 3 },
    { listen: '443', address: '127.0.0.1:8443', port: 8443, ssl: true, http2: true, connections: 12 },
  ].slice(0, config.http?.servers ? 2 : 0),
  problems: [],
  startedAt: 1_760_000_000_000,
  connections: 15,
})

export function fakeHost(initial: Config = demoConfig): FakeHost {
  const config = watched<ConfigState>({
    revision: 7,
    config: initial,
    savedAt: 1_760_000_000_000,
    problems: [],
  })
  const local = watched<LocalState>({ revision: 1, local: defaultLocal })
  const proxy = watched<ProxyState>(runningOn(initial))
  const throughput = watched<Throughput>({ seconds: [], routes: [], connections: 0, totalRequests: 0 })
  const upstreams = watched<readonly UpstreamStatus[]>([])
  const limits = watched<readonly LimitZoneStatus[]>([])
  const certificates = watched<CertificatesState>({ leaves: [], stores: [] })
  const preferences = watched<Readonly<Record<string, unknown>>>({})
  const traffic = batches<TrafficBatch>({ reset: true, records: [], dropped: 0 }, 'records')
  const recording = watched<BodyRecording>({
    on: false,
    bodyLimit: 262_144,
    memory: 67_108_864,
    used: 0,
    exchanges: 0,
  })
  const recorded = new Map<number, Recorded>()
  const log = batches<LogBatch>({ reset: true, entries: [], dropped: 0 }, 'entries')
  const history: ConfigState[] = [config.get()]
  const details = new Map<number, ExchangeRecord>()
  const calls: { name: string; input: unknown }[] = []
  let problems: readonly Problem[] = []

  function save(next: Config): number {
    const revision = config.get().revision + 1
    config.set({ revision, config: next, savedAt: Date.now(), problems: [] })
    history.push(config.get())
    return revision
  }

  function saveLocal(next: Local): ApplyResult {
    const revision = local.get().revision + 1
    local.set({ revision, local: next })
    return { outcome: 'applied', revision, problems: [] }
  }

  const handlers: Handlers<HostContract> = {
    'about.get': () => ({
      version: '0.1.0',
      node: '24.21.0',
      platform: 'linux x64',
      face: 'browser',
      folder: '~/.local/state/sluicegate',
    }),
    'config.watch': config.watch,
    'config.check': () => ({ problems }),
    'config.apply': (input) => {
      if (input.baseRevision !== config.get().revision)
        return { outcome: 'conflict', revision: config.get().revision }
      if (hasErrors(problems)) return { outcome: 'invalid', problems }
      return { outcome: 'applied', revision: save(input.config), problems }
    },
    'config.history': () => history.map(({ revision, savedAt }) => ({ revision, savedAt })),
    'config.revision': ({ revision }) => {
      const found = history.find((state) => state.revision === revision)
      return found ? { config: found.config } : null
    },
    'local.watch': local.watch,
    'local.apply': (input) =>
      input.baseRevision === local.get().revision
        ? saveLocal(input.local)
        : { outcome: 'conflict', revision: local.get().revision },
    'local.switch': ({ route, on }) => {
      const off = local.get().local.off.filter((other) => other !== route)
      return saveLocal({ ...local.get().local, off: on ? off : [...off, route] })
    },
    'nginx.import': ({ files, main }) => {
      const imported = importNginx(files, main)
      return {
        config: imported.config,
        problems: imported.problems,
        report: imported.report.lines.map(({ name, position, applied }) => ({
          directive: name,
          file: position?.file ?? main,
          line: position?.line ?? 0,
          outcome: applied === 'engine' ? ('applied' as const) : applied,
        })),
      }
    },
    'nginx.export': (input) => ({ text: exportNginx(input.config ?? config.get().config), notes: [] }),
    'nginx.parse': ({ text }) => {
      const { statements, problem } = parse(text, 'nginx.conf')
      return { statements, problems: problem ? [problem] : [] }
    },
    'services.find': () => ({
      services: [
        { address: '127.0.0.1:3000', port: 3000, process: 'node server.js' },
        { address: '127.0.0.1:5432', port: 5432 },
      ],
      containers: [{ name: 'my-app:8000', address: '127.0.0.1:32768', image: 'my/app' }],
    }),
    'routes.try': () => ({ status: 200, ms: 12, resolves: true }),
    'routes.explain': () => ({ outcome: 'invalid', problems: [] }),
    'proxy.watch': proxy.watch,
    'proxy.start': () => {
      proxy.set(runningOn(config.get().config))
      return proxy.get()
    },
    'proxy.stop': () => {
      proxy.set({ state: 'stopped', listeners: [], problems: [], connections: 0 })
      return proxy.get()
    },
    'traffic.watch': traffic.watch,
    'traffic.get': ({ id }) => {
      const record = details.get(id)
      return record ? detailOf(record) : null
    },
    'traffic.clear': () => traffic.push({ reset: true, records: [], dropped: 0 }),
    'traffic.details': ({ ids }) =>
      ids.flatMap((id) => {
        const record = details.get(id)
        return record ? [detailOf(record)] : []
      }),
    'traffic.recording': recording.watch,
    'traffic.record': ({ on, bodyLimit, memory }) => {
      const now = recording.get()
      recording.set({
        ...now,
        on: on ?? now.on,
        bodyLimit: bodyLimit ?? now.bodyLimit,
        memory: memory ?? now.memory,
      })
    },
    'traffic.bodies': ({ id }) => {
      const kept = recorded.get(id)
      return kept
        ? {
            bodies: kept.bodies.map(({ base64: _base64, decoded: _decoded, ...status }) => status),
            frames: kept.frames.length,
          }
        : null
    },
    'traffic.body': ({ id, side }) => recorded.get(id)?.bodies.find((body) => body.side === side) ?? null,
    'traffic.frames': ({ id }, send) => {
      send({ reset: true, dropped: 0, frames: recorded.get(id)?.frames ?? [] })
      return () => undefined
    },
    'traffic.find': ({ text, from }) => ({
      ids: [...recorded]
        .filter(([id, { bodies }]) => id >= from && bodies.some(({ base64 }) => atob(base64).includes(text)))
        .map(([id]) => id),
    }),
    'traffic.replay': ({ id }) => {
      const record = details.get(id)
      if (!record) throw new ContractError('not-found', `exchange ${id} is gone`)
      const again = { ...record, id: Math.max(...details.keys()) + 1 }
      details.set(again.id, again)
      traffic.push({ reset: false, records: [again], dropped: 0 })
      return { id: again.id }
    },
    'traffic.keepReply': ({ id }) => {
      const record = details.get(id)
      if (!record) throw new ContractError('not-found', `exchange ${id} is gone`)
      const { host, method, target, status } = record
      const now = local.get().local
      return saveLocal({
        ...now,
        replies: [...(now.replies ?? []), { host, method, target, status, fields: [], body: '', keptAt: 0 }],
      })
    },
    'traffic.dropReply': ({ host, method, target }) => {
      const now = local.get().local
      return saveLocal({
        ...now,
        replies: now.replies?.filter(
          (one) => one.host !== host || one.method !== method || one.target !== target,
        ),
      })
    },
    'throughput.watch': throughput.watch,
    'upstreams.watch': upstreams.watch,
    'limits.watch': limits.watch,
    'limits.reset': () => undefined,
    'caches.watch': (_, send) => {
      send([])
      return () => undefined
    },
    'caches.list': () => ({ total: 0, size: 0, entries: [] }),
    'caches.get': () => null,
    'caches.purge': () => ({
      removed: 0,
      size: 0,
      interrupted: 0,
      message: 'Nothing is stored in this cache.',
    }),
    'upstreams.steer': () => ({ peers: 1 }),
    'upstreams.check': ({ upstream, check }) => saveLocal(withCheck(local.get().local, upstream, check)),
    'log.watch': log.watch,
    'certificates.watch': certificates.watch,
    'certificates.authority': () => ({
      pem: '-----BEGIN CERTIFICATE-----\nMIIB…\n-----END CERTIFICATE-----\n',
      file: '~/.local/state/sluicegate/authority.pem',
    }),
    'certificates.examine': () => [
      {
        about: 'authority',
        title: 'The local authority',
        outcome: 'good',
        message: 'Valid until 2036-01-01.',
      },
    ],
    'certificates.trust': ({ store, trust }) => {
      const now = certificates.get()
      certificates.set({
        ...now,
        stores: now.stores.map((one) =>
          one.id === store ? { ...one, state: trust ? ('trusted' as const) : ('not-trusted' as const) } : one,
        ),
      })
      return {
        ok: true,
        message: trust ? 'The authority is trusted.' : 'The authority is not trusted any more.',
      }
    },
    'preferences.watch': preferences.watch,
    'preferences.set': ({ name, value }) => preferences.set({ ...preferences.get(), [name]: value }),
  }

  const state = shallowRef<LinkState>('open')
  const link: HostLink = {
    state,
    async call(name: string, ...[input]: unknown[]) {
      calls.push({ name, input: structuredClone(input) })
      if (state.value !== 'open') throw new ContractError('closed', 'not connected')
      const answer = (handlers as unknown as Record<string, (input: unknown) => unknown>)[name]
      if (!answer) throw new ContractError('unknown-name', `there is no command "${name}"`)
      return structuredClone(await answer(structuredClone(input))) as never
    },
    watch(name: string, onItem: (item: never) => void, input?: unknown) {
      type Watch = (input: unknown, send: (item: never) => void) => () => void
      const watch = (handlers as unknown as Record<string, Watch>)[name]
      return watch ? watch(input, onItem) : () => undefined
    },
    retry: () => undefined,
    dispose: () => undefined,
  }

  return {
    link,
    state,
    calls,
    config: config.get,
    local: () => local.get().local,
    applyElsewhere: (next) => void save(next),
    findProblems: (found) => {
      problems = found
    },
    traffic: (records, options = {}) => {
      for (const record of records) details.set(record.id, record)
      traffic.push({ reset: false, records, dropped: options.dropped ?? 0 })
    },
    recorded: (id, { bodies = [], frames = [] }) => void recorded.set(id, { bodies, frames }),
    throughput: throughput.set,
    upstreams: upstreams.set,
    limits: limits.set,
    log: (entries) => log.push({ reset: false, entries, dropped: 0 }),
    certificates: certificates.set,
    proxy: proxy.set,
  }
}

/** Keys of every server and location of a configuration. */
export function routeKeys(config: Config): string[] {
  return routesOf(config).map((route) => pathKey(route.path))
}
