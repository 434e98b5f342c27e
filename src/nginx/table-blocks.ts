/**
 * Blocks whose lines are pairs, not directives, between text and configuration: `map`, `geo`,
 * `split_clients`, `charset_map`, `types`; with the messages of their modules.
 */
import { Invalid } from '../config/directive.ts'
import type { CharsetMap, GeoBlock, MapBlock, SplitClients, Types } from '../config/model.ts'
import type { Statement } from '../config/statement.ts'

/** Reads one line into the block: nothing, what is wrong with it, or `keep` for an `include` that brought nothing. */
type LineReader = (line: Statement) => Invalid | 'keep' | undefined

/** A block of lines as far as its head tells, and how its lines are read. */
export interface Table<B> {
  readonly block: B
  readonly readLine: LineReader
}

function variable(name: string): string | Invalid {
  return /^\$./s.test(name)
    ? name.slice(1)
    : new Invalid(`invalid variable name "${name}"`, 'write it as $name')
}

export function mapTable([source = '', name = '']: readonly string[]): Table<MapBlock> | Invalid {
  const target = variable(name)
  if (target instanceof Invalid) return target
  const block: MapBlock = { source, variable: target, entries: [] }
  return {
    block,
    readLine({ name: pattern, args: [value, ...more] }) {
      if (value === undefined && (pattern === 'hostnames' || pattern === 'volatile')) block[pattern] = true
      else if (value === undefined || more.length > 0)
        return new Invalid('invalid number of the map parameters')
      else if (pattern === 'include') return 'keep'
      else block.entries.push([pattern, value])
      return undefined
    },
  }
}

export function geoTable(args: readonly string[]): Table<GeoBlock> | Invalid {
  const target = variable(args.at(-1) ?? '')
  const [source] = args.length === 2 ? args : []
  const address = source === undefined ? undefined : variable(source)
  if (address instanceof Invalid) return address
  if (target instanceof Invalid) return target
  const block: GeoBlock = { ...(address !== undefined && { source: address }), variable: target, entries: [] }
  return { block, readLine: (line) => readGeoLine(block, line) }
}

function readGeoLine(block: GeoBlock, { name, args: [value, ...more] }: Statement): ReturnType<LineReader> {
  if (value === undefined && name === 'ranges') {
    if (block.entries.length > 0)
      return new Invalid('the "ranges" directive must be the first directive inside "geo" block')
    block.ranges = true
  } else if (value === undefined && name === 'proxy_recursive') block.proxyRecursive = true
  else if (value === undefined || more.length > 0) return new Invalid('invalid number of the geo parameters')
  else if (name === 'include') return 'keep'
  else if (name === 'proxy') (block.proxies ??= []).push(value)
  else if (name === 'delete') (block.deletes ??= []).push(value)
  else block.entries.push([name, value])
  return undefined
}

export function splitClientsTable([source = '', name = '']: readonly string[]):
  Table<SplitClients> | Invalid {
  const target = variable(name)
  if (target instanceof Invalid) return target
  const block: SplitClients = { source, variable: target, parts: [] }
  return {
    block,
    readLine({ name: share, args: [value = ''] }) {
      const percent = /^(\d+)(\.\d{1,2})?%$/.exec(share)
      if (share !== '*' && (!percent || Number.parseFloat(share) === 0))
        return new Invalid(`invalid percent value "${share}"`, 'write it as 20%, 0.5% or *')
      block.parts.push([share, value])
      return undefined
    },
  }
}

/** Characters of UTF-8 have up to three bytes here, those of other charsets one (ngx_http_charset_map). */
export function charsetTable([from = '', to = '']: readonly string[]): Table<CharsetMap> | Invalid {
  if (from.toLowerCase() === to.toLowerCase())
    return new Invalid(`"charset_map" between the same charsets "${from}" and "${to}"`)
  const block: CharsetMap = { from, to, entries: [] }
  const wide = to.toLowerCase() === 'utf-8' ? /^(?:[0-9a-f]{2}){1,3}$/i : /^[0-9a-f]{1,2}$/i
  return {
    block,
    readLine({ name, args: [value, ...more] }) {
      if (value === undefined || more.length > 0) return new Invalid('invalid parameters number')
      if (!/^[0-9a-f]{1,2}$/i.test(name)) return new Invalid(`invalid value "${name}"`)
      if (!wide.test(value)) return new Invalid(`invalid value "${value}"`)
      block.entries.push([name, value])
      return undefined
    },
  }
}

/** Several `types` blocks of one level are one (ngx_http_core_types). */
export function typesTable(before: Types | undefined): Table<Types> {
  const block: Types = before ?? {}
  return {
    block,
    readLine({ name: type, args }) {
      if (type === 'include')
        return args.length === 1 ? 'keep' : new Invalid('invalid number of arguments in "include" directive')
      const endings = Object.hasOwn(block, type) ? (block[type] ?? []) : []
      Object.defineProperty(block, type, {
        value: [...endings, ...args],
        enumerable: true,
        configurable: true,
        writable: true,
      })
      return undefined
    },
  }
}

/** The head's arguments and the lines of a `map`. */
export function writeMap(map: MapBlock): Pick<Statement, 'args' | 'block'> {
  return {
    args: [map.source, `$${map.variable}`],
    block: [...flags({ hostnames: map.hostnames, volatile: map.volatile }), ...pairs(map.entries)],
  }
}

/** The head's arguments and the lines of a `geo`; `ranges` comes first, as nginx wants it. */
export function writeGeo(geo: GeoBlock): Pick<Statement, 'args' | 'block'> {
  return {
    args: [...(geo.source === undefined ? [] : [`$${geo.source}`]), `$${geo.variable}`],
    block: [
      ...flags({ ranges: geo.ranges, proxy_recursive: geo.proxyRecursive }),
      ...(geo.proxies ?? []).map((network) => ({ name: 'proxy', args: [network] })),
      ...pairs(geo.entries),
      ...(geo.deletes ?? []).map((network) => ({ name: 'delete', args: [network] })),
    ],
  }
}

/** The head's arguments and the lines of a `split_clients`. */
export function writeSplitClients(split: SplitClients): Pick<Statement, 'args' | 'block'> {
  return { args: [split.source, `$${split.variable}`], block: pairs(split.parts) }
}

/** The head's arguments and the lines of a `charset_map`. */
export function writeCharsetMap(map: CharsetMap): Pick<Statement, 'args' | 'block'> {
  return { args: [map.from, map.to], block: pairs(map.entries) }
}

export function writeTypes(types: Types): Statement {
  return { name: 'types', args: [], block: Object.entries(types).map(([name, args]) => ({ name, args })) }
}

function pairs(entries: readonly (readonly [string, string])[]): Statement[] {
  return entries.map(([name, value]) => ({ name, args: [value] }))
}

function flags(set: Readonly<Record<string, true | undefined>>): Statement[] {
  return Object.entries(set).flatMap(([name, on]) => (on ? [{ name, args: [] }] : []))
}
