/** `sluicegate check FILE [--strict]`. */
import { dirname, sep } from 'node:path'
import { hasErrors, type Problem } from '../base/problem.ts'
import { checkConfig } from '../host/check.ts'
import { placeInText } from '../host/nginx-text.ts'
import { missingEvents } from '../nginx/events-section.ts'
import { importNginx } from '../nginx/import.ts'
import { load } from '../nginx/includes.ts'
import { readConfig } from '../nginx/read.ts'
import { fromDisk, readAllFiles, readMainFile } from './config-files.ts'
import { count, exitCodes, shownProblem, type Terminal } from './terminal.ts'

/** Says what is wrong in a file and all it includes. `strict`: the unknown is an error, as it is for nginx. */
export async function check(
  path: string,
  { strict }: { strict: boolean },
  terminal: Terminal,
): Promise<number> {
  const main = readMainFile(path)
  const folder = dirname(main.name) + sep
  const problems = await (strict ? strictProblems(path, folder) : kindProblems(path, folder))
  for (const problem of problems) terminal.err(shownProblem(problem))
  const errors = problems.filter(({ severity }) => severity === 'error').length
  const warnings = problems.filter(({ severity }) => severity === 'warning').length
  const counts = [count(errors, 'error'), count(warnings, 'warning')].join(', ')
  terminal.out(`${main.name}: ${problems.length === 0 ? 'nothing is wrong' : counts}`)
  return hasErrors(problems) ? exitCodes.failed : exitCodes.ok
}

async function kindProblems(path: string, folder: string): Promise<readonly Problem[]> {
  const files = readAllFiles(path)
  const { config, problems, report } = importNginx(files, files[0]?.name ?? path)
  return [...problems, ...placeInText(await checkConfig(config, folder, { lenient: true }), report.lines)]
}

/** nginx stops at what it cannot read before it looks at what it means. */
async function strictProblems(path: string, folder: string): Promise<readonly Problem[]> {
  const loaded = load(readMainFile(path), fromDisk, { strict: true })
  const read = readConfig(loaded.statements, { strict: true })
  // What was read before the files end, or before one that cannot be read, stands in front of that.
  const unread = [...read.problems, ...loaded.problems]
  if (hasErrors(unread)) return unread
  return [
    ...read.problems,
    ...placeInText(await checkConfig(read.config, folder, { lenient: false }), read.outcomes),
    ...missingEvents(read.config),
  ]
}
