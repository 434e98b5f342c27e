import { parseArgs } from 'node:util'

/** How one case went; `said` is printed if it failed, or was asked for alone. */
export interface Verdict {
  readonly passed: boolean
  /** We refused what nginx lets pass, for one of the known reasons. */
  readonly stricter: boolean
  readonly said: string
}

/**
 * Tries the cases that the command line asks for (`--count`, `--from`, `--only`), `--jobs` at a time, and says what came
 * of them. Its last line is what `npm test` counts.
 */
export async function fuzz(tryCase: (seed: number) => Promise<Verdict>): Promise<void> {
  const { values: options } = parseArgs({
    options: {
      count: { type: 'string', default: '10000' },
      from: { type: 'string', default: '1' },
      only: { type: 'string' },
      jobs: { type: 'string', default: '48' },
      engine: { type: 'string' },
    },
  })
  const first = Number(options.only ?? options.from)
  const last = options.only === undefined ? first + Number(options.count) - 1 : first
  const counts = { passed: 0, failed: 0, stricter: 0 }
  let next = first
  const worker = async (): Promise<void> => {
    for (let seed = next++; seed <= last; seed = next++) {
      const { passed, stricter, said } = await tryCase(seed)
      if (passed) counts.passed++
      else counts.failed++
      if (stricter) counts.stricter++
      if (!passed || options.only !== undefined) console.log(`--- ${seed}\n${said}`)
    }
  }
  await Promise.all(Array.from({ length: Number(options.jobs) }, worker))
  console.log(`${counts.stricter} of them refused by us alone`)
  console.log(`${counts.passed} passed, ${counts.failed} failed`)
  process.exitCode = counts.failed > 0 ? 1 : 0
}
