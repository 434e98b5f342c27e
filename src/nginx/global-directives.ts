/** The directives of nginx's `-g` argument, read before the file (ngx_conf_param). */
import type { Problem } from '../base/problem.ts'
import { Invalid } from '../config/directive.ts'
import { parse, type Parsed } from './parser.ts'

/** Stands where a file's name would, in positions and problems. */
export const commandLine = 'command line'

/** `daemon off; pid /run/a.pid;`: no blocks, and the last one ends with `;` as well. */
export function parseGlobalDirectives(text: string): Parsed {
  const parsed = parse(text, commandLine)
  const firstBlock = parsed.statements.findIndex((statement) => statement.block)
  if (firstBlock >= 0)
    return {
      statements: parsed.statements.slice(0, firstBlock),
      comments: [],
      problem: problemOf(
        new Invalid('block directives are not supported in -g option', 'write it into the file'),
      ),
    }
  const { problem } = parsed
  if (problem?.message !== 'unexpected end of file, expecting ";" or "}"') return parsed
  const unended = new Invalid('unexpected end of parameter, expecting ";"', problem.fix)
  return { ...parsed, problem: problemOf(unended) }
}

function problemOf({ message, fix }: Invalid): Problem {
  return { severity: 'error', code: 'nginx-syntax', message, ...(fix && { fix }), file: commandLine, line: 1 }
}
