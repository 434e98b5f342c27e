import type { Problem } from '../base/problem.ts'
import { noLocal } from '../config/local.ts'
import type { Config } from '../config/model.ts'
import { validate } from '../config/validate.ts'
import { createEngine } from '../engine/index.ts'

/**
 * Everything that is wrong with a configuration, without running or saving it. `folder`: where relative paths
 * start. `lenient`: what a laptop puts right itself (certificates, logs, names without an address) is a warning;
 * without it, it is the error that it is for nginx.
 */
export async function checkConfig(
  config: Config,
  folder: string,
  { lenient }: { lenient: boolean },
): Promise<Problem[]> {
  const silent = { exchange: () => undefined, log: () => undefined }
  const engine = createEngine({ reporter: silent, prefix: folder, lenient })
  const known = validate(config).map((problem) => (lenient ? problem : asNginx(problem)))
  // What is wrong for both is said once.
  const said = new Set(known.map(({ message }) => message))
  return [...known, ...(await engine.check(config, noLocal)).filter(({ message }) => !said.has(message))]
}

function asNginx(problem: Problem): Problem {
  if (!problem.code.startsWith('certificate')) return problem
  return { ...problem, severity: 'error', fix: 'name the files of a certificate and its key' }
}
