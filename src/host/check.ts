import type { Problem } from '../base/problem.ts'
import { noLocal } from '../config/local.ts'
import type { Config } from '../config/model.ts'
import { validate } from '../config/validate.ts'
import { createEngine } from '../engine/index.ts'

/**
 * Everything that is wrong with a configuration, without running or saving it. `folder`: where relative paths start; `lenient`: what is
 * a laptop's own affair (logs, names without an address) is a warning.
 */
export async function checkConfig(
  config: Config,
  folder: string,
  { lenient }: { lenient: boolean },
): Promise<Problem[]> {
  const silent = { exchange: () => undefined, log: () => undefined }
  const engine = createEngine({ reporter: silent, prefix: folder, lenient })
  const known = validate(config)
  // What is wrong for both is said once.
  const said = new Set(known.map(({ message }) => message))
  return [...known, ...(await engine.check(config, noLocal)).filter(({ message }) => !said.has(message))]
}
