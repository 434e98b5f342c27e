/**
 * Applies in a row under load: no request lost, no answer wrong, and nothing of the configurations that are over left
 * in the program.
 */
import { connect as tlsConnect } from 'node:tls'
import type { X509Certificate } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { ask } from './ask.ts'
import {
  certificateAt,
  configurationAt,
  makeScene,
  otherListens,
  writeCertificates,
  type Scene,
} from './configuration.ts'
import { startOrigin, type Origin } from './origin.ts'
import { Product, servesSerial, type Inside } from './product.ts'
import { mib, type Report, mebibyte, percentile } from './report.ts'
import { openEvents, openWebSocket, type LongOne } from './streams.ts'
import { Traffic } from './traffic.ts'
import { makePrefix, removePrefix } from '../support/nginx.ts'

// What the second half may add to the heap, with garbage collected: code that got compiled, caches of TLS sessions.
const heapAllowance = 4 * mebibyte

export async function applies(report: Report, long: boolean): Promise<void> {
  const count = long ? 1000 : 30
  report.begin(`${count} applies in a row under load`)
  const origin = await startOrigin()
  const scene = await makeScene(origin.port)
  const prefix = await makePrefix()
  writeCertificates(scene, prefix)
  const product = await Product.start(configurationAt(scene, 0), { prefix })
  try {
    // As many before as are counted: what grows with applies shows between the two halves.
    const first = await half(report, product, scene, origin, 1, count / 2)
    const second = await half(report, product, scene, origin, 1 + count / 2, count)
    compare(report, first, second)
    await quits(report, product, scene)
  } finally {
    await product.stop()
    await removePrefix(prefix)
    await origin.close()
  }
}

interface State extends Inside {
  readonly sockets: number
  readonly descriptors: number
}

async function half(
  report: Report,
  product: Product,
  scene: Scene,
  origin: Origin,
  from: number,
  to: number,
): Promise<State> {
  const traffic = new Traffic(scene, { perSecond: 0, clients: 12 })
  const lasting = [
    await openWebSocket(`ws://127.0.0.1:${scene.http}/ws`, 50),
    await openWebSocket(`wss://127.0.0.1:${scene.https}/ws`, 50),
    await openEvents(scene.http, 50),
  ]
  const passing: LongOne[] = []
  const wrong: string[] = []
  const took: number[] = []
  const begun = performance.now()
  for (let n = from; n <= to; n++) {
    const start = performance.now()
    await product.apply(configurationAt(scene, n), servesSerial(scene.http, n))
    took.push(performance.now() - start)
    wrong.push(...(await look(scene, n)))
    if (n % 10 === 0) {
      for (const one of passing.splice(0)) await closeOne(one, wrong)
      passing.push(
        await openWebSocket(`ws://127.0.0.1:${scene.http}/ws`, 20),
        await openEvents(scene.http, 20),
      )
    }
  }
  const seconds = (performance.now() - begun) / 1000
  for (const one of [...passing, ...lasting]) await closeOne(one, wrong)
  await traffic.stop()
  const messages = lasting.map((one) => one.count).join(' + ')
  report.figure(
    `applies ${from}–${to}`,
    `${seconds.toFixed(1)} s, median ${percentile(took, 0.5).toFixed(0)} ms, slowest ${Math.max(...took).toFixed(0)} ms`,
  )
  report.figure(
    'answers that were right',
    `${traffic.answered}, ${traffic.again} of them asked again after a GOAWAY`,
  )
  report.check(
    'no request lost, no answer wrong',
    traffic.wrongCount === 0,
    traffic.wrongCount === 0 ? traffic.answered : traffic.wrong.join('\n     '),
  )
  report.check(
    'WebSockets and events went on throughout',
    wrong.length === 0,
    wrong.length === 0 ? `${messages} messages` : wrong.slice(0, 10).join('\n     '),
  )
  return rest(report, product, origin)
}

async function closeOne(one: LongOne, wrong: string[]): Promise<void> {
  await one.close()
  wrong.push(...one.wrong)
}

/** Each kind of change is there; what is wrong comes back in words. */
async function look(scene: Scene, n: number): Promise<string[]> {
  const wrong: string[] = []
  const expect = async (port: number, path: string, status: number, body: string): Promise<void> => {
    const got = await ask(port, path).catch((error: Error) => ({ status: 0, body: error.message }))
    if (got.status !== status || got.body !== body)
      wrong.push(`${n}: ${path} on ${port}: ${got.status} ${got.body.slice(0, 80)}`)
  }
  await expect(scene.http, `/only-${n}/`, 200, `only ${n}`)
  await expect(scene.http, `/only-${n - 1}/`, 404, 'nothing here')
  await expect(scene.http, `/via-${n}/none`, 404, 'nothing here')
  await expect(scene.http, `/pattern-${n}-7`, 200, '7')
  for (const port of otherListens(scene, n)) await expect(port, '/serial', 200, String(n))
  for (const port of scene.others.filter((each) => !otherListens(scene, n).includes(each)))
    if (
      await ask(port, '/serial').then(
        () => true,
        () => false,
      )
    )
      wrong.push(`${n}: ${port} still answers`)
  const name = await certificateName(scene.https)
  const expected = ['one.localhost', 'two.localhost'][certificateAt(scene, n)]
  if (name !== `CN=${expected}`) wrong.push(`${n}: the certificate is ${name}`)
  return wrong
}

function certificateName(port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = tlsConnect({ host: '127.0.0.1', port, rejectUnauthorized: false }, () => {
      const certificate: X509Certificate | undefined = socket.getPeerX509Certificate()
      socket.destroy()
      resolve(certificate?.subject ?? '')
    })
    socket.on('error', reject)
  })
}

/** Waits until nothing is going on, and says what is left. */
async function rest(report: Report, product: Product, origin: Origin): Promise<State> {
  let inside = await product.inside()
  for (let tries = 0; tries < 20 && !isAtRest(inside); tries++) {
    await delay(100)
    inside = await product.inside()
  }
  const { objects } = inside
  report.check('nothing goes on any more', isAtRest(inside), JSON.stringify(objects))
  report.equal('configurations in memory', objects.cycles, 1)
  report.equal('upstreams in memory', objects.upstreams, 2)
  // What is kept for the next request, and no more: the pools of one configuration.
  report.check(
    'upstream connections are the kept ones',
    objects.upstreamConnections <= 24 && origin.connections() <= objects.upstreamConnections,
    `${objects.upstreamConnections} here, ${origin.connections()} at the origin`,
  )
  return { ...inside, sockets: product.sockets(), descriptors: product.descriptors().length }
}

function isAtRest({ objects }: Inside): boolean {
  const { exchanges, http1, http2, streams, cycles } = objects
  return exchanges + http1 + http2 + streams === 0 && cycles === 1
}

function compare(report: Report, first: State, second: State): void {
  const open = (state: State): number =>
    state.descriptors - state.objects.upstreamConnections - state.objects.listeners
  report.check(
    'descriptors after the second half',
    open(second) <= open(first),
    `${open(first)} → ${open(second)} beside listens and upstream connections`,
  )
  const grown = second.heap - first.heap
  report.check(
    'heap after the second half',
    grown < heapAllowance,
    `${mib(first.heap)} → ${mib(second.heap)}`,
  )
  report.check(
    'buffers after the second half',
    second.arrayBuffers - first.arrayBuffers < heapAllowance,
    `${mib(first.arrayBuffers)} → ${mib(second.arrayBuffers)}`,
  )
  report.figure('resident', `${mib(first.resident)} → ${mib(second.resident)}`)
}

/** QUIT answers what runs and leaves. */
async function quits(report: Report, product: Product, scene: Scene): Promise<void> {
  const running = Array.from({ length: 5 }, () => ask(scene.http, '/slow/300'))
  await delay(100)
  product.signal('SIGQUIT')
  const answers = await Promise.all(running)
  report.check(
    'QUIT answers what runs',
    answers.every((each) => each.body === 'slow'),
  )
  report.equal('and leaves with', await product.left(), 0)
}
