/**
 * What is different between two configurations, in words a person can check before applying: one entry a
 * directive or block, with its path and its nginx spelling before and after.
 */
import type { Context, Directive } from './directive.ts'
import { directivesIn } from './directives.ts'
import type { Config, Location, Server } from './model.ts'
import { listKeys, type ConfigPath } from './path.ts'

/** One difference. */
export interface Change {
  readonly kind: 'added' | 'removed' | 'changed' | 'moved'
  /** In the second configuration; of what is removed, in the first. */
  readonly path: ConfigPath
  /** The block it happened to or in: `location /api/ of app.localhost`. */
  readonly where: string
  /** What happened, in one line: `proxy_pass http://a → http://b`. */
  readonly words: string
  /** nginx's spelling, where there is one. */
  readonly before?: string
  readonly after?: string
}

/** Every difference from `before` to `after`, in the order of the file. */
export function diff(before: Config, after: Config): Change[] {
  const changes: Change[] = []
  diffBlock(
    before as Block,
    after as Block,
    { path: [], beforePath: [], where: 'the main level', context: 'main' },
    changes,
  )
  return changes
}

interface At {
  readonly path: ConfigPath
  readonly beforePath: ConfigPath
  readonly where: string
  readonly context: Context
}

type Block = Readonly<Record<string, unknown>>

const blockContexts: Readonly<Record<string, Context>> = {
  events: 'events',
  http: 'http',
  servers: 'server',
  locations: 'location',
  upstreams: 'upstream',
  limitExcept: 'limit_except',
}
const blockLists = ['upstreams', 'servers', 'locations'] as const
const singleBlocks = ['events', 'http', 'limitExcept'] as const
/** Fields that are no directives of the table, with the word for them. */
const others: Readonly<Record<string, string>> = {
  rewrites: 'rewrite steps',
  types: 'types',
  maps: 'map blocks',
  geos: 'geo blocks',
  splitClients: 'split_clients blocks',
  charsetMaps: 'charset_map blocks',
  unhandled: 'kept directives',
  note: 'comment',
  comments: 'comments',
  modifier: 'modifier',
  pattern: 'pattern',
  name: 'name',
  methods: 'methods',
}

function diffBlock(before: Block, after: Block, at: At, changes: Change[]): void {
  if (before === after) return
  for (const { field, directive } of directivesIn(at.context))
    diffField(field, directive, before[field], after[field], at, changes)
  for (const [field, word] of Object.entries(others))
    if (!same(before[field], after[field]))
      changes.push(otherChange(field, word, before[field], after[field], at))
  for (const field of singleBlocks)
    if (!same(before[field], after[field]))
      diffBlock(
        (before[field] ?? {}) as Block,
        (after[field] ?? {}) as Block,
        {
          path: [...at.path, field],
          beforePath: [...at.beforePath, field],
          where: field === 'http' || field === 'events' ? field : at.where,
          context: blockContexts[field] ?? at.context,
        },
        changes,
      )
  for (const list of blockLists)
    diffList(list, (before[list] ?? []) as Block[], (after[list] ?? []) as Block[], at, changes)
}

function diffField(
  field: string,
  directive: Directive,
  before: unknown,
  after: unknown,
  at: At,
  changes: Change[],
): void {
  if (same(before, after)) return
  const path = [...at.path, field]
  if (directive.repeat === 'list') return diffLines(path, directive, before, after, at, changes)
  const old = before === undefined ? undefined : spell(directive, before)
  const now = after === undefined ? undefined : spell(directive, after)
  changes.push(spelled(path, at.where, old, now, directive.name))
}

/** Lines of a list are told apart by their first argument: a peer's address, a field's name. */
function diffLines(
  path: ConfigPath,
  directive: Directive,
  before: unknown,
  after: unknown,
  at: At,
  changes: Change[],
): void {
  const old = lines(directive, before)
  const now = lines(directive, after)
  const left = [...old]
  for (const line of now) {
    const same = left.findIndex((other) => other.text === line.text)
    const match =
      same >= 0 ? same : left.findIndex((other) => other.key === line.key && !inLines(now, other.text))
    if (match < 0)
      changes.push(spelled([...path, String(line.place)], at.where, undefined, line.text, directive.name))
    else if (left[match]?.text !== line.text)
      changes.push(
        spelled([...path, String(line.place)], at.where, left[match]?.text, line.text, directive.name),
      )
    if (match >= 0) left.splice(match, 1)
  }
  const beforePath = [...at.beforePath, path.at(-1) ?? '']
  for (const line of left)
    changes.push(spelled([...beforePath, String(line.place)], at.where, line.text, undefined, directive.name))
  const kept = now.filter((line) => inLines(old, line.text)).map((line) => line.text)
  const keptBefore = old.filter((line) => inLines(now, line.text)).map((line) => line.text)
  if (!same(kept, keptBefore) && kept.length === keptBefore.length)
    changes.push({ kind: 'moved', path, where: at.where, words: `order of ${directive.name} lines` })
}

interface Line {
  readonly text: string
  readonly key: string
  readonly place: number
}

function lines(directive: Directive, value: unknown): Line[] {
  return ((value ?? []) as unknown[]).map((item, place) => {
    const args = directive.syntax.write(item)
    const name = directive.names ? [] : [directive.name]
    return { text: words([...name, ...args]), key: args[0] ?? '', place }
  })
}

function inLines(list: readonly Line[], text: string): boolean {
  return list.some((line) => line.text === text)
}

function diffList(
  list: (typeof blockLists)[number],
  before: readonly Block[],
  after: readonly Block[],
  at: At,
  changes: Change[],
): void {
  const oldKeys = listKeys(list, before)
  const newKeys = listKeys(list, after)
  const pairs = pairUp(before, after, oldKeys, newKeys)
  const name = (block: Block, key: string): string => blockName(list, block, key, at.where)
  for (const [place, block] of after.entries()) {
    const key = newKeys[place] ?? ''
    const path = [...at.path, list, key]
    const from = pairs.get(place)
    const where = name(block, key)
    if (from === undefined)
      changes.push({ kind: 'added', path, where: at.where, words: `${shortName(list, block, key)} added` })
    else {
      const beforePath = [...at.beforePath, list, oldKeys[from] ?? '']
      const context = blockContexts[list] ?? at.context
      diffBlock(before[from] ?? {}, block, { path, beforePath, where, context }, changes)
    }
  }
  const used = new Set(pairs.values())
  for (const [place, block] of before.entries()) {
    if (used.has(place)) continue
    const key = oldKeys[place] ?? ''
    changes.push({
      kind: 'removed',
      path: [...at.beforePath, list, key],
      where: at.where,
      words: `${shortName(list, block, key)} removed`,
    })
  }
  const order = [...pairs.values()]
  if (order.some((place, index) => index > 0 && place < (order[index - 1] ?? 0)))
    changes.push({
      kind: 'moved',
      path: [...at.path, list],
      where: at.where,
      words: `order of ${list} changed`,
    })
}

/** Which element of `after` was which of `before`: the same key, else the same content, else the same place. */
function pairUp(
  before: readonly Block[],
  after: readonly Block[],
  oldKeys: readonly string[],
  newKeys: readonly string[],
): Map<number, number> {
  const pairs = new Map<number, number>()
  const free = new Set(before.keys())
  const pair = (place: number, from: number): void => {
    if (from < 0 || !free.has(from) || pairs.has(place)) return
    pairs.set(place, from)
    free.delete(from)
  }
  for (const [place, key] of newKeys.entries()) pair(place, oldKeys.indexOf(key))
  for (const [place, block] of after.entries())
    pair(place, [...free].find((from) => same(content(before[from]), content(block))) ?? -1)
  for (const place of after.keys()) if (before.length === after.length) pair(place, place)
  return new Map([...pairs].sort(([a], [b]) => a - b))
}

/** A block without what names it. */
function content(block: Block | undefined): unknown {
  const {
    pattern: _pattern,
    modifier: _modifier,
    name: _name,
    serverName: _names,
    listen: _listen,
    ...rest
  } = block ?? {}
  return rest
}

function blockName(list: string, block: Block, key: string, within: string): string {
  const name = shortName(list, block, key)
  return list === 'locations' ? `${name} of ${within.replace(/^(server|location) /, '')}` : name
}

function shortName(list: string, block: Block, key: string): string {
  if (list === 'servers') return `server ${(block as Server).serverName?.join(' ') ?? key}`
  if (list === 'upstreams') return `upstream ${key}`
  const { modifier, pattern } = block as unknown as Location
  return `location ${modifier === '@' ? `@${pattern}` : [modifier, pattern].filter(Boolean).join(' ')}`
}

function otherChange(field: string, word: string, before: unknown, after: unknown, at: At): Change {
  const path = [...at.path, field]
  const plain = typeof (after ?? before) === 'string'
  if (plain)
    return spelled(path, at.where, before as string | undefined, after as string | undefined, word, word)
  const kind = before === undefined ? 'added' : after === undefined ? 'removed' : 'changed'
  return { kind, path, where: at.where, words: `${word} ${kind}` }
}

function spelled(
  path: ConfigPath,
  where: string,
  before: string | undefined,
  after: string | undefined,
  name: string,
  prefix = '',
): Change {
  const say = (text: string): string => (prefix ? `${prefix} ${text}` : text)
  if (before === undefined)
    return { kind: 'added', path, where, words: `${say(after ?? name)} added`, after: after ?? '' }
  if (after === undefined) return { kind: 'removed', path, where, words: `${say(before)} removed`, before }
  const short = after.startsWith(`${name} `) ? after.slice(name.length + 1) : after
  return { kind: 'changed', path, where, words: `${say(before)} → ${short}`, before, after }
}

function spell(directive: Directive, value: unknown): string {
  return words([directive.name, ...directive.syntax.write(value)])
}

/** For reading, not for nginx: quotes only where an argument would fall apart. */
function words(args: readonly string[]): string {
  return args.map((arg) => (arg === '' || /[\s;]/.test(arg) ? `"${arg}"` : arg)).join(' ')
}

function same(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false
  if (Array.isArray(a) !== Array.isArray(b)) return false
  const one = a as Record<string, unknown>
  const two = b as Record<string, unknown>
  const keys = new Set([...Object.keys(one), ...Object.keys(two)])
  for (const key of keys) if (!same(one[key], two[key])) return false
  return true
}
