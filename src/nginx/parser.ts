/**
 * nginx text to statements, as ngx_conf_parse (ngx_conf_file.c) nests them, with every comment kept.
 * Which directive exists and what it takes is `read.ts`'s business.
 */
import type { Problem } from '../base/problem.ts'
import type { Position, Statement } from '../config/statement.ts'
import { Lexer, type Comment } from './lexer.ts'

/** What a text says. With a problem, `statements` is all that stood before it, open blocks included. */
export interface Parsed {
  readonly statements: readonly Statement[]
  /** The comments behind the last statement, without `#`. */
  readonly comments: readonly string[]
  /** nginx stops at its first error, and so does this. */
  readonly problem?: Problem
}

/** A statement while its block and comments are still arriving. */
interface Draft {
  name: string
  args: string[]
  position: Position
  block?: Draft[]
  comments?: string[]
  trailing?: string
  closing?: string[]
}

/** Where the comments on the line of the last `;`, `{` or `}` belong. */
type Ended = { readonly draft: Draft; readonly by: ';' | '{' | '}'; readonly line: number } | undefined

/** Reads one file's text; `file` is the name messages give it. */
export function parse(text: string, file: string): Parsed {
  const lexer = new Lexer(text)
  const top: Draft[] = []
  const open: Draft[] = []
  let into = top
  let ended: Ended

  for (;;) {
    const token = lexer.next()
    const comments = keepOnItsLine(lexer.takeComments(), ended)

    if (token.kind === 'statement' || token.kind === 'open') {
      const [name = '', ...args] = token.words
      const draft: Draft = { name, args, position: { file, line: token.line } }
      if (comments.length > 0) draft.comments = comments
      into.push(draft)
      ended = { draft, by: token.kind === 'open' ? '{' : ';', line: token.line }
      if (token.kind === 'open') {
        open.push(draft)
        into = draft.block = []
      }
      continue
    }

    const block = open.at(-1)
    if (token.kind === 'close' && block) {
      addClosing(block, comments)
      open.pop()
      into = open.at(-1)?.block ?? top
      ended = { draft: block, by: '}', line: token.line }
      continue
    }

    if (token.kind === 'end' && !block) return { statements: top, comments }
    if (block) addClosing(block, comments)
    const problem: Problem = {
      severity: 'error',
      code: 'nginx-syntax',
      ...(token.kind === 'error'
        ? { message: token.message, fix: token.fix }
        : token.kind === 'close'
          ? {
              message: 'unexpected "}"',
              fix: 'remove it, or look for a block above that is closed too early',
            }
          : { message: 'unexpected end of file, expecting "}"', fix: unclosed(block) }),
      file,
      line: token.line,
    }
    return { statements: top, comments: block ? [] : comments, problem }
  }
}

/** A comment behind a `;`, `{` or `}` goes with what ends there; returns the others. */
function keepOnItsLine(comments: readonly Comment[], ended: Ended): string[] {
  const [first] = comments
  if (!ended || !first || first.inStatement || first.line !== ended.line) return comments.map((c) => c.text)
  if (ended.by === '}') addClosing(ended.draft, [first.text])
  else ended.draft.trailing = first.text
  return comments.slice(1).map((c) => c.text)
}

function addClosing(draft: Draft, comments: readonly string[]): void {
  if (comments.length > 0) draft.closing = [...(draft.closing ?? []), ...comments]
}

function unclosed(block: Draft | undefined): string {
  return block ? `close "${block.name}", which is opened in line ${block.position.line}` : 'close the block'
}
