/**
 * Something that is wrong with what the user gave us: a value, never thrown.
 * `message` names the thing and the cause; `fix` is the way out, in one sentence.
 */
export interface Problem {
  readonly severity: 'error' | 'warning' | 'note'
  /** Stable kebab-case name, for tests and for the window's help. */
  readonly code: string
  readonly message: string
  readonly fix?: string
  /** Where in the configuration; see `config/path.ts`. */
  readonly path?: readonly string[]
  /** Where in the text it came from; `line` counts from 1. */
  readonly file?: string
  readonly line?: number
}

/** True when any problem forbids going on. */
export function hasErrors(problems: readonly Problem[]): boolean {
  return problems.some((p) => p.severity === 'error')
}

/** One line for a terminal: `FILE:LINE: message; fix`. */
export function problemLine(problem: Problem): string {
  const where =
    problem.file === undefined
      ? ''
      : problem.line === undefined
        ? `${problem.file}: `
        : `${problem.file}:${problem.line}: `
  return `${where}${problem.message}${problem.fix ? `; ${problem.fix}` : ''}`
}
