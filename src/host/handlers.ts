/** The answers to the contract: each command and stream is one line that says who knows. */
import { exportNotes } from '../config/export-notes.ts'
import { withCheck } from '../config/local.ts'
import type { Clock } from '../base/clock.ts'
import type { Config } from '../config/model.ts'
import type { About } from '../contract/program.ts'
import type { BodyRecord } from '../contract/traffic.ts'
import type { Handlers } from '../contract/definition.ts'
import type { HostContract } from '../contract/contract.ts'
import { ContractError } from '../contract/errors.ts'
import { exportNginx } from '../nginx/export.ts'
import type { BodyRecording } from '../status/exchange-body.ts'
import type { CacheZoneStatus } from '../status/cache-zone-status.ts'
import type { LimitZoneStatus } from '../status/limit-zone-status.ts'
import type { UpstreamStatus } from '../status/peer-status.ts'
import type { Saved } from './apply.ts'
import type { BodyBook } from './body-book.ts'
import type { Certificates } from './certificates.ts'
import { replyOf, withoutReply, withReply } from './keep-reply.ts'
import type { LogBook } from './log-book.ts'
import { examineMachine } from './machine-checks.ts'
import { importFiles, parseText } from './nginx-text.ts'
import { findServices } from './find-services.ts'
import { tryRoute } from './try-route.ts'
import type { PreferenceBook } from './preferences.ts'
import type { Proxy } from './proxy.ts'
import { replay, type ReplaySources } from './replay.ts'
import type { RevisionStore } from './revision-store.ts'
import type { StatusWatch } from './status-watch.ts'
import { steerPeer, type Steered } from './steering.ts'
import type { ThroughputMeter } from './throughput.ts'
import type { TrafficRecorder } from './traffic-recorder.ts'

export interface HostParts {
  readonly about: About
  readonly proxy: Proxy
  readonly saved: Saved
  readonly configs: RevisionStore<Config>
  readonly traffic: TrafficRecorder
  readonly bodies: BodyBook
  readonly recording: StatusWatch<BodyRecording>
  /** Changes what is recorded of bodies, and remembers it. */
  readonly record: (change: BodyRecord) => Promise<void>
  readonly replays: ReplaySources
  readonly clock: Clock
  readonly throughput: ThroughputMeter
  readonly upstreams: StatusWatch<UpstreamStatus>
  readonly caches: StatusWatch<CacheZoneStatus>
  readonly limits: StatusWatch<LimitZoneStatus>
  readonly log: LogBook
  readonly certificates: Certificates
  readonly preferences: PreferenceBook
  /** The saved configuration, or another one, as it runs here. */
  readonly runnableHere: (config: Config) => Promise<Config>
}

/** What answers the contract: a forgotten command or stream does not compile. */
export function handlersOf(host: HostParts) {
  const { proxy, saved, traffic, bodies, certificates, preferences } = host
  return {
    'about.get': () => host.about,
    'config.watch': (_, send) => saved.watchConfig(send),
    'config.check': async ({ config }) => ({ problems: await saved.check(config) }),
    'config.apply': (input) => saved.applyConfig(input),
    'config.history': async () =>
      (await host.configs.history()).map(({ revision, savedAt, note }) => ({
        revision,
        savedAt,
        ...(note !== undefined && { note }),
      })),
    'config.revision': async ({ revision }) => {
      const found = await host.configs.revision(revision)
      return found ? { config: found.value } : null
    },
    'local.watch': (_, send) => saved.watchLocal(send),
    'local.apply': (input) => saved.applyLocal(input),
    'local.switch': ({ route, on }) =>
      saved.editLocal((local) => {
        const others = local.off.filter((one) => one !== route)
        return { ...local, off: on ? others : [...others, route] }
      }),
    'nginx.import': ({ files, main }) => importFiles(files, main, (config) => saved.check(config)),
    'nginx.export': async ({ config = saved.wanted.config, local = false }) => ({
      text: exportNginx(local ? await host.runnableHere(config) : config, { date: new Date() }),
      notes: exportNotes(config, saved.wanted.local),
    }),
    'nginx.parse': ({ text }) => parseText(text),
    'routes.explain': ({ question, config }) =>
      proxy.engine.explain(question, config && { ...saved.wanted, config }),
    'services.find': () => findServices(),
    'routes.try': async ({ url }) =>
      tryRoute(url, (await certificates.authority()).pem, () => host.clock.now()),
    'proxy.watch': (_, send) => proxy.watch(send),
    'proxy.start': () => proxy.start(saved.wanted),
    'proxy.stop': () => proxy.stop(),
    'traffic.watch': (_, send) => traffic.watch(send),
    'traffic.get': ({ id }) => traffic.detail(id) ?? null,
    'traffic.details': ({ ids }) => traffic.details(ids),
    'traffic.clear': () => {
      traffic.clear()
      bodies.clear()
    },
    'traffic.recording': (_, send) => host.recording.watch(([now]) => now && send(now)),
    'traffic.record': async (change) => {
      await host.record(change)
      host.recording.look()
    },
    'traffic.bodies': ({ id }) => bodies.bodies(id) ?? null,
    'traffic.body': async ({ id, side, decoded }) => {
      const detail = traffic.detail(id)
      return (detail && (await bodies.content(detail, side, decoded))) ?? null
    },
    'traffic.frames': ({ id }, send) => bodies.watchFrames(id, send),
    'traffic.find': async ({ text, from }) => ({
      ids: await bodies.find(text, from, (id) => traffic.detail(id)),
    }),
    'traffic.replay': ({ id, request }) => replay(host.replays, id, request),
    'traffic.keepReply': ({ id }) => {
      const detail = traffic.detail(id)
      if (!detail) throw new ContractError('not-found', `exchange ${id} is gone: newer ones took its place`)
      const reply = replyOf(detail, bodies.wholeBody(id, 'upstream-response'), host.clock.now())
      return saved.editLocal((local) => withReply(local, reply))
    },
    'traffic.dropReply': (which) => saved.editLocal((local) => withoutReply(local, which)),
    'throughput.watch': (_, send) => host.throughput.watch(send),
    'upstreams.watch': (_, send) => host.upstreams.watch(send),
    'upstreams.steer': async (steer) => {
      const edit: Steered['edit'] = (change, note) => saved.editConfig(change, note)
      const result = await steerPeer({ engine: proxy.engine, edit }, steer)
      host.upstreams.look()
      return result
    },
    'upstreams.check': async ({ upstream, check }) => {
      const { config, local } = saved.wanted
      const names = [
        ...(config.http?.upstreams ?? []).map(({ name }) => name),
        ...Object.keys(local.checks ?? {}),
      ]
      if (!names.includes(upstream))
        throw new ContractError(
          'not-found',
          `no upstream block is called ${upstream}: there is nothing to check`,
        )
      return saved.editLocal((now) => withCheck(now, upstream, check))
    },
    'caches.watch': (_, send) => host.caches.watch(send),
    'caches.list': ({ zone, filter, offset, limit }) =>
      proxy.engine.cacheEntries(zone, filter, offset, limit) ?? noCache(zone),
    'caches.get': ({ zone, key, variant }) => proxy.engine.cacheEntry(zone, key, variant) ?? null,
    'caches.purge': ({ zone, what }) => {
      const purged = proxy.engine.purge(zone, what) ?? noCache(zone)
      host.caches.look()
      return purged
    },
    'limits.watch': (_, send) => host.limits.watch(send),
    'limits.reset': ({ zone, key }) => {
      if (!proxy.engine.resetLimitKey(zone, key))
        throw new ContractError('not-found', `no key ${key} in a limit zone ${zone} that runs now`)
      host.limits.look()
    },
    'log.watch': (_, send) => host.log.watch(send),
    'certificates.watch': (_, send) => certificates.watch(send),
    'certificates.authority': () => certificates.authority(),
    'certificates.examine': () =>
      examineMachine(certificates, host.configs.current.value, proxy.engine.listeners(), Date.now()),
    'certificates.trust': ({ store, trust }) => certificates.setTrust(store, trust),
    'preferences.watch': (_, send) => preferences.watch(send),
    'preferences.set': ({ name, value }) => preferences.set(name, value),
  } satisfies Handlers<HostContract>
}

function noCache(zone: string): never {
  throw new ContractError('not-found', `no cache ${zone} that runs now`)
}
