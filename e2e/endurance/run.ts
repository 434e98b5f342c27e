/**
 * How the engine holds out: each scenario is a name on the command line, all of them without one.
 *
 *     node e2e/endurance/run.ts [--long] [--minutes N] [--rate N] [NAME]…
 *
 * The short form of each is a step of `npm test`; `--long` is what the figures are taken with. Linux only: what is open
 * and how much memory there is is read from /proc.
 */
import { parseArgs } from 'node:util'
import { applies } from './applies.ts'
import { mixed } from './mixed.ts'
import { Report } from './report.ts'
import { resets } from './resets.ts'

type Scenario = (report: Report, long: boolean) => Promise<void>

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    long: { type: 'boolean', default: false },
    // Of the mixed load; 30 is what its figures are taken with.
    minutes: { type: 'string', default: '30' },
    // Half of what two busy cores do, clients and origin included.
    rate: { type: 'string', default: '400' },
  },
})

const scenarios: Readonly<Record<string, Scenario>> = {
  applies,
  resets,
  mixed: (report, long) =>
    mixed(
      report,
      long
        ? {
            seconds: Number(values.minutes) * 60,
            perSecond: Number(values.rate),
            applyEverySeconds: 10,
            sampleEverySeconds: 120,
          }
        : { seconds: 12, perSecond: 150, applyEverySeconds: 1, sampleEverySeconds: 3 },
    ),
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => process.exit(130))

const unknown = positionals.find((name) => !Object.hasOwn(scenarios, name))
if (unknown !== undefined) {
  console.log(`there is no scenario "${unknown}"; there are ${Object.keys(scenarios).join(', ')}`)
  process.exit(2)
}
const report = new Report()
for (const [name, scenario] of Object.entries(scenarios)) {
  if (positionals.length > 0 && !positionals.includes(name)) continue
  const begun = performance.now()
  try {
    await scenario(report, values.long)
  } catch (error) {
    report.check(`${name} came to its end`, false, error instanceof Error ? error.stack : String(error))
  }
  report.figure('took', `${((performance.now() - begun) / 1000).toFixed(1)} s`)
}
console.log(`\n${report.passed} passed, ${report.failed} failed, 0 skipped`)
process.exit(report.failed > 0 ? 1 : 0)
