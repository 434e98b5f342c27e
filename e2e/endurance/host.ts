/**
 * The product that people start: `serve`, with bodies recorded, a window that watches all it can, and applies through
 * the contract under load. Nothing is lost, nobody is cut off, and nothing of a configuration that is over stays open.
 */
import { readdirSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { withHost } from '../../src/cli/running.ts'
import type { HostClient } from '../../src/contract/contract.ts'
import { serveHost, type ServedHost } from '../support/host.ts'
import { configurationAt, makeScene, type Scene } from './configuration.ts'
import { startOrigin, type Origin } from './origin.ts'
import { servesSerial } from './product.ts'
import { percentile, type Report } from './report.ts'
import { openWebSocket } from './streams.ts'
import { Traffic } from './traffic.ts'

export async function host(report: Report, long: boolean): Promise<void> {
  // A half ends with a configuration that has no listen beside the two.
  const half = long ? 200 : 8
  report.begin(`serve with its window: ${2 * half} applies through the contract under load, bodies recorded`)
  const origin = await startOrigin()
  const scene = await makeScene(origin.port)
  const served = await serveHost()
  try {
    await withHost(served.folder, (client) => watched(report, { client, served, scene, origin }, half))
  } finally {
    await served.stop()
    await origin.close()
  }
}

interface Stage {
  readonly client: HostClient
  readonly served: ServedHost
  readonly scene: Scene
  readonly origin: Origin
}

async function watched(report: Report, stage: Stage, half: number): Promise<void> {
  const { client, scene } = stage
  const window = new Window(client)
  await client.call('traffic.record', { on: true })
  await apply(stage, window, 0)
  const traffic = new Traffic(scene, { perSecond: 0, clients: 8 })
  const lasting = await openWebSocket(`ws://127.0.0.1:${scene.http}/ws`, 50)
  const took: number[] = []
  const open: number[] = []
  for (const [from, to] of [[1, half] as const, [half + 1, 2 * half] as const]) {
    for (let n = from; n <= to; n++) {
      const start = performance.now()
      await apply(stage, window, n)
      took.push(performance.now() - start)
    }
    if (to === half) open.push(await underLoad(stage))
  }
  open.push(await underLoad(stage))
  await lasting.close()
  await traffic.stop()
  report.figure(
    'an apply until it is served',
    `median ${percentile(took, 0.5).toFixed(0)} ms, slowest ${Math.max(...took).toFixed(0)} ms`,
  )
  report.check(
    'no request lost, no answer wrong',
    traffic.wrongCount === 0,
    traffic.wrongCount === 0 ? traffic.answered : traffic.wrong.join('\n     '),
  )
  report.check(
    'a WebSocket went on throughout',
    lasting.wrong.length === 0,
    lasting.wrong[0] ?? `${lasting.count} messages`,
  )
  report.check('descriptors do not grow', (open[1] ?? 0) <= (open[0] ?? 0) + 8, open.join(' → '))
  await window.hears(traffic.answered)
  report.check(
    'the window was told of every request',
    window.told >= traffic.answered,
    `${window.rows} rows, ${window.dropped} said to be left out, ${traffic.answered} answers`,
  )
  report.equal('the window saw every revision, in order', window.revisions.length, 2 * half + 1)
  const id = window.latestId
  const bodies = await client.call('traffic.bodies', { id })
  report.check('bodies are recorded', bodies !== null, `exchange ${id}`)
}

/** Applies as the window does, on what it has seen last, and waits until it is served and the window knows. */
async function apply({ client, scene }: Stage, window: Window, n: number): Promise<void> {
  const files = [{ name: 'nginx.conf', text: configurationAt(scene, n) }]
  const { config } = await client.call('nginx.import', { files, main: 'nginx.conf' })
  const result = await client.call('config.apply', { baseRevision: await window.revision(), config })
  if (result.outcome !== 'applied') throw new Error(`apply ${n}: ${JSON.stringify(result)}`)
  await window.hasSeen(result.revision)
  const serving = servesSerial(scene.http, n)
  for (const late = performance.now() + 10_000; !(await serving()); await delay(2))
    if (performance.now() > late) throw new Error(`apply ${n} was not served`)
}

/** Descriptors beside those to the origin, while as many clients as ever ask: the least of some looks. */
async function underLoad({ served, origin }: Stage): Promise<number> {
  let least = Infinity
  for (let looks = 0; looks < 20; looks++) {
    least = Math.min(least, readdirSync(`/proc/${served.pid}/fd`).length - origin.connections())
    await delay(10)
  }
  return least
}

/** What a window watches on its pages. */
class Window {
  rows = 0
  dropped = 0
  latestId = 0
  readonly revisions: number[] = []
  #latest = -1
  #wake: (() => void)[] = []

  constructor(client: HostClient) {
    client.watch('config.watch', ({ revision }) => {
      if (this.#latest >= 0) this.revisions.push(revision)
      this.#latest = revision
      this.#look()
    })
    client.watch('traffic.watch', ({ records, dropped }) => {
      this.rows += records.filter(({ running }) => running !== true).length
      this.dropped += dropped
      this.latestId = records.at(-1)?.id ?? this.latestId
      this.#look()
    })
    for (const name of [
      'throughput.watch',
      'upstreams.watch',
      'proxy.watch',
      'log.watch',
      'limits.watch',
      'caches.watch',
    ] as const)
      client.watch(name, () => undefined)
  }

  get told(): number {
    return this.rows + this.dropped
  }

  async revision(): Promise<number> {
    await this.#until(() => this.#latest >= 0)
    return this.#latest
  }

  hasSeen(revision: number): Promise<void> {
    return this.#until(() => this.#latest >= revision)
  }

  hears(requests: number): Promise<void> {
    return Promise.race([this.#until(() => this.told >= requests), delay(3000)])
  }

  #look(): void {
    for (const wake of this.#wake.splice(0)) wake()
  }

  async #until(holds: () => boolean): Promise<void> {
    while (!holds()) await new Promise<void>((resolve) => this.#wake.push(resolve))
  }
}
