/** Where a line of the log leads: the server it names, the upstream and the routes that dial the address it names. */
import type { Config } from '../../../config/model.ts'
import { pathKey, routesOf } from '../../../config/path.ts'
import { routeTitle } from '../../form/route-names.ts'

export interface LogLink {
  readonly text: string
  readonly to: { readonly path: string; readonly query?: Readonly<Record<string, string>> }
}

/** What nginx writes behind a message: `client: …, server: …, request: "…", upstream: "…", host: "…"`. */
export interface LogFacts {
  readonly server?: string
  readonly host?: string
  /** `127.0.0.1:3000`. */
  readonly upstream?: string
  readonly client?: string
}

export function factsOf(message: string): LogFacts {
  const found = {
    server: /, server: ([^,]+)/.exec(message)?.[1],
    host: /, host: "([^"]+)"/.exec(message)?.[1],
    upstream: /, upstream: "[a-z]+:\/\/([^/"]+)/.exec(message)?.[1],
    client: /, client: ([^,]+)/.exec(message)?.[1],
  }
  return Object.fromEntries(Object.entries(found).filter(([, value]) => value !== undefined))
}

export function linksOf(message: string, config: Config): readonly LogLink[] {
  const { upstream, host, server } = factsOf(message)
  const links: LogLink[] = []
  const pools = (config.http?.upstreams ?? []).filter((pool) =>
    pool.server?.some(({ address }) => address === upstream),
  )
  for (const { name } of pools)
    links.push({ text: `upstream ${name}`, to: { path: '/upstreams', query: { name } } })
  const zone = /by zone "([^"]+)"/.exec(message)?.[1]
  if (zone !== undefined)
    links.push(
      { text: `limit ${zone}`, to: { path: '/limits', query: { zone } } },
      { text: `what ${zone} held back`, to: { path: '/traffic', query: { filter: `limit:${zone}` } } },
    )
  const dialled = new Set([upstream, ...pools.map(({ name }) => name)].filter((name) => name !== undefined))
  for (const { path, server: block, locations } of routesOf(config)) {
    const target = /^https?:\/\/([^/]+)/.exec(locations.at(-1)?.proxyPass ?? '')?.[1]
    // Of the server that took the request, where it is known.
    const own = server === undefined || server === '' || (block.serverName ?? []).includes(server)
    if (target !== undefined && dialled.has(target) && own)
      links.push({
        text: routeTitle(block, locations),
        to: { path: '/routes', query: { at: pathKey(path) } },
      })
  }
  if (host !== undefined && zone === undefined)
    links.push({
      text: `failed requests of ${host}`,
      to: { path: '/traffic', query: { filter: `host:${host.replace(/:\d+$/, '')} is:error` } },
    })
  // More than a handful is a list of its own.
  return links.slice(0, 6)
}
