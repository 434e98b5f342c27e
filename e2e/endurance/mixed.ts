/**
 * Hours in small: mixed load at a fixed rate with an apply every ten seconds, and what the program holds, taken at
 * regular times with garbage collected. Whatever grows with time or with applies shows as a slope.
 */
import { setTimeout as delay } from 'node:timers/promises'
import { makePrefix, removePrefix } from '../support/nginx.ts'
import { ask } from './ask.ts'
import { configurationAt, makeScene, writeCertificates, type Scene } from './configuration.ts'
import { startOrigin } from './origin.ts'
import { cpuSecondsOf, Product, servesSerial, type Inside } from './product.ts'
import { mebibyte, mib, percentile, type Report } from './report.ts'
import { openEvents, openWebSocket, type LongOne } from './streams.ts'
import { Traffic } from './traffic.ts'

export interface MixedOptions {
  readonly seconds: number
  /** `half`: of what is measured before. */
  readonly perSecond: number | 'half'
  readonly applyEverySeconds: number
  readonly sampleEverySeconds: number
}

interface Sample extends Inside {
  readonly atSeconds: number
  readonly descriptors: number
}

// Beyond what is measured between two moments of one load: half-full buffers, exchanges under way.
const heapAllowance = 4 * mebibyte
const descriptorAllowance = 40
const fewestSamples = 6
const clients = 48
// So many that they wait for a CPU and not for slow answers.
const clientsAtCapacity = 160
// Of measuring how much it can do: until all is compiled, and what counts.
const [warmSeconds, countedSeconds] = [10, 20]

export async function mixed(report: Report, options: MixedOptions): Promise<void> {
  const { seconds, applyEverySeconds } = options
  const much = options.perSecond === 'half' ? 'half of capacity' : `${options.perSecond} requests a second`
  report.begin(`${Math.round(seconds)} s of ${much}, an apply every ${applyEverySeconds} s`)
  const origin = await startOrigin()
  const scene = await makeScene(origin.port)
  const prefix = await makePrefix()
  writeCertificates(scene, prefix)
  const product = await Product.start(configurationAt(scene, 0), { prefix, logLevel: 'warn' })
  const wrong: string[] = []
  const perSecond =
    options.perSecond === 'half'
      ? Math.round((await capacity(report, scene, product)) / 2)
      : options.perSecond
  const traffic = new Traffic(scene, { perSecond, clients })
  const shares = cpuShares(product)
  try {
    const lasting: LongOne[] = [
      await openWebSocket(`wss://127.0.0.1:${scene.https}/ws`, 500),
      await openEvents(scene.http, 500),
    ]
    const passing: LongOne[] = []
    const samples: Sample[] = []
    const begun = performance.now()
    const elapsed = (): number => (performance.now() - begun) / 1000
    let [applied, nextSample] = [0, options.sampleEverySeconds]
    while (elapsed() < seconds) {
      await delay(Math.max(0, (applied + 1) * applyEverySeconds - elapsed()) * 1000)
      applied++
      await product.apply(configurationAt(scene, applied), servesSerial(scene.http, applied))
      const via = await ask(scene.http, `/via-${applied}/bytes/1/4`)
      if (via.status !== 200 || via.body.length !== 4) wrong.push(`${applied}: /via answered ${via.status}`)
      for (const one of passing.splice(0)) await closeOne(one, wrong)
      passing.push(
        await openWebSocket(`ws://127.0.0.1:${scene.http}/ws`, 100),
        await openEvents(scene.http, 100),
      )
      if (elapsed() < nextSample) continue
      nextSample += options.sampleEverySeconds
      const sample = {
        ...(await product.inside()),
        atSeconds: elapsed(),
        descriptors: product.descriptors().length,
      }
      samples.push(sample)
      report.figure(`${sample.atSeconds.toFixed(0)} s, ${traffic.answered} right`, lineOf(sample))
    }
    const heard = lasting.map((one) => one.count)
    for (const one of [...passing, ...lasting]) await closeOne(one, wrong)
    await traffic.stop()
    report.figure('requests a second', (traffic.answered / elapsed()).toFixed(0))
    report.figure('CPU', shares())
    report.figure(
      'p50, p99 of answers',
      `${percentile(traffic.latencies, 0.5).toFixed(1)} ms, ${percentile(traffic.latencies, 0.99).toFixed(1)} ms`,
    )
    report.check(
      'no request lost, no answer wrong',
      traffic.wrongCount === 0,
      traffic.wrongCount === 0
        ? `${traffic.answered} right, ${applied} applies`
        : `${traffic.wrongCount} of ${traffic.answered + traffic.wrongCount}\n     ${traffic.wrong.join('\n     ')}`,
    )
    report.check(
      'WebSockets and events went on throughout',
      wrong.length === 0,
      wrong.length === 0 ? `${heard.join(' + ')} messages` : wrong.slice(0, 10).join('\n     '),
    )
    flat(report, samples)
    const errors = product.log.split('\n').filter((line) => /\[(error|crit|alert|emerg)\]/.test(line))
    report.check(
      'nothing above a warning is in the log',
      errors.length === 0,
      errors.slice(0, 5).join('\n     '),
    )
  } finally {
    await traffic.stop()
    await product.stop()
    await removePrefix(prefix)
    await origin.close()
  }
}

/**
 * Right answers a second when every client asks again as soon as it has one. Clients and origin are one process, the
 * program is another, and both share what CPUs there are: it is the capacity of the three together.
 */
async function capacity(report: Report, scene: Scene, product: Product): Promise<number> {
  const traffic = new Traffic(scene, { perSecond: 0, clients: clientsAtCapacity })
  await delay(warmSeconds * 1000)
  const [answered, shares] = [traffic.answered, cpuShares(product)]
  await delay(countedSeconds * 1000)
  const perSecond = (traffic.answered - answered) / countedSeconds
  report.figure('capacity', `${perSecond.toFixed(0)} requests a second, ${shares()}`)
  await traffic.stop()
  report.equal('answers that were wrong at capacity', traffic.wrongCount, 0)
  return perSecond
}

/** From now on: how much of a CPU each process takes. */
function cpuShares(product: Product): () => string {
  const begun = { at: performance.now(), product: product.cpuSeconds(), here: cpuSecondsOf(process.pid) }
  return () => {
    const seconds = (performance.now() - begun.at) / 1000
    const share = (now: number, then: number): string => `${((100 * (now - then)) / seconds).toFixed(0)} %`
    return `${share(product.cpuSeconds(), begun.product)} the program, ${share(cpuSecondsOf(process.pid), begun.here)} clients and origin`
  }
}

async function closeOne(one: LongOne, wrong: string[]): Promise<void> {
  await one.close()
  wrong.push(...one.wrong)
}

function lineOf({ heap, arrayBuffers, resident, descriptors, objects }: Sample): string {
  return `heap ${mib(heap)}, buffers ${mib(arrayBuffers)}, resident ${mib(resident)}, ${descriptors} descriptors, ${objects.cycles} cycles, ${objects.exchanges} exchanges`
}

/** The first third warms up; the rest may not grow: its last third is compared with its first. */
function flat(report: Report, samples: readonly Sample[]): void {
  const warm = samples.slice(Math.floor(samples.length / 3))
  const third = Math.max(1, Math.floor(warm.length / 3))
  const [early, late] = [warm.slice(0, third), warm.slice(-third)]
  if (early.length === 0) {
    report.check('there are samples', false)
    return
  }
  // The present one, and those that the lasting and the passing streams began under.
  const most = Math.max(...warm.map((sample) => sample.objects.cycles))
  report.check('old configurations end with their last exchange', most <= 4, `${most} at once at most`)
  // A few seconds show no slope: pools are still filling.
  if (warm.length < fewestSamples) return
  const grown = (what: (sample: Sample) => number): [number, number] => [
    median(early.map(what)),
    median(late.map(what)),
  ]
  const [heapFrom, heapTo] = grown((sample) => sample.heap)
  report.check('heap is flat', heapTo - heapFrom < heapAllowance, `${mib(heapFrom)} → ${mib(heapTo)}`)
  const [buffersFrom, buffersTo] = grown((sample) => sample.arrayBuffers)
  report.check(
    'buffers are flat',
    buffersTo - buffersFrom < heapAllowance,
    `${mib(buffersFrom)} → ${mib(buffersTo)}`,
  )
  const [from, to] = grown((sample) => sample.descriptors)
  report.check('descriptors are flat', to - from < descriptorAllowance, `${from} → ${to}`)
}

function median(values: readonly number[]): number {
  return percentile(values, 0.5)
}
