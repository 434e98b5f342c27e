/** Vitest's coverage by V8, with one rule more: `x.test.ts` measures `x.ts` and nothing else. */
import v8 from '@vitest/coverage-v8'
import { readFileSync, writeFileSync } from 'node:fs'
import { relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { CoverageProviderModule } from 'vitest/node'

const besideOnly: CoverageProviderModule = {
  ...v8,
  async getProvider() {
    const provider = await v8.getProvider()
    const take = provider.onAfterSuiteRun.bind(provider)
    provider.onAfterSuiteRun = (meta) => {
      if (typeof meta.coverage === 'string') keepMeasured(meta.coverage, meta.testFiles)
      return take(meta)
    }
    return provider
  },
}
export default besideOnly

/** Leaves in a written report only the files that these tests measure. */
function keepMeasured(report: string, tests: readonly string[]): void {
  const { result } = JSON.parse(readFileSync(report, 'utf8')) as { result: { url: string }[] }
  const kept = result.filter(({ url }) =>
    tests.some((test) => measures(test, relative(process.cwd(), fileURLToPath(url)))),
  )
  writeFileSync(report, JSON.stringify({ result: kept }))
}

/** Both paths are relative to the project. */
export function measures(test: string, file: string): boolean {
  return file === test.replace(/\.test\.ts$/, '.ts')
}
