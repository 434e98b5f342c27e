/**
 * Statements to nginx text as people write it: four spaces a level, a blank line around blocks and before comments, quotes
 * only where needed, long lines broken. Law: `parse(print(s))` equals `s`, positions aside.
 */
import type { Statement } from '../config/statement.ts'
import { utf8Length } from './lexer.ts'
import { quote } from './quote.ts'

/** Beyond this column a statement with several arguments continues on further lines. */
const widest = 100
/** nginx refuses a longer comment: with its `#` it must leave room in a buffer of 4096 bytes. */
const longestComment = 4094
/** Blocks whose lines are pairs and read best as two columns. */
const tables: ReadonlySet<string> = new Set(['map', 'types', 'geo', 'split_clients', 'charset_map'])
/** Names longer than this do not push the second column further out. */
const widestFirstColumn = 40

/** The text of a file; `comments` stand behind the last statement. */
export function print(statements: readonly Statement[], comments: readonly string[] = []): string {
  const lines = [...printBlock(statements, ''), ...printComments(comments, '')]
  return lines.length === 0 ? '' : `${lines.join('\n')}\n`
}

function printBlock(statements: readonly Statement[], indent: string, column = 0): string[] {
  return statements.flatMap((statement, index) => {
    const before = statements[index - 1]
    const apart =
      before !== undefined && (before.block ?? statement.block ?? statement.comments) !== undefined
    return [...(apart ? [''] : []), ...printStatement(statement, indent, column)]
  })
}

function printStatement(statement: Statement, indent: string, column: number): string[] {
  const lines = [...printComments(statement.comments ?? [], indent), ...printHead(statement, indent, column)]
  const { block } = statement
  if (!block) return lines
  const isEmpty = block.length === 0 && statement.closing === undefined && statement.trailing === undefined
  if (isEmpty) return [...lines.slice(0, -1), `${lines.at(-1) ?? ''}}`]
  const inner = `${indent}    `
  const body = [
    ...printBlock(block, inner, tables.has(statement.name) ? firstColumn(block) : 0),
    ...printComments(statement.closing ?? [], inner),
  ]
  return [...lines, ...body, `${indent}}`]
}

/** The line or lines up to `;` or `{`, with the comment behind it. */
function printHead(statement: Statement, indent: string, column: number): string[] {
  const { block, trailing } = statement
  const end = block ? ' {' : ';'
  const mark = statement.name === 'log_format' ? "'" : '"'
  const words = join(
    [statement.name, ...statement.args].map((word) => quote(word, mark)),
    column,
  )
  const line = indent + words.join(' ') + end
  const lines = line.length <= widest ? [line] : wrap(statement.name, words, indent, end)
  if (trailing === undefined) return lines
  const [same = '', ...further] = commentLines(trailing)
  lines.push(`${lines.pop() ?? ''} #${same}`)
  return [...lines, ...further.map((text) => `${indent}#${text}`)]
}

/** Sets the `)` of `if ($a = "b c")` behind its quote, where nginx reads it as a word of its own. */
function join(words: readonly string[], column: number): string[] {
  const joined: string[] = []
  for (const word of words) {
    const last = joined.at(-1)
    if (word === ')' && last !== undefined && /^["'].*["']$/s.test(last))
      joined[joined.length - 1] = `${last})`
    else joined.push(word)
  }
  if (joined.length > 1) joined[0] = (joined[0] ?? '').padEnd(column)
  return joined
}

/** `log_format` gets a line for each piece of the format; other lists are filled up line by line. */
function wrap(name: string, words: readonly string[], indent: string, end: string): string[] {
  const isFormat = name === 'log_format'
  if (words.length < 4 && !isFormat) return [indent + words.join(' ') + end]
  const lines: string[] = []
  for (const [index, word] of words.entries()) {
    const last = lines.at(-1)
    const full = last !== undefined && `${last} ${word}${end}`.length > widest
    if (last === undefined) lines.push(indent + word)
    else if (full || (isFormat && index > 1 && /^["']/.test(word))) lines.push(`${indent}    ${word}`)
    else lines[lines.length - 1] = `${last} ${word}`
  }
  lines.push((lines.pop() ?? '') + end)
  return lines
}

function firstColumn(block: readonly Statement[]): number {
  const widths = block.filter((s) => s.args.length > 0 && !s.block).map((s) => quote(s.name).length)
  return Math.max(0, ...widths.filter((width) => width <= widestFirstColumn))
}

function printComments(comments: readonly string[], indent: string): string[] {
  return comments.flatMap(commentLines).map((text) => `${indent}#${text}`)
}

/** A note may hold several lines, and a line may be longer than nginx takes. */
function commentLines(text: string): string[] {
  return text.split(/\r\n|\r|\n/).flatMap((line) => {
    if (utf8Length(line) <= longestComment) return [line]
    return line.match(/.{1,1000}/gsu) ?? []
  })
}
