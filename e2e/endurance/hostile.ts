/** Slow and silent clients in numbers beside normal load: that one goes on as before, and they are let go in time. */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { readFileSync, writeFileSync } from 'node:fs'
import { freePort, makePrefix, removePrefix, type EngineName } from '../support/nginx.ts'
import type { Closed, Kind } from './crowd.ts'
import { startOrigin } from './origin.ts'
import { Product } from './product.ts'
import { mebibyte, mib, percentile, type Report } from './report.ts'
import { http1Way } from './ways.ts'

// What one such client may cost: its buffers in the program, a collector of garbage that is behind, temporary files not.
const perClient = 128 * 1024
const perSecond = 100

export interface HostileOptions {
  readonly long: boolean
  /** How many of them come in a second; all at once without it. */
  readonly joining?: number
  /** Who is asked: nginx says what may be expected on this machine. */
  readonly server: EngineName
}

export async function hostile(report: Report, options: HostileOptions): Promise<void> {
  const { long, joining = Infinity, server } = options
  const count = long ? 2000 : 200
  // Seconds, of each of the time-outs: all are there together before the first has to go.
  const timeout = (long ? 20 : 4) + Math.ceil(joining === Infinity ? 0 : count / joining)
  // Who does not read is waited for from the last byte on that the kernel took, which is a while after it asked.
  const burst = long ? 8 : 2
  const seconds = timeout + burst + 1
  const coming = joining === Infinity ? 'that come at once' : `that come ${joining} a second`
  report.begin(`${server}: ${count} slow and silent clients ${coming}, beside ${perSecond} requests a second`)
  const origin = await startOrigin()
  const port = await freePort()
  const prefix = await makePrefix()
  writeFileSync(`${prefix}/big`, Buffer.alloc(16 * mebibyte))
  const product = await Product.start(configuration(port, origin.port, timeout), { prefix, server })
  try {
    await load(port, long ? 5 : 1)
    const quiet = await load(port, long ? 20 : 1)
    const before = product.resident()
    product.forgetPeak()
    if (server === 'sluicegate') await product.longestTurn()
    const crowd = fork(fileURLToPath(new URL('crowd.ts', import.meta.url)), [
      String(port),
      String(count),
      String(seconds),
      String(joining),
    ])
    const told = once(crowd, 'message') as Promise<[Closed]>
    const beside = await load(port, seconds)
    const [closed] = await told
    await once(crowd, 'exit')
    const grown = product.peak() - before
    const [p99, p99beside] = [percentile(quiet.latencies, 0.99), percentile(beside.latencies, 0.99)]
    report.figure(
      'p50 of normal requests',
      `${percentile(quiet.latencies, 0.5).toFixed(1)} ms alone, ${percentile(beside.latencies, 0.5).toFixed(1)} ms beside them`,
    )
    report.figure(
      'slowest of them',
      `${Math.max(...quiet.latencies).toFixed(1)} ms alone, ${Math.max(...beside.latencies).toFixed(1)} ms beside them`,
    )
    if (server === 'sluicegate')
      report.figure('longest turn of the event loop', `${(await product.longestTurn()).toFixed(1)} ms`)
    report.figure(
      'requests that took longer than 20 ms',
      `${late(quiet.latencies)} alone, ${late(beside.latencies)} of ${beside.latencies.length} beside them`,
    )
    report.equal('normal requests that went wrong', quiet.wrong + beside.wrong, 0)
    const moved = `${p99.toFixed(1)} ms alone, ${p99beside.toFixed(1)} ms beside them`
    // How late a request is says nothing on a machine that does other things: only the long form judges it.
    if (long) report.check('p99 of normal requests moves less than 20 ms', p99beside - p99 < 20, moved)
    else report.figure('p99 of normal requests', moved)
    report.check('memory is bounded', grown < count * perClient + 32 * mebibyte, `+ ${mib(grown)}`)
    for (const [kind, times] of Object.entries(closed) as [Kind, number[]][]) {
      // Who does not read does not see the end either.
      if (kind === 'slow reading') continue
      const [first, last] = [Math.min(...times), Math.max(...times)]
      report.check(
        `${kind}: closed after ${timeout} s`,
        times.length === count / 4 && first > timeout - 0.5 && last < timeout + 4,
        `${times.length} of ${count / 4}, after ${first.toFixed(1)} to ${last.toFixed(1)} s`,
      )
    }
    const rows = readFileSync(`${product.prefix}/access.log`, 'latin1').split('\n')
    const timed = (start: string, late: number): number =>
      rows.filter((row) => {
        const took = Number(row.split(' ').pop())
        return row.startsWith(start) && took > timeout - 1 && took < timeout + late
      }).length
    report.equal('heads that were late are logged with 408', timed('slow head 408 ', 3), count / 4)
    report.equal('so are bodies', timed('stalled body 408 ', 3), count / 4)
    report.equal(
      'who does not read is logged when the time is over',
      timed('slow reading 200 ', burst),
      count / 4,
    )
    if (server === 'nginx') return
    await delay(200)
    const inside = await product.inside()
    report.equal('exchanges that are left', inside.objects.exchanges + inside.objects.http1, 0)
  } finally {
    await product.stop()
    await removePrefix(prefix)
    await origin.close()
  }
}

function late(latencies: readonly number[]): number {
  return latencies.filter((each) => each > 20).length
}

function configuration(port: number, origin: number, timeout: number): string {
  return `events { worker_connections 8192; }
http {
  map $request_uri $kind { default 'slow head'; ~^/bytes 'good'; /sum 'stalled body'; /big 'slow reading'; }
  log_format row '$kind $status $request_time'; access_log access.log row;
  client_header_timeout ${timeout}s; client_body_timeout ${timeout}s; send_timeout ${timeout}s;
  keepalive_timeout 60s;
  server {
    listen 127.0.0.1:${port} backlog=4096;
    proxy_max_temp_file_size 0;
    location = /big { root .; }
    location / { proxy_pass http://127.0.0.1:${origin}; }
  }
}
`
}

async function load(port: number, seconds: number): Promise<{ latencies: number[]; wrong: number }> {
  const way = http1Way(port, { tls: false, keep: true })
  const latencies: number[] = []
  let wrong = 0
  const begun = performance.now()
  const running: Promise<void>[] = []
  for (let n = 0; n < seconds * perSecond; n++) {
    const wait = begun + (n * 1000) / perSecond - performance.now()
    if (wait > 0) await delay(wait)
    const start = performance.now()
    running.push(
      way.ask({ method: 'GET', path: '/bytes/1/1024' }).then(
        (got) => {
          latencies.push(performance.now() - start)
          if (got.status !== 200 || got.length !== 1024) wrong++
        },
        () => void wrong++,
      ),
    )
  }
  await Promise.all(running)
  way.close()
  return { latencies, wrong }
}
