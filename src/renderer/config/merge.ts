/**
 * Two windows changed the same configuration: what the other applied is brought into this window's draft.
 * Where both changed the same thing, this window's stays, and is told.
 */
import type { Config } from '../../config/model.ts'
import { listKeys, pathKey } from '../../config/path.ts'

/** The draft with the other's changes in it. */
export interface Merged {
  readonly config: Config
  /** Paths (`pathKey`) both changed in different ways; the draft's own was kept. */
  readonly clashes: readonly string[]
}

/** `base` is what both began with. */
export function merge(base: Config, mine: Config, theirs: Config): Merged {
  const clashes: string[] = []
  return { config: mergeValue(base, mine, theirs, [], clashes) as Config, clashes }
}

type Path = readonly string[]
const keyed: ReadonlySet<string> = new Set(['servers', 'locations', 'upstreams'])
/** What tells the lines of a directive apart, where they are told apart by something. */
const lineKeys: Readonly<Record<string, string>> = {
  server: 'address',
  proxySetHeader: 'name',
  addHeader: 'name',
  logFormat: 'name',
  maps: 'variable',
}

function mergeValue(base: unknown, mine: unknown, theirs: unknown, path: Path, clashes: string[]): unknown {
  if (same(mine, theirs) || same(base, theirs)) return mine
  if (same(base, mine)) return theirs
  const name = path.at(-1) ?? ''
  if (Array.isArray(mine) && Array.isArray(theirs)) {
    const lists = [asList(base), mine, theirs]
    const keys = lists.map((list) => keysOf(name, list))
    if (keys.every((list) => list !== undefined)) return mergeList(lists, keys, path, clashes)
  }
  if (isBlock(mine) && isBlock(theirs))
    return mergeBlock(isBlock(base) ? base : {}, mine, theirs, path, clashes)
  clashes.push(pathKey(path))
  return mine
}

type Block = Readonly<Record<string, unknown>>

function mergeBlock(base: Block, mine: Block, theirs: Block, path: Path, clashes: string[]): Block {
  const merged: Record<string, unknown> = {}
  for (const key of new Set([...Object.keys(mine), ...Object.keys(theirs)])) {
    const value = mergeValue(base[key], mine[key], theirs[key], [...path, key], clashes)
    if (value !== undefined) merged[key] = value
  }
  return merged
}

/** The keys of a list's elements; `undefined` when they do not tell each from the others. */
function keysOf(name: string, items: readonly unknown[]): readonly string[] | undefined {
  if (keyed.has(name)) return listKeys(name, items)
  const field = lineKeys[name]
  if (field === undefined) return undefined
  const keys = items.map((item) => String((item as Record<string, unknown>)[field]))
  return new Set(keys).size === keys.length ? keys : undefined
}

/** Elements go by their keys: mine in my order, then those that are only theirs. `lists`: base, mine, theirs. */
function mergeList(
  lists: readonly (readonly unknown[])[],
  keys: readonly (readonly string[] | undefined)[],
  path: Path,
  clashes: string[],
): unknown[] {
  const [was, own, other] = [0, 1, 2].map(
    (which) => new Map((lists[which] ?? []).map((item, index) => [keys[which]?.[index] ?? '', item])),
  )
  if (!was || !own || !other) return []
  const merged: unknown[] = []
  for (const [key, item] of own) {
    if (other.has(key)) merged.push(mergeValue(was.get(key), item, other.get(key), [...path, key], clashes))
    else if (!was.has(key)) merged.push(item)
    else if (!same(was.get(key), item)) {
      // They removed what I changed: mine stays.
      clashes.push(pathKey([...path, key]))
      merged.push(item)
    }
  }
  for (const [key, item] of other) {
    if (own.has(key)) continue
    if (!was.has(key)) merged.push(item)
    else if (!same(was.get(key), item)) clashes.push(pathKey([...path, key]))
  }
  return merged
}

function asList(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : []
}

function isBlock(value: unknown): value is Block {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Whether two values say the same, whatever the order of their fields. */
export function same(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true
  return JSON.stringify(sorted(a)) === JSON.stringify(sorted(b))
}

/** Fields in one order, so that equal values are equal texts. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  if (!isBlock(value)) return value
  return Object.fromEntries(
    Object.keys(value)
      .sort()
      .map((key) => [key, sorted(value[key])]),
  )
}
