/** What a field is worth where nothing is written: the nearest block around that says so, else nginx's default. */
import type { Context, Directive } from '../../config/directive.ts'
import { directivesIn } from '../../config/directives.ts'
import type { Config } from '../../config/model.ts'
import { resolvePath, type ConfigPath } from '../../config/path.ts'

export interface Inherited {
  readonly value: unknown
  /** The block it comes from; absent for nginx's default. */
  readonly from?: ConfigPath
}

/** Not handed down, though they may stand in several contexts. */
const ownOnly: ReadonlySet<string> = new Set([
  'proxyPass',
  'alias',
  'internal',
  'tryFiles',
  'listen',
  'serverName',
])

/** The context of the block a path points at. */
export function contextOf(path: ConfigPath): Context {
  const list = path.at(-2)
  if (list === 'locations') return 'location'
  if (list === 'servers') return 'server'
  if (list === 'upstreams') return 'upstream'
  const last = path.at(-1)
  if (last === 'http' || last === 'events') return last
  return last === 'limitExcept' ? 'limit_except' : 'main'
}

/** Blocks around a block, nearest first. */
export function blocksAround(path: ConfigPath): ConfigPath[] {
  const around: ConfigPath[] = []
  for (let length = path.length - 2; length >= 1; length--) {
    const holder = path.slice(0, length)
    const name = holder.at(-1)
    if (holder.at(-2) === 'locations' || holder.at(-2) === 'servers' || name === 'http') around.push(holder)
  }
  return around
}

/** `undefined` when there is neither a value around nor a default. */
export function inherited(
  config: Config,
  path: ConfigPath,
  field: string,
  directive: Directive,
): Inherited | undefined {
  if (!ownOnly.has(field) && directive.contexts.includes(contextOf(path)))
    for (const holder of blocksAround(path)) {
      if (!directive.contexts.includes(contextOf(holder))) continue
      const value = (resolvePath(config, holder) as Record<string, unknown> | undefined)?.[field]
      if (value !== undefined) return { value, from: holder }
    }
  return directive.default === undefined ? undefined : { value: directive.default }
}

/** A block's name for people: `http`, `server shop.localhost`, `location /api/`. */
export function blockName(path: ConfigPath): string {
  const [key = ''] = path.slice(-1)
  switch (contextOf(path)) {
    case 'server':
      // The first name is enough to know it by.
      return `server ${key.split(' ')[1] ?? key}`
    case 'location':
      return `location ${key}`
    case 'upstream':
      return `upstream ${key}`
    default:
      return key
  }
}

/** The fields of a block, in writing order. */
export function fieldsOf(path: ConfigPath): { field: string; directive: Directive }[] {
  return directivesIn(contextOf(path))
}
