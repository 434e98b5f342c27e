/**
 * One way to point at anything in a configuration: problems, form fields, traffic and switches all use it.
 * There are no ids. A list's element is named by what identifies it for nginx: a server by its listens
 * and names, a location by its modifier and pattern, an upstream by its name.
 * `['http', 'servers', '443 app.localhost', 'locations', '/api/', 'proxyPass']`
 */
import { printListenAddress } from './listen.ts'
import type { Config, Location, Server, Upstream } from './model.ts'

/** Segments from the root; a list element is named by its key (with `#2` for a second one with the same key). */
export type ConfigPath = readonly string[]

/** A path as the key of a Map or of a record. */
export function pathKey(path: ConfigPath): string {
  return path.join('\u001f')
}

/** The path a `pathKey` was made of. */
export function parsePathKey(key: string): ConfigPath {
  return key === '' ? [] : key.split('\u001f')
}

/** A server's key: its listens, then its names. A server without `listen` listens on 80. */
export function serverKey(server: Server): string {
  const listens = (server.listen ?? [{ address: '*', port: 80 }]).map(printListenAddress).join(',')
  return [listens, ...(server.serverName ?? [])].join(' ')
}

/** A location's key, as nginx writes its head: `/api/`, `= /`, `~ \.php$`, `@fallback`. */
export function locationKey(location: Pick<Location, 'modifier' | 'pattern'>): string {
  if (location.modifier === '@') return `@${location.pattern}`
  return location.modifier === '' ? location.pattern : `${location.modifier} ${location.pattern}`
}

type Keyed =
  { of: 'servers'; item: Server } | { of: 'locations'; item: Location } | { of: 'upstreams'; item: Upstream }

function keyOf(list: string, item: unknown): string | undefined {
  const keyed = { of: list, item } as Keyed
  switch (keyed.of) {
    case 'servers':
      return serverKey(keyed.item)
    case 'locations':
      return locationKey(keyed.item)
    case 'upstreams':
      return keyed.item.name
    default:
      return undefined
  }
}

/** The keys of a list's elements, in order; repeated keys get `#2`, `#3`; lists without keys are numbered. */
export function listKeys(list: string, items: readonly unknown[]): string[] {
  const seen = new Map<string, number>()
  return items.map((item, index) => {
    const key = keyOf(list, item)
    if (key === undefined) return String(index)
    const count = (seen.get(key) ?? 0) + 1
    seen.set(key, count)
    return count === 1 ? key : `${key}#${count}`
  })
}

/** What a path points at, or undefined. */
export function resolvePath(config: Config, path: ConfigPath): unknown {
  let value: unknown = config
  let list = ''
  for (const segment of path) {
    if (Array.isArray(value)) value = value[listKeys(list, value).indexOf(segment)] as unknown
    else if (typeof value === 'object' && value !== null) value = (value as Record<string, unknown>)[segment]
    else return undefined
    list = segment
  }
  return value
}

/** A server or location with its path and its place among the others. */
export interface RouteAt {
  path: ConfigPath
  server: Server
  /** Outermost first; empty for the server itself. */
  locations: readonly Location[]
}

/** Every server and every location of a configuration, in the order written, a server before its locations. */
export function routesOf(config: Config): RouteAt[] {
  const found: RouteAt[] = []
  const servers = config.http?.servers ?? []
  const names = listKeys('servers', servers)
  servers.forEach((server, index) => {
    const path = ['http', 'servers', names[index] ?? '']
    found.push({ path, server, locations: [] })
    collectLocations(server, server.locations ?? [], path, [], found)
  })
  return found
}

function collectLocations(
  server: Server,
  locations: readonly Location[],
  path: ConfigPath,
  outer: readonly Location[],
  found: RouteAt[],
): void {
  const names = listKeys('locations', locations)
  locations.forEach((location, index) => {
    const at = [...path, 'locations', names[index] ?? '']
    const chain = [...outer, location]
    found.push({ path: at, server, locations: chain })
    collectLocations(server, location.locations ?? [], at, chain, found)
  })
}
