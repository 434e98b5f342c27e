/** Every block of a configuration, with where it is: what checks go through. */
import type { Config, Http, IfBlock, LimitExcept, Location, RewriteStep, Server, Upstream } from './model.ts'
import { listKeys, type ConfigPath } from './path.ts'

/** A block where requests are handled. */
export type BlockAt = { readonly path: ConfigPath } & (
  | { readonly kind: 'http'; readonly block: Http }
  | { readonly kind: 'server'; readonly block: Server }
  | { readonly kind: 'location'; readonly block: Location; readonly outer: readonly Location[] }
  /** `location`: the innermost one around it; absent in a server. */
  | { readonly kind: 'if'; readonly block: IfBlock; readonly location?: Location }
  | { readonly kind: 'limit_except'; readonly block: LimitExcept; readonly location: Location }
)

export interface UpstreamAt {
  readonly path: ConfigPath
  readonly block: Upstream
}

/** All blocks, outer before inner, in the order written. */
export function blocksOf(config: Config): BlockAt[] {
  const { http } = config
  if (!http) return []
  const path = ['http']
  return [
    { kind: 'http', block: http, path },
    ...eachOf('servers', http.servers, path).flatMap(([server, at]) => blocksOfServer(server, at)),
  ]
}

/** All upstreams. */
export function upstreamsOf(config: Config): UpstreamAt[] {
  return eachOf('upstreams', config.http?.upstreams, ['http']).map(([block, path]) => ({ block, path }))
}

/** The elements of a list with their paths. */
export function eachOf<T>(
  list: string,
  items: readonly T[] | undefined,
  path: ConfigPath,
): [T, ConfigPath][] {
  if (!items) return []
  const keys = listKeys(list, items)
  return items.map((item, index) => [item, [...path, list, keys[index] ?? '']])
}

function blocksOfServer(server: Server, path: ConfigPath): BlockAt[] {
  return [
    { kind: 'server', block: server, path },
    ...ifsOf(server.rewrites, path),
    ...eachOf('locations', server.locations, path).flatMap(([location, at]) =>
      blocksOfLocation(location, at, []),
    ),
  ]
}

function blocksOfLocation(location: Location, path: ConfigPath, outer: readonly Location[]): BlockAt[] {
  const { limitExcept } = location
  return [
    { kind: 'location', block: location, path, outer },
    ...ifsOf(location.rewrites, path, location),
    ...(limitExcept
      ? [{ kind: 'limit_except' as const, block: limitExcept, path: [...path, 'limitExcept'], location }]
      : []),
    ...eachOf('locations', location.locations, path).flatMap(([inner, at]) =>
      blocksOfLocation(inner, at, [...outer, location]),
    ),
  ]
}

function ifsOf(steps: readonly RewriteStep[] | undefined, path: ConfigPath, location?: Location): BlockAt[] {
  return eachOf('rewrites', steps, path).flatMap(([step, at]) =>
    step.directive === 'if'
      ? [{ kind: 'if' as const, block: step.block, path: [...at, 'block'], ...(location && { location }) }]
      : [],
  )
}
