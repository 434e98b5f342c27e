/**
 * The yard as a graph from left to right: listeners → servers → locations → upstreams → peers. It says what
 * there is and what leads where; how much flows comes from what is seen, and where things stand from the layout.
 */
import { printListenAddress } from '../../../config/listen.ts'
import type { Config, Location, Server } from '../../../config/model.ts'
import { locationKey, pathKey, routesOf, type ConfigPath } from '../../../config/path.ts'

export type Column = 0 | 1 | 2 | 3 | 4

/** One box of the map. */
export interface MapNode {
  readonly id: string
  readonly column: Column
  readonly kind: 'listener' | 'server' | 'location' | 'upstream' | 'peer' | 'more'
  readonly title: string
  readonly detail?: string
  /** Of servers, locations and upstreams. */
  readonly path?: ConfigPath
  readonly tls?: boolean
  /** Of a peer: the upstream it belongs to; of `more`: the server that is folded. */
  readonly of?: string
}

/** One channel. `route`: the server's or location's key, whose requests flow here; of peers, `share` of the upstream's. */
export interface MapEdge {
  readonly from: string
  readonly to: string
  readonly routes: readonly string[]
  readonly peer?: { readonly upstream: string; readonly address: string }
}

export interface MapModel {
  readonly nodes: readonly MapNode[]
  readonly edges: readonly MapEdge[]
}

/** `folded`: keys of servers whose locations are one box. `fits`: which routes are shown at all. */
export function buildMap(
  config: Config,
  folded: ReadonlySet<string>,
  fits: (server: Server, location?: Location) => boolean,
): MapModel {
  const nodes = new Map<string, MapNode>()
  const edges = new Map<string, { from: string; to: string; routes: Set<string>; peer?: MapEdge['peer'] }>()
  const add = (node: MapNode): string => {
    if (!nodes.has(node.id)) nodes.set(node.id, node)
    return node.id
  }
  const connect = (from: string, to: string, routes: readonly string[], peer?: MapEdge['peer']): void => {
    const id = `${from}→${to}`
    const edge = edges.get(id) ?? { from, to, routes: new Set<string>(), ...(peer && { peer }) }
    for (const route of routes) edge.routes.add(route)
    edges.set(id, edge)
  }
  const upstreams = new Map((config.http?.upstreams ?? []).map((upstream) => [upstream.name, upstream]))

  function target(from: string, location: Location | Server, routes: readonly string[]): void {
    const pass = 'proxyPass' in location ? location.proxyPass : undefined
    const host = pass && /^https?:\/\/([^/]+)/.exec(pass)?.[1]
    if (!host) return
    const upstream = upstreams.get(host)
    if (!upstream) {
      connect(from, add({ id: `peer ${host}`, column: 4, kind: 'peer', title: host }), routes)
      return
    }
    const path = ['http', 'upstreams', upstream.name]
    const pool = add({
      id: `upstream ${upstream.name}`,
      column: 3,
      kind: 'upstream',
      title: upstream.name,
      path,
    })
    connect(from, pool, routes)
    for (const { address } of upstream.server ?? []) {
      const id = `peer ${upstream.name} ${address}`
      const peer = add({ id, column: 4, kind: 'peer', title: address, of: upstream.name })
      connect(pool, peer, routes, { upstream: upstream.name, address })
    }
  }

  for (const { path, server, locations } of routesOf(config)) {
    const location = locations.at(-1)
    const key = pathKey(path)
    const serverKey = pathKey(path.slice(0, 3))
    if (!fits(server, location)) continue
    const gate = addServer(server, path.slice(0, 3), serverKey, add, connect)
    if (!location) {
      target(gate, server, [key])
      continue
    }
    if (folded.has(serverKey)) {
      const count = routesOf(config).filter(
        (one) => one.path[2] === path[2] && one.locations.length > 0,
      ).length
      const more = add({
        id: `more ${serverKey}`,
        column: 2,
        kind: 'more',
        title: `${count} locations`,
        of: serverKey,
      })
      connect(gate, more, [key])
      target(more, location, [key])
      continue
    }
    const id = add({
      id: key,
      column: 2,
      kind: 'location',
      title: locationKey(location),
      path,
      ...answerOf(location),
    })
    connect(gate, id, [key])
    target(id, location, [key])
  }
  return {
    nodes: [...nodes.values()],
    edges: [...edges.values()].map((edge) => ({ ...edge, routes: [...edge.routes] })),
  }
}

function addServer(
  server: Server,
  path: ConfigPath,
  key: string,
  add: (node: MapNode) => string,
  connect: (from: string, to: string, routes: readonly string[]) => void,
): string {
  const tls = server.listen?.some((listen) => listen.ssl) ?? false
  const names = server.serverName ?? []
  const id = add({
    id: key,
    column: 1,
    kind: 'server',
    title: names[0] ?? 'any name',
    ...(names.length > 1 ? { detail: `+${names.length - 1}` } : answerOf(server)),
    path,
    tls,
  })
  for (const listen of server.listen ?? [{ address: '*', port: 80 }]) {
    const text = printListenAddress(listen)
    const listener = add({
      id: `listen ${text}`,
      column: 0,
      kind: 'listener',
      title: text,
      tls: 'ssl' in listen && listen.ssl === true,
    })
    connect(listener, id, [key])
  }
  return id
}

/** What a block says itself, where it does. */
function answerOf(block: Server | Location): { detail?: string } {
  const step = block.rewrites?.find((one) => one.directive === 'return')
  if (step?.directive !== 'return') return {}
  return { detail: `return ${step.code ?? step.text ?? ''}` }
}

/** Everything on the paths that lead through a node: what lights up under the pointer. */
export function pathThrough({ edges }: MapModel, id: string): { nodes: Set<string>; edges: Set<MapEdge> } {
  const lit = { nodes: new Set([id]), edges: new Set<MapEdge>() }
  const walk = (from: string, forward: boolean): void => {
    for (const edge of edges) {
      const [here, there] = forward ? [edge.from, edge.to] : [edge.to, edge.from]
      if (here !== from || lit.edges.has(edge)) continue
      lit.edges.add(edge)
      lit.nodes.add(there)
      walk(there, forward)
    }
  }
  walk(id, true)
  walk(id, false)
  return lit
}
