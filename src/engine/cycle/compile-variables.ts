/** Variables the configuration declares: map, geo, split_clients. */
import { BlockList } from 'node:net'
import type { Http, GeoBlock, MapBlock, SplitClients } from '../../config/model.ts'
import { murmurHash2 } from '../murmur-hash.ts'
import type { Exchange } from '../request/exchange.ts'
import { bytesOf, compileScript, type Script } from '../request/script.ts'
import type { VariableTable } from '../request/variable-table.ts'
import type { Problems } from './compile-error.ts'
import { compileRegex } from './regex.ts'

/** Declares all of them; errors carry their block's path. */
export function declareVariables(http: Http, variables: VariableTable, problems: Problems): void {
  http.maps?.forEach((block, i) =>
    problems.try(['http', 'maps', String(i)], () =>
      variables.declare(block.variable, mapGetter(block, variables)),
    ),
  )
  http.geos?.forEach((block, i) =>
    problems.try(['http', 'geos', String(i)], () =>
      variables.declare(block.variable, geoGetter(block, variables)),
    ),
  )
  http.splitClients?.forEach((block, i) =>
    problems.try(['http', 'splitClients', String(i)], () =>
      variables.declare(block.variable, splitGetter(block, variables)),
    ),
  )
}

/** Computed once an exchange, unless `volatile`. */
function once(name: string, compute: (x: Exchange) => string): (x: Exchange) => string {
  return (x) => {
    const cached = (x.cached ??= new Map<string, string>())
    let value = cached.get(name)
    if (value === undefined) cached.set(name, (value = compute(x)))
    return value
  }
}

function mapGetter(block: MapBlock, variables: VariableTable): (x: Exchange) => string {
  const source = compileScript(block.source, variables)
  const exact = new Map<string, Script>()
  const heads = new Map<string, Script>()
  const tails = new Map<string, Script>()
  const regexes: {
    regex: RegExp
    assigns: readonly (readonly [string, (x: Exchange, value: string) => void])[]
    value: Script
  }[] = []
  let fallback: Script = () => ''
  for (const [pattern, text] of block.entries) {
    const value = compileScript(text, variables)
    if (pattern === 'default') fallback = value
    else if (pattern.startsWith('~')) {
      const ignoreCase = pattern.startsWith('~*')
      const { regex, names } = compileRegex(pattern.slice(ignoreCase ? 2 : 1), ignoreCase)
      regexes.push({ regex, assigns: names.map((name) => [name, variables.assign(name)] as const), value })
    } else {
      const key = bytesOf(pattern.startsWith('\\') ? pattern.slice(1) : pattern).toLowerCase()
      if (block.hostnames && key.startsWith('*.')) heads.set(key.slice(1), value)
      else if (block.hostnames && key.endsWith('.*')) tails.set(key.slice(0, -1), value)
      else if (block.hostnames && key.startsWith('.')) {
        exact.set(key.slice(1), value)
        heads.set(key, value)
      } else exact.set(key, value)
    }
  }
  const find = (x: Exchange): string => {
    let text = source(x)
    if (block.hostnames && text.endsWith('.')) text = text.slice(0, -1)
    const key = text.toLowerCase()
    const found =
      exact.get(key) ?? (block.hostnames ? (wildcardHead(key, heads) ?? wildcardTail(key, tails)) : undefined)
    if (found) return found(x)
    for (const { regex, assigns, value } of regexes) {
      const captures = regex.exec(text)
      if (!captures) continue
      x.captures = captures
      for (const [name, assign] of assigns) assign(x, captures.groups?.[name] ?? '')
      return value(x)
    }
    return fallback(x)
  }
  return block.volatile ? find : once(`$${block.variable}`, find)
}

function wildcardHead(host: string, heads: ReadonlyMap<string, Script>): Script | undefined {
  for (let dot = host.indexOf('.', 1); dot >= 0; dot = host.indexOf('.', dot + 1)) {
    const found = heads.get(host.slice(dot))
    if (found) return found
  }
  return undefined
}

function wildcardTail(host: string, tails: ReadonlyMap<string, Script>): Script | undefined {
  for (let dot = host.lastIndexOf('.'); dot > 0; dot = host.lastIndexOf('.', dot - 1)) {
    const found = tails.get(host.slice(0, dot + 1))
    if (found) return found
  }
  return undefined
}

function geoGetter(block: GeoBlock, variables: VariableTable): (x: Exchange) => string {
  const source = compileScript(block.source === undefined ? '$remote_addr' : `$${block.source}`, variables)
  const deleted = new Set(block.deletes ?? [])
  let fallback = ''
  // The most specific network wins, whatever order they stand in; of ranges the last written.
  const networks: { list: BlockList; bits: number; value: string }[] = []
  for (const [network, text] of block.entries) {
    const value = bytesOf(text)
    if (network === 'default') fallback = value
    else if (!deleted.has(network)) networks.push({ ...networkOf(network, block.ranges === true), value })
  }
  if (block.ranges) networks.reverse()
  else networks.sort((a, b) => b.bits - a.bits)
  const trusted = block.proxies?.map((network) => networkOf(network, false).list)
  return once(`$${block.variable}`, (x) => {
    const address = forwarded(x, source(x), trusted, block.proxyRecursive === true)
    const family = address.includes(':') ? 'ipv6' : 'ipv4'
    return networks.find(({ list }) => list.check(address, family))?.value ?? fallback
  })
}

function forwarded(
  x: Exchange,
  address: string,
  trusted: readonly BlockList[] | undefined,
  recursive: boolean,
): string {
  const isTrusted = (a: string): boolean =>
    trusted?.some((list) => list.check(a, a.includes(':') ? 'ipv6' : 'ipv4')) ?? false
  if (!trusted || !isTrusted(address)) return address
  const { fields } = x.head
  const at = fields.names.indexOf('x-forwarded-for')
  if (at < 0) return address
  const list = fields.text
    .slice(fields.at[4 * at + 1], fields.at[4 * at + 2])
    .split(/[ ,]+/)
    .filter((a) => a !== '')
  let found = address
  while (list.length > 0) {
    found = list.pop() ?? found
    if (!recursive || !isTrusted(found)) break
  }
  return found
}

function networkOf(network: string, ranges: boolean): { list: BlockList; bits: number } {
  const list = new BlockList()
  if (ranges) {
    const [from = '', to = from] = network.split('-')
    list.addRange(from, to)
    return { list, bits: 0 }
  }
  const [address = '', prefix] = network.split('/')
  const six = address.includes(':')
  const bits = prefix === undefined ? (six ? 128 : 32) : Number(prefix)
  list.addSubnet(address, bits, six ? 'ipv6' : 'ipv4')
  return { list, bits }
}

function splitGetter(block: SplitClients, variables: VariableTable): (x: Exchange) => string {
  const source = compileScript(block.source, variables)
  let sum = 0
  const parts = block.parts.map(([share, text]) => {
    const value = bytesOf(text)
    if (share === '*') return { below: Infinity, value }
    sum += Math.round(Number(share.slice(0, -1)) * 100)
    return { below: Number((0xffffffffn * BigInt(sum)) / 10000n), value }
  })
  return once(`$${block.variable}`, (x) => {
    const hash = murmurHash2(source(x))
    return parts.find(({ below }) => hash < below)?.value ?? ''
  })
}
