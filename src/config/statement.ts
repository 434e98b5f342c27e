/**
 * A place in nginx text; `line` counts from 1. A statement's line is the one its `;` or `{` stands on,
 * as in nginx's messages (ngx_conf_log_error prints the line it has read to).
 */
export interface Position {
  readonly file: string
  readonly line: number
}

/** One directive of nginx text as it was written, known or not. */
export interface Statement {
  readonly name: string
  readonly args: readonly string[]
  readonly block?: readonly Statement[]
  /** Absent for statements that did not come from text. */
  readonly position?: Position
  /** The comment lines that stand directly in front of it, without `#`. */
  readonly comments?: readonly string[]
  /** The comment on the same line, behind its `;` or its `{`, without `#`. */
  readonly trailing?: string
  /** The comments between the last statement of its block and the `}`, and behind the `}`, without `#`. */
  readonly closing?: readonly string[]
}
