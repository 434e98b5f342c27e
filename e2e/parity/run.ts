/**
 * Runs the parity cases on nginx and on our engine; both must meet the same expectations.
 *
 *     node e2e/parity/run.ts [--engine nginx|sluicegate|both] [--tier 1|2] [--only NAME]… [--keep]
 *                            [--jobs N] [--list]
 */
import { readdir, readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { engineCommand, type EngineName } from '../support/nginx.ts'
import { parseCase, type Case } from './format.ts'
import { playCase, type Outcome } from './play.ts'

const folder = fileURLToPath(new URL('.', import.meta.url))

const { values: options } = parseArgs({
  options: {
    engine: { type: 'string', default: 'both' },
    tier: { type: 'string' },
    only: { type: 'string', multiple: true },
    jobs: { type: 'string', default: '3' },
    // 20 s: far above what any step takes, so that only what hangs is ended by it, even on a busy machine.
    deadline: { type: 'string', default: '20' },
    keep: { type: 'boolean', default: false },
    list: { type: 'boolean', default: false },
  },
})

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => process.exit(130))

const cases = await loadCases()
if (options.list) for (const each of cases) console.log(`${each.name.padEnd(36)} ${each.tier}  ${each.title}`)
else process.exitCode = await runAll(cases, enginesToRun())

async function loadCases(): Promise<Case[]> {
  const names = (await readdir(folder))
    .filter((name) => name.endsWith('.case'))
    .map((name) => name.slice(0, -5))
  const only = options.only
  const chosen = names.filter((name) => !only || only.some((part) => matchesName(name, part))).sort()
  if (chosen.length === 0) throw new Error(`no case is named ${only?.join(' or ')}`)
  const all = await Promise.all(
    chosen.map(async (name) => parseCase(name, await readFile(`${folder}${name}.case`, 'latin1'))),
  )
  return all.filter((each) => options.tier === undefined || each.tier === Number(options.tier))
}

/** The exact name, or a beginning of it that ends in `*`. */
function matchesName(name: string, wanted: string): boolean {
  const plain = wanted.replace(/\.case$/, '')
  return plain.endsWith('*') ? name.startsWith(plain.slice(0, -1)) : name === plain
}

function enginesToRun(): EngineName[] {
  const { engine } = options
  if (engine === 'both') return ['nginx', 'sluicegate']
  if (engine === 'nginx' || engine === 'sluicegate') return [engine]
  throw new Error(`--engine is nginx, sluicegate or both, not ${engine}`)
}

async function runAll(chosen: Case[], engines: EngineName[]): Promise<number> {
  const missing = engines.filter((engine) => !engineCommand(engine))
  if (missing.length) {
    // Passing without one side would prove nothing.
    const advice = missing.includes('nginx')
      ? ': apt-get install nginx'
      : ': bin/sluicegate-nginx.js is not there'
    console.log(`${missing.join(' and ')} cannot be run${advice}`)
    console.log(`0 passed, ${chosen.length * engines.length} failed, 0 skipped`)
    return 1
  }
  const started = performance.now()
  const jobs = chosen.flatMap((parityCase) => engines.map((engine) => ({ parityCase, engine })))
  const waiting = [...jobs]
  const counts = { passed: 0, failed: 0 }
  const worker = async () => {
    for (let job = waiting.shift(); job; job = waiting.shift()) {
      const outcome = await playSafely(job.engine, job.parityCase)
      if (outcome.passed) counts.passed++
      else counts.failed++
      report(job.engine, job.parityCase, outcome)
    }
  }
  await Promise.all(Array.from({ length: Number(options.jobs) }, worker))
  console.log(`parity: ${chosen.length} cases in ${((performance.now() - started) / 1000).toFixed(1)} s`)
  console.log(`${counts.passed} passed, ${counts.failed} failed, 0 skipped`)
  return counts.failed ? 1 : 0
}

async function playSafely(engine: EngineName, parityCase: Case): Promise<Outcome> {
  try {
    return await playCase(engine, parityCase, {
      keep: options.keep,
      deadlineMs: Number(options.deadline) * 1000,
    })
  } catch (error) {
    const message = error instanceof Error ? (error.stack ?? error.message) : String(error)
    return { passed: false, line: 0, message, details: [] }
  }
}

function report(engine: EngineName, parityCase: Case, outcome: Outcome): void {
  if (outcome.passed) return
  const place = `e2e/parity/${parityCase.name}.case${outcome.line ? `:${outcome.line}` : ''}`
  console.log(`FAIL ${engine.padEnd(10)} ${place}  ${parityCase.title}`)
  for (const line of [outcome.message, ...outcome.details]) console.log(`     ${line}`)
}
