/** Locations among and in each other, as ngx_http_core_location and ngx_http_join_exact_locations check them. */
import type { Problem } from '../../base/problem.ts'
import type { Config, Location } from '../model.ts'
import type { ConfigPath } from '../path.ts'
import { blocksOf, eachOf } from '../walk.ts'
import { mistake, warning } from './problems.ts'

export function checkLocations(config: Config): Problem[] {
  return blocksOf(config).flatMap((at) => {
    if (at.kind === 'server') return checkDuplicates(at.block.locations, at.path)
    if (at.kind !== 'location') return []
    const parent = at.outer.at(-1)
    return [
      ...(parent ? checkNesting(at.block, parent, at.path) : []),
      ...checkFolder(at.block, at.path),
      ...checkDuplicates(at.block.locations, at.path),
    ]
  })
}

/** Two prefixes, or two exact ones, cannot be told apart; regular expressions are tried in order. */
function checkDuplicates(locations: readonly Location[] | undefined, path: ConfigPath): Problem[] {
  const seen = new Set<string>()
  return eachOf('locations', locations, path).flatMap(([location, at]) => {
    const { modifier, pattern } = location
    if (modifier === '~' || modifier === '~*') return []
    const key = `${modifier === '^~' ? '' : modifier} ${pattern}`
    if (!seen.has(key)) {
      seen.add(key)
      return []
    }
    if (modifier === '@')
      return [
        warning(
          'duplicate-location',
          at,
          `location "@${pattern}" is there twice; nginx uses only one of the two`,
          'give one another name, or remove it',
        ),
      ]
    return [
      mistake(
        'duplicate-location',
        at,
        `duplicate location "${pattern}"`,
        'put both into one location, or remove one',
      ),
    ]
  })
}

function shown({ modifier, pattern }: Location): string {
  return modifier === '@' ? `@${pattern}` : pattern
}

function checkNesting(location: Location, parent: Location, path: ConfigPath): Problem[] {
  const refuse = (why: string, fix: string): Problem[] => [mistake('location-nesting', path, why, fix)]
  const inner = `location "${shown(location)}"`
  const outer = `location "${shown(parent)}"`
  if (parent.modifier === '=')
    return refuse(
      `${inner} cannot be inside the exact ${outer}`,
      'move it out: an exact location has one URI only',
    )
  if (parent.modifier === '@')
    return refuse(`${inner} cannot be inside the named ${outer}`, 'move it to the server')
  if (location.modifier === '@')
    return refuse(`named ${inner} can be on the server level only`, 'move it to the server')
  const isRegex = location.modifier === '~' || location.modifier === '~*'
  if (!isRegex && !location.pattern.startsWith(parent.pattern))
    return refuse(`${inner} is outside ${outer}`, `begin it with ${parent.pattern}, or move it out`)
  return []
}

function checkFolder(location: Location, path: ConfigPath): Problem[] {
  if (location.alias === undefined) return []
  const at = [...path, 'alias']
  if (location.modifier === '@')
    return [
      mistake(
        'alias',
        at,
        'the "alias" directive cannot be used inside the named location',
        'use root, or a URI',
      ),
    ]
  if (location.root === undefined) return []
  const message = '"alias" directive is duplicate, "root" directive was specified earlier'
  return [
    mistake(
      'alias',
      at,
      message,
      'keep one: root puts the whole URI behind the folder, alias what follows the location',
    ),
  ]
}
