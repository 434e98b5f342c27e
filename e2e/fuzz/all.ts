/**
 * All the fuzzing there is, one after the other, from fixed seeds. Its last line is what `npm test` counts: each script
 * as one test, passed when all of its cases are.
 *
 *   node e2e/fuzz/all.ts              what `npm test` runs: 13,000 cases in half a minute
 *   npm run fuzz                      the nightly form: 200,000 requests, 50,000 responses and as much beside
 *   npm run fuzz -- --from 1000001    other seeds
 */
import { spawn } from 'node:child_process'
import path from 'node:path'
import { parseArgs } from 'node:util'

interface Part {
  readonly script: string
  readonly args: readonly string[]
  readonly count: number
  readonly nightly: number
}

const whole = ['--engine', 'sluicegate']
const parts: readonly Part[] = [
  { script: 'requests', args: [], count: 5000, nightly: 160_000 },
  { script: 'requests', args: whole, count: 1500, nightly: 40_000 },
  { script: 'responses', args: [], count: 3000, nightly: 40_000 },
  { script: 'responses', args: whole, count: 1000, nightly: 10_000 },
  { script: 'http2', args: [], count: 1500, nightly: 40_000 },
  { script: 'targets', args: [], count: 1000, nightly: 50_000 },
]

const { values: options } = parseArgs({
  options: {
    nightly: { type: 'boolean', default: false },
    from: { type: 'string', default: '1' },
    only: { type: 'string' },
  },
})

let passed = 0
let failed = 0
let cases = 0
for (const part of parts) {
  if (options.only !== undefined && options.only !== part.script) continue
  const begun = performance.now()
  const said = await run(part)
  const counts = /(\d+) passed, (\d+) failed\n$/.exec(said)
  cases += Number(counts?.[1] ?? 0) + Number(counts?.[2] ?? 0)
  // A script that tells no counts has crashed: an origin that was sent what it must not be sent, for example.
  if (counts?.[2] === '0') passed++
  else failed++
  const name = [part.script, ...part.args].join(' ')
  const seconds = ((performance.now() - begun) / 1000).toFixed(1)
  console.log(`${name.padEnd(32)} ${(said.trimEnd().split('\n').at(-1) ?? '').padEnd(26)} ${seconds} s`)
}
console.log(`${cases} cases`)
console.log(`${passed} passed, ${failed} failed, 0 skipped`)
process.exitCode = failed > 0 ? 1 : 0

/** Runs one script; what it says when it finds something is shown as it comes. */
function run({ script, args, count, nightly }: Part): Promise<string> {
  const file = path.join(import.meta.dirname, `${script}.ts`)
  const cases = String(options.nightly ? nightly : count)
  const child = spawn(process.execPath, [file, ...args, '--count', cases, '--from', options.from], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let said = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    said += text
    if (/^---/m.test(text)) process.stdout.write(text)
  })
  return new Promise((resolve) => child.on('close', () => resolve(said)))
}
