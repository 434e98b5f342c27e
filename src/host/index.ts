/** The program without a face: engine, saved configuration, recorder and certificates, answering one contract. */
import { join, sep } from 'node:path'
import { systemClock, type Clock } from '../base/clock.ts'
import type { ApplyResult } from '../contract/configuration.ts'
import type { About, ProxyState } from '../contract/program.ts'
import type { Handlers } from '../contract/definition.ts'
import type { HostContract } from '../contract/contract.ts'
import { hostContract, type HostClient } from '../contract/contract.ts'
import type { Channel } from '../contract/rpc/channel.ts'
import { createClient } from '../contract/rpc/client.ts'
import { memoryChannel } from '../contract/rpc/memory-channel.ts'
import { serve } from '../contract/rpc/server.ts'
import type { Config } from '../config/model.ts'
import type { Local } from '../config/local.ts'
import { createEngine, type Engine, type EngineOptions, type Reporter } from '../engine/index.ts'
import type { TrustStore } from '../pki/trust/trust-store.ts'
import { Saved } from './apply.ts'
import { BodyBook } from './body-book.ts'
import { Certificates } from './certificates.ts'
import { openConfigStore, openLocalStore } from './config-store.ts'
import { handlersOf } from './handlers.ts'
import { runnableHere } from './local-text.ts'
import { LogBook } from './log-book.ts'
import { openPreferences } from './preferences.ts'
import { programVersion } from './program.ts'
import { Proxy } from './proxy.ts'
import { RecordingSwitch } from './recording-switch.ts'
import { holdFolder } from './state-folder.ts'
import { ThroughputMeter } from './throughput.ts'
import { TrafficRecorder } from './traffic-recorder.ts'
import { StatusWatch } from './status-watch.ts'

export interface HostOptions {
  /** Where state is kept; see `defaultStateFolder`. */
  readonly folder: string
  readonly face: About['face']
  /** Where certificates are kept, when not in the state folder: one authority is trusted once. */
  readonly certificatesFolder?: string
  readonly clock?: Clock
  readonly createEngine?: (options: EngineOptions) => Engine
  readonly trustStores?: readonly TrustStore[]
}

/** A running host. */
export interface Host {
  readonly folder: string
  readonly handlers: Handlers<HostContract>
  /** Answers one client until its channel ends. */
  serve(channel: Channel): void
  /** A client in this process. */
  connect(): HostClient
  /** Starts the proxy with what is saved; a failure is a state. */
  start(): Promise<ProxyState>
  /** Replaces the saved configuration, whatever it is; the one before stays in the history. */
  replaceConfig(config: Config, note: string): Promise<ApplyResult>
  editLocal(edit: (local: Local) => Local): Promise<ApplyResult>
  proxyState(): ProxyState
  /** What was damaged at the start and what is used instead. */
  recovered(): string | undefined
  /** Lets exchanges end, then lets go of the state folder. */
  stop(options?: { graceful?: boolean }): Promise<void>
}

/**
 * Takes the state folder and loads what is saved; the proxy does not run yet. Throws `FolderInUseError` where
 * another program has the folder.
 */
export async function startHost(options: HostOptions): Promise<Host> {
  const { folder, face, clock = systemClock } = options
  const held = await holdFolder(folder)
  try {
    return await hostIn(folder, options, { clock, face, release: () => held.release() })
  } catch (error) {
    await held.release()
    throw error
  }
}

async function hostIn(
  folder: string,
  options: HostOptions,
  { clock, face, release }: { clock: Clock; face: About['face']; release: () => Promise<void> },
): Promise<Host> {
  const now = () => clock.now()
  const [configs, locals, preferences] = await Promise.all([
    openConfigStore(folder, now),
    openLocalStore(folder, now),
    openPreferences(folder, now),
  ])
  const log = new LogBook(clock)
  const bodies = new BodyBook(clock)
  const traffic: TrafficRecorder = new TrafficRecorder(
    clock,
    (place) => engine.kept(place),
    () => engine.inFlight(),
  )
  const certificates = new Certificates({
    folder: options.certificatesFolder ?? folder,
    clock,
    warn: (message) => log.add('warn', message),
    ...(options.trustStores && { trustStores: options.trustStores }),
  })
  const throughput: ThroughputMeter = new ThroughputMeter(clock, () => engine.connections())
  const reporter: Reporter = {
    exchange(finished) {
      traffic.add(finished)
      throughput.add(finished)
    },
    log: (severity, message, exchange) => log.add(severity, message, exchange),
  }
  const recording = new RecordingSwitch(bodies, reporter, preferences)
  const engine = (options.createEngine ?? createEngine)({
    reporter,
    certificates: certificates.source,
    clock,
    prefix: folder + sep,
    tempFolder: join(folder, 'temp') + sep,
    lenient: true,
  })
  const proxy = new Proxy(engine, clock)
  const saved = new Saved(configs, locals, proxy)
  await saved.checkLoaded()
  for (const recovered of [configs.recovered, locals.recovered])
    if (recovered !== undefined) log.add('warn', recovered)

  const handlers = handlersOf({
    about: {
      version: programVersion(),
      node: process.versions.node,
      platform: `${process.platform} ${process.arch}`,
      face,
      folder,
    },
    proxy,
    saved,
    configs,
    traffic,
    bodies,
    recording: new StatusWatch(clock, () => [bodies.status]),
    record: (change) => recording.set(change),
    replays: {
      clock,
      listeners: () => engine.listeners(),
      detail: (id) => traffic.detail(id),
      body: (id) => bodies.wholeBody(id, 'request'),
      seenFrom: (port) => traffic.seenFrom(port),
    },
    clock,
    throughput,
    upstreams: new StatusWatch(clock, () => engine.upstreams()),
    caches: new StatusWatch(clock, () => engine.caches()),
    limits: new StatusWatch(clock, () => engine.limits()),
    log,
    certificates,
    preferences,
    runnableHere: (config) => runnableHere(config, saved.wanted.local, { folder, certificates }),
  })
  const clients = new Set<Channel>()
  const serveHere = (channel: Channel): void => {
    clients.add(channel)
    channel.onClose(() => clients.delete(channel))
    serve(hostContract, handlers, channel)
  }
  return {
    folder,
    handlers,
    serve: serveHere,
    connect() {
      const [here, there] = memoryChannel()
      serveHere(there)
      return createClient(hostContract, here)
    },
    start: () => proxy.start(saved.wanted),
    replaceConfig: (config, note) => saved.replaceConfig(config, note),
    editLocal: (edit) => saved.editLocal(edit),
    proxyState: () => proxy.state,
    recovered: () => saved.recovered,
    async stop({ graceful = true } = {}) {
      await proxy.stop(graceful)
      for (const channel of [...clients]) channel.close()
      certificates.dispose()
      await release()
    },
  }
}
