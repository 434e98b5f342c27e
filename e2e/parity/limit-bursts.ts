/**
 * Plays twenty bursts of requests to a real nginx and to our engine at the same time, and compares which
 * requests limit_req lets through, delays and rejects, and for how long it delays them.
 *
 *     node e2e/parity/limit-bursts.ts            one after the other
 *     node e2e/parity/limit-bursts.ts --short    five at a time, a step of `npm test`
 */
import { get } from 'node:http'
import { setTimeout as delay } from 'node:timers/promises'
import { engineCommand, freePort, makePrefix, removePrefix, startEngine } from '../support/nginx.ts'

/** Times may differ by so much: milliseconds. */
const tolerance = 20
/** A machine that is busy elsewhere for 20 ms is no difference: one that is there in each of so many plays is. */
const plays = 6
const atOnce = process.argv.includes('--short') ? 5 : 1

/** One `limit_req` with its rate, and how many requests come at which millisecond. */
interface Burst {
  readonly rate: string
  readonly limit: string
  readonly groups: readonly (readonly [at: number, requests: number])[]
}

// Between groups the excess is left half-way between whole requests, so that a few milliseconds decide nothing.
const bursts: readonly Burst[] = [
  { rate: '10r/s', limit: '', groups: [[0, 5]] },
  {
    rate: '10r/s',
    limit: '',
    groups: [
      [0, 2],
      [150, 2],
      [450, 2],
    ],
  },
  { rate: '10r/s', limit: 'burst=3', groups: [[0, 6]] },
  {
    rate: '10r/s',
    limit: 'burst=3',
    groups: [
      [0, 3],
      [150, 3],
    ],
  },
  {
    rate: '10r/s',
    limit: 'burst=5',
    groups: [
      [0, 8],
      [250, 4],
    ],
  },
  {
    rate: '10r/s',
    limit: 'burst=1',
    groups: [
      [0, 1],
      [50, 1],
      [250, 3],
    ],
  },
  { rate: '10r/s', limit: 'burst=4 nodelay', groups: [[0, 8]] },
  {
    rate: '10r/s',
    limit: 'burst=4 nodelay',
    groups: [
      [0, 3],
      [50, 3],
      [350, 5],
    ],
  },
  { rate: '10r/s', limit: 'burst=6 delay=2', groups: [[0, 9]] },
  {
    rate: '10r/s',
    limit: 'burst=6 delay=2',
    groups: [
      [0, 4],
      [250, 6],
    ],
  },
  {
    rate: '10r/s',
    limit: 'burst=6 delay=4',
    groups: [
      [0, 7],
      [350, 7],
    ],
  },
  {
    rate: '5r/s',
    limit: 'burst=2',
    groups: [
      [0, 4],
      [300, 2],
    ],
  },
  {
    rate: '5r/s',
    limit: 'burst=2 nodelay',
    groups: [
      [0, 4],
      [300, 2],
      [900, 4],
    ],
  },
  {
    rate: '5r/s',
    limit: 'burst=3 delay=1',
    groups: [
      [0, 6],
      [500, 4],
    ],
  },
  { rate: '4r/s', limit: 'burst=2', groups: [[0, 5]] },
  {
    rate: '4r/s',
    limit: 'burst=1',
    groups: [
      [0, 3],
      [375, 3],
    ],
  },
  { rate: '20r/s', limit: 'burst=10', groups: [[0, 14]] },
  {
    rate: '20r/s',
    limit: 'burst=10 delay=5',
    groups: [
      [0, 12],
      [175, 6],
    ],
  },
  {
    rate: '120r/m',
    limit: 'burst=1',
    groups: [
      [0, 3],
      [750, 2],
    ],
  },
  {
    rate: '60r/m',
    limit: 'burst=3 nodelay',
    groups: [
      [0, 6],
      [1500, 3],
    ],
  },
]

/** What became of one request. */
interface Outcome {
  readonly verdict: string
  /** Milliseconds since 1970 by the engine's clock: when it came, and when it was answered. */
  readonly came: number
  readonly answered: number
}

if (!engineCommand('nginx')) {
  console.log('nginx cannot be run: apt-get install nginx')
  process.exitCode = 1
} else process.exitCode = await compare()

async function compare(): Promise<number> {
  const running = await Promise.all((['nginx', 'sluicegate'] as const).map(start))
  let failed = 0
  try {
    // Few at a time: twenty at once would measure the machine.
    for (let from = 0; from < bursts.length; from += atOnce)
      await Promise.all(
        bursts.slice(from, from + atOnce).map(async (burst, i) => {
          const { wrong, seen } = await playBoth(running, from + i, burst)
          if (wrong !== undefined) failed++
          const title = `${burst.rate} ${burst.limit}`.trim().padEnd(26)
          console.log(`${wrong === undefined ? 'ok  ' : 'FAIL'} ${title} ${wrong ?? seen}`)
        }),
      )
  } finally {
    for (const { stop } of running) await stop()
  }
  console.log(`${bursts.length - failed} passed, ${failed} failed, 0 skipped`)
  return failed > 0 ? 1 : 0
}

async function playBoth(
  running: readonly { port: number }[],
  index: number,
  burst: Burst,
): Promise<{ wrong: string | undefined; seen: string }> {
  let wrong: string | undefined
  let seen = ''
  for (let number = 1; number <= plays; number++) {
    const [theirs = [], ours = []] = await Promise.all(
      running.map(({ port }) => play(port, `/${index}?play=${number}`, burst)),
    )
    wrong = difference(theirs, ours)
    seen = `${summary(theirs)}${number === 1 ? '' : ` (play ${number})`}`
    if (wrong === undefined) break
  }
  return { wrong, seen }
}

async function start(engine: 'nginx' | 'sluicegate'): Promise<{ port: number; stop: () => Promise<void> }> {
  const port = await freePort()
  const prefix = await makePrefix([{ path: 'html/file', bytes: 'here' }])
  const started = await startEngine({ engine, prefix, config: configOf(port), logLevel: 'error' })
  return {
    port,
    stop: async () => {
      await started.stop()
      await removePrefix(prefix)
    },
  }
}

function configOf(port: number): string {
  const zones = bursts.map(({ rate }, i) => `limit_req_zone $arg_play zone=z${i}:64k rate=${rate};`)
  const locations = bursts.map(
    ({ limit }, i) => `location = /${i} { limit_req zone=z${i} ${limit}; try_files /file =404; }`,
  )
  return `worker_processes 1;
events {}
http {
  access_log off; client_body_temp_path t1; proxy_temp_path t2;
  ${zones.join('\n  ')}
  server {
    listen 127.0.0.1:${port};
    root html;
    add_header X-Limit $limit_req_status always;
    add_header X-Took $request_time always;
    add_header X-At $msec always;
    ${locations.join('\n    ')}
  }
}
`
}

async function play(port: number, path: string, { groups }: Burst): Promise<Outcome[][]> {
  const began = performance.now()
  const answers: Promise<Outcome[]>[] = []
  for (const [at, requests] of groups) {
    await delay(Math.max(0, at - (performance.now() - began)))
    answers.push(Promise.all(Array.from({ length: requests }, () => ask(port, path))))
  }
  return Promise.all(answers)
}

function ask(port: number, path: string): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    get({ port, host: '127.0.0.1', path, agent: false }, (answer) => {
      answer.resume()
      answer.on('end', () => {
        const [answered, took] = [answer.headers['x-at'], answer.headers['x-took']].map(
          (text) => 1000 * Number(text),
        )
        resolve({
          verdict: `${answer.statusCode ?? 0} ${String(answer.headers['x-limit'])}`,
          came: (answered ?? 0) - (took ?? 0),
          answered: answered ?? 0,
        })
      })
    }).on('error', reject)
  })
}

// Requests of one group are alike, and connections made at once are not accepted in order.
function sorted(group: readonly Outcome[]): Outcome[] {
  return [...group].sort((a, b) => a.verdict.localeCompare(b.verdict) || a.answered - b.answered)
}

/**
 * What was delayed is let go at a moment counted from the burst's first request, however late it came itself: that
 * moment is compared. What was not delayed is answered at once.
 */
function difference(theirs: readonly Outcome[][], ours: readonly Outcome[][]): string | undefined {
  const [their, our] = [theirs, ours].map((groups) => Math.min(...groups.flat().map(({ came }) => came)))
  const told = (outcome: Outcome | undefined, first: number | undefined): string =>
    outcome ? `${outcome.verdict} at ${(outcome.answered - (first ?? 0)).toFixed(0)} ms` : 'nothing'
  for (const [index, group] of theirs.entries()) {
    const mine = sorted(ours[index] ?? [])
    for (const [at, one] of sorted(group).entries()) {
      const other = mine[at]
      const apart = one.verdict.includes('DELAYED')
        ? one.answered - (their ?? 0) - ((other?.answered ?? 0) - (our ?? 0))
        : one.answered - one.came - ((other?.answered ?? 0) - (other?.came ?? 0))
      if (other?.verdict !== one.verdict || Math.abs(apart) > tolerance)
        return `group ${index}: nginx ${told(one, their)}, ours ${told(other, our)}`
    }
  }
  return undefined
}

function summary(groups: readonly Outcome[][]): string {
  const counts = new Map<string, number>()
  for (const { verdict } of groups.flat()) counts.set(verdict, (counts.get(verdict) ?? 0) + 1)
  return [...counts].map(([verdict, count]) => `${count} × ${verdict}`).join(', ')
}
