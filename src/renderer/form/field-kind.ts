/** How a directive is edited in a form: told from its syntax, so that a new directive needs nothing here. */
import { Invalid, type Directive } from '../../config/directive.ts'
import { flag, present } from '../../config/syntaxes.ts'

/**
 * `switch`: on or off. `choice`: one word of a list. `choices`: several of them. `pairs`: lines of a name
 * and a value. `lines`: lines as nginx spells them. `text`: one such line.
 */
export type FieldKind = 'switch' | 'choice' | 'choices' | 'pairs' | 'lines' | 'text'

const pairs: ReadonlySet<string> = new Set(['proxy_set_header', 'add_header', 'add_trailer'])

export function fieldKind(directive: Directive): FieldKind {
  const { syntax, repeat, name } = directive
  if (pairs.has(name)) return 'pairs'
  if (repeat === 'list') return 'lines'
  if ((syntax as unknown) === flag || (syntax as unknown) === present) return 'switch'
  if (syntax.words && isClosed(directive)) return syntax.arity[1] === 1 ? 'choice' : 'choices'
  return 'text'
}

/** Whether only the listed words are understood: a number and a name that nobody has are tried. */
function isClosed({ syntax, name }: Directive): boolean {
  return ['1', '1x', 'no-such-word'].every((word) => syntax.read([word], name) instanceof Invalid)
}
