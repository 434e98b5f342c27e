/** The last 15 minutes as the series of the four charts. */
import type { ThroughputSecond } from '../../../status/throughput.ts'
import type { Series } from '../../charts/chart.ts'

export interface ChartData {
  readonly times: readonly number[]
  readonly throughput: readonly Series[]
  readonly latency: readonly Series[]
  readonly cache: readonly Series[]
  readonly limited: readonly Series[]
}

const verdicts: readonly (readonly [name: string, colour: string])[] = [
  ['HIT', '--accent'],
  ['STALE', '--warning'],
  ['EXPIRED', '--redirect'],
  ['MISS', '--text-3'],
  ['BYPASS', '--line-strong'],
]

// A point for every 5 s: 180 points are as many as a small chart can show.
const stepSeconds = 5

/** Sums of so many seconds each; times of answers are the worst of theirs. */
export function chartData(seconds: readonly ThroughputSecond[]): ChartData {
  // The step that is still filling would look like a fall.
  const steps = inSteps(seconds).slice(0, -1)
  const perSecond = (read: (second: ThroughputSecond) => number): number[] =>
    steps.map((step) => step.reduce((sum, second) => sum + read(second), 0) / step.length)
  const worst = (read: (second: ThroughputSecond) => number | undefined): (number | null)[] =>
    steps.map((step) => {
      const values = step.flatMap((second) => read(second) ?? [])
      return values.length === 0 ? null : Math.max(...values)
    })
  return {
    times: steps.map((step) => step[0]?.at ?? 0),
    throughput: [
      { name: '5xx', colour: '--server-error', values: perSecond((second) => second.classes[4]) },
      { name: '4xx', colour: '--client-error', values: perSecond((second) => second.classes[3]) },
      { name: '3xx', colour: '--redirect', values: perSecond((second) => second.classes[2]) },
      { name: '2xx', colour: '--ok', values: perSecond((second) => second.classes[1] + second.classes[0]) },
    ],
    latency: [
      { name: 'p99', colour: '--server-error', values: worst((second) => second.p99) },
      { name: 'p95', colour: '--client-error', values: worst((second) => second.p95) },
      { name: 'p50', colour: '--accent', values: worst((second) => second.p50) },
    ],
    cache: verdicts.map(([name, colour]) => ({
      name,
      colour,
      values: perSecond((second) => second.cache[name] ?? 0),
    })),
    limited: [{ name: 'rejected', colour: '--warning', values: perSecond((second) => second.limited) }],
  }
}

function inSteps(seconds: readonly ThroughputSecond[]): ThroughputSecond[][] {
  const steps: ThroughputSecond[][] = []
  let step = -1
  for (const second of seconds) {
    const at = Math.floor(second.at / 1000 / stepSeconds)
    if (at !== step) steps.push([])
    step = at
    steps.at(-1)?.push(second)
  }
  return steps
}
