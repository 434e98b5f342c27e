/**
 * A main file and everything it includes, as one list of statements; each keeps its own file and line.
 * The rules are ngx_conf_include's (ngx_conf_file.c); files are handed in, so this runs anywhere.
 */
import type { Problem } from '../base/problem.ts'
import type { Statement } from '../config/statement.ts'
import { byCodeUnit, isGlob } from './glob.ts'
import { parse, type Parsed } from './parser.ts'

/** A file's name, as messages give it, and its text; or why it cannot be read, as `13: Permission denied`. */
export interface SourceFile {
  readonly name: string
  readonly text: string
  readonly failure?: string
}

/**
 * The files a name or a glob means, none when there is none. `pattern` is complete (an `include` is relative
 * to the folder of the main file); `from` is the file that includes.
 */
export type ReadFiles = (pattern: string, from: string) => readonly SourceFile[]

/** What a main file says with all it includes. */
export interface Loaded {
  readonly statements: readonly Statement[]
  /** The comments behind the last statement, without `#`. */
  readonly comments: readonly string[]
  readonly problems: readonly Problem[]
  /** Every file that was read, the main file first, each once. */
  readonly files: readonly SourceFile[]
}

/** What stands in one file or block once its includes are replaced. */
interface Expanded {
  statements: Statement[]
  comments: string[]
}

/** Handlers that read their block's lines themselves and know no `include` there. */
const withoutInclude: ReadonlySet<string> = new Set(['split_clients', 'charset_map'])

/**
 * Reads a configuration. An `include` that brings nothing stays in its place as it is written, so that
 * nothing is lost; where its file is missing that is a warning.
 * With `strict` it stops at the first problem as nginx does, and what was read before it is returned.
 */
export function load(main: SourceFile, readFiles: ReadFiles, options: { strict?: boolean } = {}): Loaded {
  const problems: Problem[] = []
  const files = new Map<string, SourceFile>()
  const folder = main.name.slice(0, Math.max(main.name.lastIndexOf('/'), main.name.lastIndexOf('\\')) + 1)
  const stopped = (): boolean => options.strict === true && problems.length > 0

  function expandFile(file: SourceFile, chain: readonly string[]): Expanded {
    if (!files.has(file.name)) files.set(file.name, file)
    const parsed: Parsed = parse(file.text, file.name)
    const expanded = expand(parsed.statements, [...chain, file.name], '')
    if (stopped()) return expanded
    if (parsed.problem) problems.push(parsed.problem)
    return { ...expanded, comments: [...expanded.comments, ...parsed.comments] }
  }

  function expand(statements: readonly Statement[], chain: readonly string[], parent: string): Expanded {
    const expanded: Expanded = { statements: [], comments: [] }
    for (const statement of statements) {
      if (stopped()) break
      const included = isInclude(statement, parent) ? include(statement, chain, parent) : undefined
      append(expanded, included ?? { statements: [expandBlock(statement, chain)], comments: [] })
    }
    return expanded
  }

  function expandBlock(statement: Statement, chain: readonly string[]): Statement {
    if (!statement.block) return statement
    const inner = expand(statement.block, chain, statement.name)
    const closing = [...inner.comments, ...(statement.closing ?? [])]
    return { ...statement, block: inner.statements, ...(closing.length > 0 && { closing }) }
  }

  /** The statements in place of an `include`; `undefined` when it stays. */
  function include(statement: Statement, chain: readonly string[], parent: string): Expanded | undefined {
    const name = fullName(statement.args[0] ?? '', folder)
    // A geo block's include is one file, whatever its name holds (ngx_http_geo_include).
    const several = isGlob(name) && parent !== 'geo'
    const found = [...readFiles(name, chain.at(-1) ?? '')]
    if (several) found.sort((a, b) => byCodeUnit(a.name, b.name))
    const report = (code: string, message: string, fix: string): void => {
      problems.push({
        severity: options.strict ? 'error' : 'warning',
        code,
        message,
        fix,
        ...statement.position,
      })
    }
    if (found.length === 0) {
      if (!several) report('include-missing', cannotOpen(name), missingFix)
      return undefined
    }
    const replaced: Expanded = { statements: [], comments: commentsOf(statement) }
    for (const file of found) {
      if (stopped()) break
      if (file.failure !== undefined) {
        report('include-unreadable', cannotOpen(file.name, file.failure), 'let this user read the file')
        const { name, args, position } = statement
        append(replaced, { statements: [{ name, args, position }], comments: [] })
      } else if (chain.includes(file.name)) {
        // Unlike nginx, which goes round until it has too many open files.
        const round = [...chain.slice(chain.indexOf(file.name)), file.name].join(' → ')
        report(
          'include-cycle',
          `include "${statement.args[0] ?? ''}" leads back to itself: ${round}`,
          cycleFix,
        )
      } else {
        append(replaced, expandFile(file, chain))
      }
    }
    return replaced
  }

  return { ...expandFile(main, []), problems, files: [...files.values()] }
}

const missingFix = 'correct the name, or add the file; a name is relative to the folder of the main file'
const cycleFix = 'remove the include that leads back'

function isInclude(statement: Statement, parent: string): boolean {
  return (
    statement.name === 'include' &&
    statement.args.length === 1 &&
    !statement.block &&
    !withoutInclude.has(parent)
  )
}

/** ngx_conf_full_name: what does not start at the root is in the main file's folder. */
function fullName(name: string, folder: string): string {
  const isFull = name.startsWith('/') || (/^[A-Za-z]:[\\/]/.test(folder) && /^[A-Za-z]:[\\/]/.test(name))
  return isFull ? name : folder + name
}

function cannotOpen(name: string, failure = '2: No such file or directory'): string {
  return `open() "${name}" failed (${failure})`
}

function commentsOf(statement: Statement): string[] {
  return [...(statement.comments ?? []), ...(statement.trailing === undefined ? [] : [statement.trailing])]
}

/** Comments that have lost their statement go to the next one. */
function append(to: Expanded, more: Expanded): void {
  const [first, ...others] = more.statements
  if (!first) {
    to.comments.push(...more.comments)
    return
  }
  const comments = [...to.comments, ...(first.comments ?? [])]
  to.statements.push(comments.length > 0 ? { ...first, comments } : first, ...others)
  to.comments = more.comments
}
