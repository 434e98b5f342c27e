/** nginx files to a configuration, with the account of what became of every directive. */
import type { Problem } from '../base/problem.ts'
import type { Config } from '../config/model.ts'
import type { Statement } from '../config/statement.ts'
import { amongFiles } from './chosen-files.ts'
import { addComments, endKey } from './comments.ts'
import { isHeader } from './export.ts'
import { completeFragment } from './fragment.ts'
import { load, type SourceFile } from './includes.ts'
import { quote } from './quote.ts'
import { readConfig } from './read.ts'
import type { Outcome } from './reading.ts'

/** What became of each directive, in the order of the text. */
export interface ImportReport {
  /** Directives the engine acts on. */
  readonly applied: number
  /** Directives that only mean something to a real nginx; they are in the configuration and in its export. */
  readonly exported: number
  /** Directives that are kept and written back, but not applied. */
  readonly kept: number
  readonly lines: readonly Outcome[]
  /** The files that were read, the main file first. */
  readonly files: readonly string[]
}

export interface Imported {
  readonly config: Config
  readonly problems: readonly Problem[]
  readonly report: ImportReport
}

const byteOrderMark = '\uFEFF'

/** Reads the file named `main` among `files`, with those it includes. Nothing it says is lost. */
export function importNginx(files: readonly SourceFile[], main: string): Imported {
  const problems: Problem[] = []
  const texts = files.map((file) => withoutByteOrderMark(file, problems))
  const mainFile = texts.find((file) => file.name === main)
  if (!mainFile) problems.push(missing(main))
  const loaded = load(mainFile ?? { name: main, text: '' }, amongFiles(texts))
  const whole = completeFragment(withoutHeader(loaded.statements))
  const read = readConfig(whole.statements)
  addComments(read.config, endKey, loaded.comments)
  return {
    config: read.config,
    problems: [...problems, ...loaded.problems, ...(whole.problem ? [whole.problem] : []), ...read.problems],
    report: reportOf(
      read.outcomes,
      loaded.files.map((file) => file.name),
    ),
  }
}

function missing(main: string): Problem {
  const message = `open() "${main}" failed (2: No such file or directory)`
  return { severity: 'error', code: 'main-missing', message, fix: 'choose the main file as well', file: main }
}

/** Unlike nginx, which takes the mark for a part of the first directive's name. */
function withoutByteOrderMark(file: SourceFile, problems: Problem[]): SourceFile {
  if (!file.text.startsWith(byteOrderMark)) return file
  problems.push({
    severity: 'warning',
    code: 'byte-order-mark',
    message: 'the file begins with a byte order mark, which nginx refuses',
    fix: 'save it as UTF-8 without a byte order mark',
    file: file.name,
    line: 1,
  })
  return { ...file, text: file.text.slice(1) }
}

/** The line our own export puts on top is no comment of the user's. */
function withoutHeader(statements: readonly Statement[]): readonly Statement[] {
  const [first, ...others] = statements
  if (!first?.comments?.[0] || !isHeader(first.comments[0])) return statements
  const comments = first.comments.slice(1)
  return [{ ...first, comments: comments.length > 0 ? comments : undefined }, ...others]
}

function reportOf(lines: readonly Outcome[], files: readonly string[]): ImportReport {
  const count = (applied: Outcome['applied']): number =>
    lines.filter((line) => line.applied === applied).length
  return { applied: count('engine'), exported: count('export'), kept: count('kept'), lines, files }
}

/** The report for a terminal: what is not applied, line by line, and the counts. */
export function reportText(report: ImportReport): string {
  const kept = report.lines.filter((line) => line.applied === 'kept').map(keptLine)
  const exported = report.exported > 0 ? `, ${report.exported} for the exported file only` : ''
  return [...kept, `${report.applied} applied${exported}, ${report.kept} kept, not applied`, ''].join('\n')
}

function keptLine({ name, args, position }: Outcome): string {
  const where = position ? `${position.file}:${position.line}: ` : ''
  return `${where}${[name, ...args].map((word) => quote(word)).join(' ')}: kept, not applied`
}
