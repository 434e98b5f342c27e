/** How a `location` is matched, between arguments and configuration (ngx_http_core_location). */
import { Invalid } from '../config/directive.ts'
import type { Location } from '../config/model.ts'

type Head = Pick<Location, 'modifier' | 'pattern'>

const modifiers = ['=', '^~', '~*', '~'] as const

/** `= /a`, `=/a`, `~* \.php$`, `@name`, `/a`. */
export function readLocationHead(args: readonly string[]): Head | Invalid {
  const [first = '', second] = args
  if (second !== undefined) {
    const modifier = modifiers.find((word) => word === first)
    if (modifier !== undefined) return { modifier, pattern: second }
    return new Invalid(`invalid location modifier "${first}"`, 'the modifier is =, ^~, ~ or ~*')
  }
  if (first.startsWith('@')) return { modifier: '@', pattern: first.slice(1) }
  const glued = modifiers.find((word) => first.startsWith(word))
  return glued === undefined
    ? { modifier: '', pattern: first }
    : { modifier: glued, pattern: first.slice(glued.length) }
}

/** The opposite of `readLocationHead`. */
export function writeLocationHead({ modifier, pattern }: Head): string[] {
  if (modifier === '') return [pattern]
  return modifier === '@' ? [`@${pattern}`] : [modifier, pattern]
}

/** Whether a block is a location. */
export function isLocationHead(block: object): block is Head {
  return 'modifier' in block && 'pattern' in block
}

/** What forbids one location inside another (ngx_http_core_location). */
export function nestingProblem(outer: Head, inner: Head): Invalid | undefined {
  const [outerName, name] = [nameOf(outer), nameOf(inner)]
  if (outer.modifier === '=' || outer.modifier === '@') {
    const kind = outer.modifier === '=' ? 'exact' : 'named'
    return new Invalid(`location "${name}" cannot be inside the ${kind} location "${outerName}"`)
  }
  if (inner.modifier === '@') return new Invalid(`named location "${name}" can be on the server level only`)
  const isRegex = inner.modifier === '~' || inner.modifier === '~*'
  if (isRegex || name.startsWith(outerName)) return undefined
  return new Invalid(`location "${name}" is outside location "${outerName}"`, `begin it with "${outerName}"`)
}

/** The name as messages give it. */
function nameOf({ modifier, pattern }: Head): string {
  return modifier === '@' ? `@${pattern}` : pattern
}
