/** A configuration to the text of an nginx.conf. */
import type { Config } from '../config/model.ts'
import { commentsOf, endKey } from './comments.ts'
import { print } from './printer.ts'
import { writeConfig } from './write.ts'

export interface ExportOptions {
  /** Goes into the first line, which says who wrote the file. */
  readonly date?: Date
}

const header = ' Written by Sluicegate'

/** Whether a comment is the first line of an export. */
export function isHeader(comment: string): boolean {
  return comment.startsWith(header)
}

/** The complete text. nginx wants an `events` block, so there is one even where the configuration has none. */
export function exportNginx(config: Config, options: ExportOptions = {}): string {
  const { events = {}, ...others } = config
  const statements = writeConfig({ ...others, events })
  const end = config.comments?.[endKey]
  const body = print(statements, end === undefined ? [] : commentsOf(end))
  return options.date ? `#${header} on ${options.date.toISOString().slice(0, 10)}.\n\n${body}` : body
}
