/**
 * Comments between text and configuration: those in front of a block are its note, those of single lines
 * stand beside the fields, by `lineKey`.
 */
import { directiveNamed } from '../config/directives.ts'
import type { Context } from '../config/directive.ts'
import type { Kept } from '../config/model.ts'
import type { Statement } from '../config/statement.ts'

/** The key of the comments at a block's end. */
export const endKey = '}'

/** How a block's `comments` call a line: its directive and, where there may be several, the first argument. */
export function lineKey(statement: Statement, context: Context): string {
  const { name, args } = statement
  const repeat = directiveNamed(name, context)?.directive.repeat
  return repeat === 'list' || name === 'set' || name === 'rewrite'
    ? [name, ...args.slice(0, 1)].join(' ')
    : name
}

/** One comment text of several lines; the space people put behind `#` is not part of it. */
export function noteOf(comments: readonly string[]): string {
  return comments.map((line) => line.replace(/^ /, '')).join('\n')
}

/** The opposite of `noteOf`; rows of `#` and what is indented by tabs stay as people write them. */
export function commentsOf(note: string): string[] {
  return note.split(/\r\n|\r|\n/).map((line) => (line === '' || /^[#\t]/.test(line) ? line : ` ${line}`))
}

/** All comments that belong to a statement itself. */
export function ownComments(statement: Statement): string[] {
  return [...(statement.comments ?? []), ...(statement.trailing === undefined ? [] : [statement.trailing])]
}

/** Adds comments to a block under a key, behind those that are there. */
export function addComments(block: Kept, key: string, comments: readonly string[]): void {
  if (comments.length === 0) return
  const before = block.comments && Object.hasOwn(block.comments, key) ? [block.comments[key] ?? ''] : []
  block.comments = { ...block.comments, [key]: [...before, noteOf(comments)].join('\n') }
}
