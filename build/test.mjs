// `npm test`: everything there is to test, in order, whatever fails; ends in one line `N passed, N failed, N skipped`.
//   npm test -- --only unit,parity    some of it
// Runs under whatever Node npm finds, 20 too; what it starts runs under the project's.
import { spawn } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { endWithNpm } from './end-with-npm.mjs'
import { closingLine, counts, fromPlaywright, fromText, fromVitest, sum } from './test-counts.mjs'
import { provide } from './test-needs.mjs'

/** @typedef {import('./test-counts.mjs').Counts} Counts */

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const reports = join(root, 'test-results')
const env = { ...process.env, PATH: join(root, 'node_modules/.bin') + delimiter + process.env['PATH'] }

/** A step that hangs is ended after so long, in milliseconds. */
const patience = 10 * 60_000
/** The whole run may be bounded too, by SLUICEGATE_TEST_MINUTES: what is not done by then fails. */
const end = Date.now() + Number(process.env['SLUICEGATE_TEST_MINUTES'] ?? 24 * 60) * 60_000

/**
 * @typedef {object} Step
 * @property {string} name
 * @property {string[]} command
 * @property {string[]} [needs] programs npm cannot bring
 * @property {(said: string) => Counts | undefined} [read] its counts; without it a step is one test
 * @property {boolean} [mustRun] nothing in it may be skipped
 */

/** @type {Step[]} */
const steps = [
  { name: 'typecheck', command: script('typecheck') },
  { name: 'rooms', command: script('rooms') },
  { name: 'lint', command: script('lint') },
  { name: 'format', command: script('format:check') },
  {
    name: 'unit',
    command: [
      ...script('unit'),
      '--',
      '--reporter=default',
      '--reporter=json',
      `--outputFile.json=${report('unit')}`,
    ],
    needs: ['nginx', 'openssl'],
    read: () => fromVitest(read('unit')),
  },
  { name: 'coverage', command: script('coverage') },
  { name: 'build', command: script('build') },
  {
    name: 'parity',
    command: ['node', 'e2e/parity/run.ts'],
    needs: ['nginx', 'openssl'],
    read: fromText,
    mustRun: true,
  },
  {
    name: 'regexes',
    command: ['node', 'e2e/parity/regexes.ts'],
    needs: ['nginx'],
    read: fromText,
    mustRun: true,
  },
  {
    name: 'peers',
    command: ['node', 'e2e/parity/peers.ts', '--short'],
    needs: ['nginx'],
    read: fromText,
    mustRun: true,
  },
  {
    name: 'limits',
    command: ['node', 'e2e/parity/limit-bursts.ts', '--short'],
    needs: ['nginx'],
    read: fromText,
    mustRun: true,
  },
  {
    name: 'sequences',
    command: ['node', 'e2e/parity/cache-sequences.ts'],
    needs: ['nginx'],
    read: fromText,
    mustRun: true,
  },
  { name: 'cache-size', command: ['node', 'e2e/cache/large.ts'], read: fromText, mustRun: true },
  { name: 'cache-faults', command: ['node', 'e2e/cache/faults.ts'], read: fromText, mustRun: true },
  { name: 'fuzz', command: ['node', 'e2e/fuzz/all.ts'], needs: ['nginx'], read: fromText, mustRun: true },
  {
    name: 'endurance',
    command: ['node', 'e2e/endurance/run.ts'],
    needs: ['nginx', 'openssl'],
    read: fromText,
  },
  { ...playwright('browser'), needs: ['chromium', 'nginx'], mustRun: true },
  { ...playwright('shell'), needs: ['chromium'], mustRun: true },
  playwright('electron'),
]

/** @param {string} name */
function script(name) {
  return ['npm', 'run', '--silent', name]
}

/**
 * @param {string} name
 * @returns {Step}
 */
function playwright(name) {
  return {
    name,
    command: ['playwright', 'test', `--project=${name}`, '--forbid-only', '--reporter=list,json'],
    read: () => fromPlaywright(read(name)),
  }
}

/** @param {string} name */
function report(name) {
  return join(reports, `${name}.json`)
}

/**
 * What a test program reported; it throws where it reported nothing.
 * @param {string} name
 */
function read(name) {
  return JSON.parse(readFileSync(report(name), 'utf8'))
}

async function main() {
  const chosen = chooseSteps(process.argv.slice(2))
  mkdirSync(reports, { recursive: true })
  const lacking = provide([...new Set(chosen.flatMap((step) => step.needs ?? []))], console.log)
  if (lacking !== undefined) {
    console.log(lacking)
    return finish(counts(0, 1))
  }
  /** @type {Counts[]} */
  const all = []
  /** @type {string[]} */
  const table = []
  for (const step of chosen) {
    console.log(`\n── ${step.name} ${'─'.repeat(60 - step.name.length)}`)
    const begun = Date.now()
    const result = await runStep(step)
    all.push(result)
    const line = `${step.name.padEnd(10)} ${closingLine(result)} (${((Date.now() - begun) / 1000).toFixed(1)} s)`
    console.log(line)
    table.push(line, ...result.skips.map((skip) => `           skipped: ${skip}`))
  }
  console.log(`\n── all ${'─'.repeat(57)}\n${table.join('\n')}\n`)
  finish(sum(all))
}

/** @param {string[]} args */
function chooseSteps(args) {
  const at = args.findIndex((arg) => arg.startsWith('--only'))
  if (at < 0) return steps
  const names = (args[at]?.split('=')[1] ?? args[at + 1] ?? '').split(',').filter((name) => name !== '')
  const unknown = names.filter((name) => !steps.some((step) => step.name === name))
  if (names.length > 0 && unknown.length === 0) return steps.filter((step) => names.includes(step.name))
  console.log(`--only takes steps separated by commas: ${steps.map((step) => step.name).join(', ')}`)
  process.exit(2)
}

/** @param {Counts} total */
function finish(total) {
  console.log(closingLine(total))
  process.exitCode = total.failed > 0 || total.passed === 0 ? 1 : 0
}

/**
 * @param {Step} step
 * @returns {Promise<Counts>}
 */
async function runStep(step) {
  rmSync(report(step.name), { force: true })
  const { status, said } = await run(step)
  const result =
    step.read === undefined ? counts(status === 0 ? 1 : 0, status === 0 ? 0 : 1) : readSafely(step, said)
  if (step.mustRun === true && result.skipped > 0) {
    console.log(`  nothing may be skipped in ${step.name}; what was skipped counts as failed`)
    return counts(result.passed, result.failed + result.skipped, 0, result.skips)
  }
  // A program that fails although no test of it does (it crashed, or found no tests) is one failure.
  return status !== 0 && result.failed === 0 ? { ...result, failed: 1 } : result
}

/**
 * @param {Step} step
 * @param {string} said
 * @returns {Counts}
 */
function readSafely(step, said) {
  try {
    return step.read?.(said) ?? counts(0, 1)
  } catch (error) {
    console.log(`  no report: ${error instanceof Error ? error.message : String(error)}`)
    return counts(0, 1)
  }
}

/** The id of the group of the running step, to end it with us. @type {number | undefined} */
let running

/**
 * Runs a step's command and shows what it says, indented: the line this run ends with shall be the only one of its kind.
 * @param {Step} step
 * @returns {Promise<{ status: number, said: string }>}
 */
function run({ name, command: [program = '', ...args] }) {
  const limit = Math.min(patience, end - Date.now())
  if (limit <= 0) {
    console.log('  not run: the time for all tests is over')
    return Promise.resolve({ status: 1, said: '' })
  }
  return new Promise((resolve) => {
    const child = spawn(program, args, {
      cwd: root,
      env: { ...env, PLAYWRIGHT_JSON_OUTPUT_FILE: report(name) },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    })
    running = child.pid
    const timer = setTimeout(() => {
      console.log(`  ended: not done after ${Math.round(limit / 1000)} s`)
      endRunning('SIGTERM')
      setTimeout(endRunning, 5000, 'SIGKILL').unref()
    }, limit)
    let said = ''
    let line = ''
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (/** @type {string} */ text) => {
        said += text
        const lines = (line + text).split('\n')
        line = lines.pop() ?? ''
        for (const whole of lines) console.log(whole === '' ? '' : `  ${whole}`)
      })
    }
    const done = (/** @type {number} */ status) => {
      clearTimeout(timer)
      if (line !== '') console.log(`  ${line}`)
      endRunning('SIGTERM') // what it may have left behind
      running = undefined
      resolve({ status, said })
    }
    child.on('error', (error) => {
      console.log(`  ${error.message}`)
      done(1)
    })
    child.on('exit', (code) => {
      // The last words may still be in the pipe; what a left-behind process holds open is not waited for.
      const closed = setTimeout(done, 1000, code ?? 1)
      child.on('close', () => {
        clearTimeout(closed)
        done(code ?? 1)
      })
    })
  })
}

/** @param {NodeJS.Signals} signal */
function endRunning(signal) {
  try {
    if (running !== undefined) process.kill(-running, signal)
  } catch {
    // it is gone already
  }
}

for (const signal of /** @type {NodeJS.Signals[]} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])) {
  process.on(signal, () => {
    endRunning('SIGTERM')
    process.exit(1)
  })
}
endWithNpm()
await main()
