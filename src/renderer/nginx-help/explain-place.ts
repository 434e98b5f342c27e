/** What there is to say about a place of nginx text: its directive, or the variable or name under it. */
import type { Context } from '../../config/directive.ts'
import { isBuiltInVariable } from '../../config/variables.ts'
import { directiveHelp, type DirectiveHelp } from './directive-help.ts'
import { declaredNames } from './names.ts'
import { placeAt } from './place.ts'
import { variableDoc } from './variable-docs.ts'

/** A variable, with what it holds. */
export interface VariableHelp {
  readonly name: string
  readonly doc: string
  readonly link?: string
}

export interface PlaceHelp {
  readonly from: number
  readonly to: number
  /** The directive of the statement; absent where nobody knows it. */
  readonly directive?: DirectiveHelp
  readonly variable?: VariableHelp
}

/** `undefined` in comments, between statements, and where nothing is known. */
export function explainPlace(
  text: string,
  offset: number,
  outer?: Context,
  around = '',
): PlaceHelp | undefined {
  const place = placeAt(text, offset, outer)
  if (place.inComment) return undefined
  const { from, to } = place.word
  const name = place.before[0] ?? place.word.text
  const directive = directiveHelp(name, place.context)
  const variable = variableAt(`${text}\n${around}`, place.word, offset)
  if (variable) return { ...variable, ...(directive && { directive }) }
  return directive && { from, to, directive }
}

function variableAt(
  text: string,
  word: { from: number; to: number; text: string },
  offset: number,
): PlaceHelp | undefined {
  for (const match of word.text.matchAll(/\$(?:\{(\w+)\}|(\w+))/g)) {
    const from = word.from + match.index
    const to = from + match[0].length
    if (offset < from || offset > to) continue
    const name = match[1] ?? match[2] ?? ''
    return { from, to, variable: variableHelp(text, name) }
  }
  return undefined
}

function variableHelp(text: string, name: string): VariableHelp {
  if (/^\d$/.test(name)) return { name, doc: 'What the group of the last regular expression took.' }
  if (declaredNames(text).variables.includes(name)) return { name, doc: 'A variable of this configuration.' }
  if (!isBuiltInVariable(name))
    return { name, doc: 'nobody sets this variable; declare it with set, map or geo' }
  return {
    name,
    doc: variableDoc(name) ?? 'A variable of nginx.',
    link: 'https://nginx.org/en/docs/varindex.html',
  }
}
