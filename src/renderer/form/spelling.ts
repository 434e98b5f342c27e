/** A directive's value as one line of nginx text without its name, and back. */
import { Invalid, type Directive } from '../../config/directive.ts'
import { parse } from '../../nginx/parser.ts'
import { quote } from '../../nginx/quote.ts'

/** `8 4k`, `"a b" always`. A family of directives (`allow`, `deny`) keeps its name in front. */
export function spell(directive: Directive, value: unknown): string {
  return value === undefined
    ? ''
    : directive.syntax
        .write(value)
        .map((arg) => quote(arg))
        .join(' ')
}

/** The value of a spelling, or the sentence that says why it is none. */
export function readSpelling(
  directive: Directive,
  text: string,
): { readonly value: unknown } | { readonly problem: string } {
  const args = argsOf(text)
  if (!args) return { problem: 'write one value, without ; { or }' }
  const [least, most] = directive.syntax.arity
  if (args.length < least || args.length > most) return { problem: `it takes ${count(least, most)}` }
  const value = directive.syntax.read(args, directive.name)
  if (value instanceof Invalid)
    return { problem: value.fix === undefined ? value.message : `${value.message}; ${value.fix}` }
  return { value }
}

function argsOf(text: string): readonly string[] | undefined {
  const { statements, problem } = parse(`x ${text};`, '')
  const [only] = statements
  return problem || statements.length !== 1 || only?.block ? undefined : only?.args
}

function count(least: number, most: number): string {
  if (least === most) return least === 1 ? 'one value' : `${least} values`
  return most === Infinity
    ? `at least ${least === 1 ? 'one value' : `${least} values`}`
    : `${least} to ${most} values`
}
