/** What commands say, and to whom: results to standard output, everything else to standard error. */
import { problemLine, type Problem } from '../base/problem.ts'

export interface Terminal {
  out(line: string): void
  err(line: string): void
}

export const processTerminal: Terminal = {
  out: (line) => void process.stdout.write(`${line}\n`),
  err: (line) => void process.stderr.write(`${line}\n`),
}

/** Exit codes, as `sluicegate --help` has them. */
export const exitCodes = { ok: 0, failed: 1, usage: 2 } as const

/** A mistake on the command line. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}

/** `FILE:LINE: error: message; fix`. */
export function shownProblem(problem: Problem): string {
  const { file, line, ...rest } = problem
  const where = file === undefined ? '' : line === undefined ? `${file}: ` : `${file}:${line}: `
  return `${where}${problem.severity}: ${problemLine(rest)}`
}

/** `1 error`, `3 errors`. */
export function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`
}
