/**
 * Pure edits of a configuration: each takes one and gives another, sharing what did not change. Everything
 * is pointed at by its path (`path.ts`); an edit that points at nothing gives back what it was given.
 */
import type { Config, Location, Server, Upstream } from './model.ts'
import { listKeys, resolvePath, type ConfigPath } from './path.ts'

/** A path with places instead of keys: stays true when an edit changes what an element is called. */
export type PlacePath = readonly (string | number)[]

/** Where a path points, by place; `undefined` when it points at nothing. */
export function toPlaces(config: Config, path: ConfigPath): PlacePath | undefined {
  const places: (string | number)[] = []
  let value: unknown = config
  let list = ''
  for (const segment of path) {
    if (Array.isArray(value)) {
      const place = listKeys(list, value).indexOf(segment)
      if (place < 0) return undefined
      places.push(place)
      value = value[place]
    } else {
      if (typeof value !== 'object' || value === null) return undefined
      places.push(segment)
      value = (value as Record<string, unknown>)[segment]
    }
    list = segment
  }
  return places
}

/** The path of a place, with the keys that elements have now. */
export function toPath(config: Config, places: PlacePath): ConfigPath | undefined {
  const path: string[] = []
  let value: unknown = config
  let list = ''
  for (const place of places) {
    if (typeof place === 'number') {
      if (!Array.isArray(value) || place >= value.length) return undefined
      path.push(listKeys(list, value)[place] ?? '')
      value = value[place]
    } else {
      if (typeof value !== 'object' || value === null) return undefined
      path.push(place)
      value = (value as Record<string, unknown>)[place]
      list = place
    }
  }
  return path
}

/**
 * Where the element of `path` is called in `after` what it was called in `before`, when an edit renamed it:
 * a location's path changes with its pattern, its place does not.
 */
export function followPath(before: Config, after: Config, path: ConfigPath): ConfigPath | undefined {
  const places = toPlaces(before, path)
  return places && toPath(after, places)
}

/** Sets what a path points at; `undefined` takes a field away. Blocks on the way are made where absent. */
export function setAt(config: Config, path: ConfigPath, value: unknown): Config {
  return updateAt(config, path, () => value)
}

/** Changes what a path points at. */
export function updateAt(config: Config, path: ConfigPath, change: (value: unknown) => unknown): Config {
  return updateIn(config, '', path, change) as Config
}

function updateIn(
  holder: unknown,
  list: string,
  path: ConfigPath,
  change: (value: unknown) => unknown,
): unknown {
  const [segment, ...rest] = path
  if (segment === undefined) return change(holder)
  if (Array.isArray(holder)) {
    const place = listKeys(list, holder).indexOf(segment)
    if (place < 0) return holder
    return holder.with(place, updateIn(holder[place], segment, rest, change))
  }
  const block = (holder ?? {}) as Record<string, unknown>
  const before = block[segment]
  const after = updateIn(before, segment, rest, change)
  if (after === before) return holder
  if (after !== undefined) return { ...block, [segment]: after }
  const { [segment]: _gone, ...others } = block
  return others
}

/** Adds an element to a list, at its end or at a place. */
export function insertAt(config: Config, list: ConfigPath, item: unknown, place?: number): Config {
  return updateAt(config, list, (items) => {
    const before = Array.isArray(items) ? (items as unknown[]) : []
    return before.toSpliced(place ?? before.length, 0, item)
  })
}

/** Takes an element out of its list, or a field out of its block; a list that is empty then goes too. */
export function removeAt(config: Config, path: ConfigPath): Config {
  const holder = path.slice(0, -1)
  const segment = path.at(-1)
  if (segment === undefined) return config
  const items = resolvePath(config, holder)
  if (!Array.isArray(items)) return setAt(config, path, undefined)
  const place = listKeys(holder.at(-1) ?? '', items).indexOf(segment)
  if (place < 0) return config
  const left = items.toSpliced(place, 1) as unknown[]
  return setAt(config, holder, left.length === 0 ? undefined : left)
}

/** Moves an element within its list; a place past the end is the end. */
export function moveAt(config: Config, path: ConfigPath, to: number): Config {
  const list = path.slice(0, -1)
  const items = resolvePath(config, list)
  if (!Array.isArray(items)) return config
  const from = listKeys(list.at(-1) ?? '', items).indexOf(path.at(-1) ?? '')
  const place = Math.max(0, Math.min(to, items.length - 1))
  if (from < 0 || from === place) return config
  const moved = items.toSpliced(from, 1).toSpliced(place, 0, items[from]) as unknown[]
  return setAt(config, list, moved)
}

/** Where an element stands in its list, and how many there are. */
export function placeOf(config: Config, path: ConfigPath): { place: number; of: number } | undefined {
  const list = path.slice(0, -1)
  const items = resolvePath(config, list)
  if (!Array.isArray(items)) return undefined
  const place = listKeys(list.at(-1) ?? '', items).indexOf(path.at(-1) ?? '')
  return place < 0 ? undefined : { place, of: items.length }
}

/** Puts a copy behind an element. A location gets a pattern of its own, since nginx refuses the same twice. */
export function duplicateAt(config: Config, path: ConfigPath): Config {
  const item = resolvePath(config, path)
  const at = placeOf(config, path)
  if (item === undefined || !at) return config
  const list = path.slice(0, -1)
  const siblings = resolvePath(config, list) as unknown[]
  const copy = withOwnName(list.at(-1) ?? '', item, siblings)
  return insertAt(config, list, copy, at.place + 1)
}

function withOwnName(list: string, item: unknown, siblings: readonly unknown[]): unknown {
  if (list === 'locations') {
    const location = item as Location
    const pattern = freeName(
      location.pattern,
      siblings.map((other) => (other as Location).pattern),
    )
    return { ...location, pattern }
  }
  if (list === 'upstreams') {
    const upstream = item as Upstream
    return {
      ...upstream,
      name: freeName(
        upstream.name,
        siblings.map((other) => (other as Upstream).name),
      ),
    }
  }
  if (list === 'servers') {
    const server = item as Server
    const [first, ...others] = server.serverName ?? []
    const taken = siblings.flatMap((other) => (other as Server).serverName ?? [])
    const listen = server.listen?.map(({ defaultServer: _only, ...rest }) => rest)
    return {
      ...server,
      ...(listen && { listen }),
      serverName: [freeName(first ?? 'new.localhost', taken), ...others],
    }
  }
  return item
}

/** `api` → `api-2`, `/api/` → `/api-2/`, `app.localhost` → `app-2.localhost`: the first that nobody has. */
export function freeName(name: string, taken: readonly string[]): string {
  for (let count = 2; ; count++) {
    const candidate = name.replace(/^(\/?[^./]*(?:\/[^./]+)*)/, `$1-${count}`)
    if (!taken.includes(candidate)) return candidate
  }
}

/** Adds a location to a server or a location, and tells its path. */
export function addLocation(
  config: Config,
  holder: ConfigPath,
  location: Location,
): { config: Config; path: ConfigPath } {
  return addTo(config, [...holder, 'locations'], location)
}

/** Adds a server, and tells its path. */
export function addServer(config: Config, server: Server): { config: Config; path: ConfigPath } {
  return addTo(config, ['http', 'servers'], server)
}

/** Adds an upstream, and tells its path. */
export function addUpstream(config: Config, upstream: Upstream): { config: Config; path: ConfigPath } {
  return addTo(config, ['http', 'upstreams'], upstream)
}

function addTo(config: Config, list: ConfigPath, item: unknown): { config: Config; path: ConfigPath } {
  const after = insertAt(config, list, item)
  const items = resolvePath(after, list) as unknown[]
  return { config: after, path: [...list, listKeys(list.at(-1) ?? '', items).at(-1) ?? ''] }
}
