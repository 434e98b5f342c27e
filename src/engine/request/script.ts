/**
 * Texts with variables, "a $b ${c}d $1", compiled to closures (ngx_http_script.c). Strings are bytes,
 * one a character.
 */
import type { Exchange } from './exchange.ts'
import type { Getter, VariableTable } from './variable-table.ts'

/** A compiled text. */
export interface Script {
  (x: Exchange): string
  /** The text itself where it holds no variable. */
  readonly constant?: string
  /** Whether the text holds captures `$1` to `$9`. */
  readonly captures?: boolean
}

/** nginx's sentence for a text that cannot be compiled, without `in FILE:LINE`. */
export class ScriptError extends Error {}

/** UTF-8 text of a configuration as bytes, one a character. */
export function bytesOf(text: string): string {
  // Most texts are ASCII and stay the same string.
  for (let i = 0; i < text.length; i++)
    if (text.charCodeAt(i) > 0x7f) return Buffer.from(text, 'utf8').toString('latin1')
  return text
}

type Part = string | Getter

/** Compiles a text; throws a ScriptError with nginx's sentence. */
export function compileScript(source: string, variables: VariableTable): Script {
  const parts: Part[] = []
  let literal = ''
  let captures = false
  const text = bytesOf(source)
  for (let i = 0; i < text.length;) {
    if (text[i] !== '$') {
      const next = text.indexOf('$', i)
      literal += text.slice(i, next < 0 ? undefined : next)
      i = next < 0 ? text.length : next
      continue
    }
    const name = variableAt(text, i + 1)
    if (literal !== '') parts.push(literal)
    literal = ''
    captures ||= /^[0-9]$/.test(name.name)
    parts.push(variables.getter(name.name))
    i = name.end
  }
  if (literal !== '' || parts.length === 0) parts.push(literal)
  return Object.assign(joined(parts), {
    ...(parts.length === 1 && typeof parts[0] === 'string' && { constant: parts[0] }),
    captures,
  })
}

function variableAt(text: string, start: number): { name: string; end: number } {
  if (text[start] === '{') {
    const close = text.indexOf('}', start)
    const name = text.slice(start + 1, close < 0 ? undefined : close)
    if (close < 0 || !/^[A-Za-z0-9_]*$/.test(name))
      throw new ScriptError(`the closing bracket in "${name}" variable is missing`)
    if (name === '') throw new ScriptError('invalid variable name')
    return { name, end: close + 1 }
  }
  const digit = /^[1-9]/.exec(text.slice(start, start + 1))
  if (digit) return { name: digit[0], end: start + 1 }
  const match = /^[A-Za-z0-9_]+/.exec(text.slice(start))
  if (!match) throw new ScriptError('invalid variable name')
  return { name: match[0], end: start + match[0].length }
}

function joined(parts: readonly Part[]): (x: Exchange) => string {
  const [first, second] = parts
  if (parts.length === 1) {
    if (typeof first === 'string') return () => first
    if (first) return (x) => first(x) ?? ''
  }
  if (parts.length === 2 && typeof first === 'string' && typeof second === 'function')
    return (x) => first + (second(x) ?? '')
  return (x) => {
    let text = ''
    for (const part of parts) text += typeof part === 'string' ? part : (part(x) ?? '')
    return text
  }
}
