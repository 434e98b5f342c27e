/** nginx text in and out of the program. */
import type { Problem } from '../base/problem.ts'
import type { Config } from '../config/model.ts'
import { pathKey, type ConfigPath } from '../config/path.ts'
import type { Statement } from '../config/statement.ts'
import type { ImportLine, ImportResult } from '../contract/configuration.ts'
import { importNginx } from '../nginx/import.ts'
import type { SourceFile } from '../nginx/includes.ts'
import { parse } from '../nginx/parser.ts'
import type { Outcome } from '../nginx/reading.ts'

const outcomes = { engine: 'applied', export: 'export', kept: 'kept' } as const

/** Reads files; `check` says what is wrong with the configuration they make, and is told where in the text. */
export async function importFiles(
  files: readonly SourceFile[],
  main: string,
  check: (config: Config) => Promise<readonly Problem[]>,
): Promise<ImportResult> {
  const { config, problems, report } = importNginx(files, main)
  const lines = report.lines.map(({ name, args, position, applied }): ImportLine => ({
    directive: [name, ...args].join(' '),
    file: position?.file ?? main,
    line: position?.line ?? 0,
    outcome: outcomes[applied],
  }))
  const found = [...problems, ...placeInText(await check(config), report.lines)]
  return { config, problems: saidOnce(found), report: lines }
}

/** Several checks find the same thing at the same line; the first that does says how to put it right. */
function saidOnce(problems: readonly Problem[]): Problem[] {
  const said = new Set<string>()
  return problems.filter(({ severity, message, file, line }) => {
    const key = JSON.stringify([severity, message, file, line])
    return !said.has(key) && said.add(key)
  })
}

/** Problems of a configuration with the file and line of the nearest thing around them that was read from text. */
export function placeInText(
  problems: readonly Problem[],
  lines: readonly Pick<Outcome, 'path' | 'position'>[],
): Problem[] {
  const places = new Map(lines.map(({ path, position }) => [pathKey(path), position]))
  const nearest = (path: ConfigPath): Pick<Problem, 'file' | 'line'> | undefined => {
    for (let length = path.length; length > 0; length--) {
      const place = places.get(pathKey(path.slice(0, length)))
      if (place) return place
    }
    return undefined
  }
  return problems.map((problem) =>
    problem.file === undefined && problem.path ? { ...problem, ...nearest(problem.path) } : problem,
  )
}

/** The statements of a text that somebody is typing. */
export function parseText(text: string): { statements: readonly Statement[]; problems: readonly Problem[] } {
  const { statements, problem } = parse(text, 'nginx.conf')
  return { statements, problems: problem ? [problem] : [] }
}
