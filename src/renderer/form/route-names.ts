/** How routes are called, for people and for screen readers. */
import { locationKey, pathKey, type RouteAt } from '../../config/path.ts'
import type { Location, Server } from '../../config/model.ts'
import { printListenAddress } from '../../config/listen.ts'

/** A server's first name, or where it listens when it has none. */
export function serverTitle(server: Server): string {
  return server.serverName?.[0] ?? `:${listens(server).join(', ')}`
}

export function listens(server: Server): string[] {
  return (server.listen ?? [{ address: '*', port: 80 }]).map(printListenAddress)
}

export function hasTls(server: Server): boolean {
  return server.listen?.some((listen) => listen.ssl) ?? false
}

/** `location /api/ of shop.localhost`, `server shop.localhost`. */
export function routeTitle(server: Server, locations: readonly Location[]): string {
  const location = locations.at(-1)
  return location
    ? `location ${locationKey(location)} of ${serverTitle(server)}`
    : `server ${serverTitle(server)}`
}

/** The titles of all routes by their keys; those that would be called alike are told apart by where they listen. */
export function routeTitles(routes: readonly RouteAt[]): ReadonlyMap<string, string> {
  const plain = routes.map(({ server, locations }) => routeTitle(server, locations))
  const counts = new Map<string, number>()
  for (const title of plain) counts.set(title, (counts.get(title) ?? 0) + 1)
  return new Map(
    routes.map(({ path, server }, index) => {
      const title = plain[index] ?? ''
      const alike = (counts.get(title) ?? 0) > 1
      return [pathKey(path), alike ? `${title} on ${listens(server).join(', ')}` : title]
    }),
  )
}

/** Where a route's requests go, in a few words. */
export function targetOf(block: Server | Location): {
  text: string
  kind: 'proxy' | 'answer' | 'files' | 'none'
} {
  if ('proxyPass' in block && block.proxyPass) return { text: block.proxyPass, kind: 'proxy' }
  const step = block.rewrites?.find((one) => one.directive === 'return')
  if (step?.directive === 'return')
    return {
      text: `return ${[step.code, step.text].filter((part) => part !== undefined).join(' ')}`,
      kind: 'answer',
    }
  const rewrite = block.rewrites?.find((one) => one.directive === 'rewrite')
  if (rewrite?.directive === 'rewrite')
    return { text: `rewrite ${rewrite.regex} ${rewrite.replacement}`, kind: 'answer' }
  const folder = ('alias' in block ? block.alias : undefined) ?? block.root
  return folder ? { text: folder, kind: 'files' } : { text: '', kind: 'none' }
}

/** What else there is to a route, as small marks. */
export function marksOf(location: Location): string[] {
  const upgrades = location.proxySetHeader?.some(({ name }) => name.toLowerCase() === 'upgrade') ?? false
  return [
    ...(location.proxyCache && location.proxyCache !== 'off' ? ['cache'] : []),
    ...(location.limitReq?.length || location.limitConn?.length ? ['limit'] : []),
    ...(upgrades ? ['ws'] : []),
    ...(location.proxyBuffering === false ? ['stream'] : []),
    ...(location.access?.length || (location.authBasic && location.authBasic !== 'off') ? ['access'] : []),
  ]
}
