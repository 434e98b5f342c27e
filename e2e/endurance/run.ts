/**
 * How the engine holds out: each scenario is a name on the command line, all of them without one.
 *
 *     node e2e/endurance/run.ts [--long] [--minutes N] [--rate N] [--server nginx] [--joining N] [NAME]…
 *
 * The short form of each is part of a step of `npm test`; `--long` is what the figures are taken with. Linux only: what
 * is open and how much memory there is is read from /proc.
 */
import { parseArgs } from 'node:util'
import { applies } from './applies.ts'
import { exhaustion } from './exhaustion.ts'
import { hostile } from './hostile.ts'
import { host } from './host.ts'
import { leaving } from './leaving.ts'
import { memory } from './memory.ts'
import { mixed, type MixedOptions } from './mixed.ts'
import { Report } from './report.ts'
import { resets } from './resets.ts'

type Scenario = (report: Report, long: boolean) => Promise<void>

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    long: { type: 'boolean', default: false },
    // Of the mixed load; 30 is what its figures are taken with.
    minutes: { type: 'string', default: '30' },
    // Its requests a second; half of what is measured before without it.
    rate: { type: 'string' },
    // Of the hostile clients: who is asked, and how many come in a second instead of all at once.
    server: { type: 'string', default: 'sluicegate' },
    joining: { type: 'string', default: 'Infinity' },
  },
})

const shortMix: MixedOptions = { seconds: 6, perSecond: 100, applyEverySeconds: 1, sampleEverySeconds: 2 }
const longMix = (): MixedOptions => ({
  seconds: Number(values.minutes) * 60,
  perSecond: values.rate === undefined ? 'half' : Number(values.rate),
  applyEverySeconds: 10,
  sampleEverySeconds: 120,
})

const scenarios: Readonly<Record<string, Scenario>> = {
  applies,
  host,
  resets,
  memory,
  mixed: (report, long) => mixed(report, long ? longMix() : shortMix),
  exhaustion,
  hostile: (report, long) =>
    hostile(report, {
      long,
      joining: Number(values.joining),
      server: values.server === 'nginx' ? 'nginx' : 'sluicegate',
    }),
  leaving,
}
// These wait more than they work: in the short form they go on beside the others.
const waiting = ['exhaustion', 'hostile', 'leaving']

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => process.exit(130))

const unknown = positionals.find((name) => !Object.hasOwn(scenarios, name))
if (unknown !== undefined) {
  console.log(`there is no scenario "${unknown}"; there are ${Object.keys(scenarios).join(', ')}`)
  process.exit(2)
}
if (process.platform !== 'linux') {
  console.log(
    'not run: what is open and how much memory there is is read from /proc\n\n0 passed, 0 failed, 1 skipped',
  )
  process.exit(0)
}

const names = Object.keys(scenarios).filter((name) => positionals.length === 0 || positionals.includes(name))
const lanes = values.long
  ? [names]
  : [names.filter((name) => !waiting.includes(name)), names.filter((name) => waiting.includes(name))]
const reports = (await Promise.all(lanes.map(runInTurn))).flat()
const sum = (what: 'passed' | 'failed' | 'skipped'): number =>
  reports.reduce((total, report) => total + report[what], 0)
console.log(`\n${sum('passed')} passed, ${sum('failed')} failed, ${sum('skipped')} skipped`)
process.exit(sum('failed') > 0 ? 1 : 0)

async function runInTurn(lane: readonly string[]): Promise<Report[]> {
  const done: Report[] = []
  for (const name of lane) {
    // A long one is watched while it goes on; of two at a time each is told in one piece.
    const report = new Report(values.long)
    const begun = performance.now()
    try {
      await scenarios[name]?.(report, values.long)
    } catch (error) {
      report.check(`${name} came to its end`, false, error instanceof Error ? error.stack : String(error))
    }
    report.figure('took', `${((performance.now() - begun) / 1000).toFixed(1)} s`)
    report.tell()
    done.push(report)
  }
  return done
}
