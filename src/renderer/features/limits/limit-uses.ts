/** Where a zone of limits is used, in words and as filters of the traffic. */
import type { LimitUse, LimitZoneStatus } from '../../../status/limit-zone-status.ts'
import type { Config } from '../../../config/model.ts'
import { parsePathKey, pathKey, routesOf } from '../../../config/path.ts'
import { routeTitle } from '../../form/route-names.ts'

/** `location /api/ of shop.localhost`, by the route's key. */
export function routeTitles(config: Config): ReadonlyMap<string, string> {
  return new Map(
    routesOf(config).map(({ path, server, locations }) => [pathKey(path), routeTitle(server, locations)]),
  )
}

/** `limit_req zone=login burst=5 nodelay`, as nginx spells it. */
export function useLine(zone: LimitZoneStatus, use: LimitUse): string {
  if (zone.kind === 'connections') return `limit_conn ${zone.name} ${use.connections ?? ''}`
  const delay = use.delay === 'nodelay' ? ' nodelay' : use.delay ? ` delay=${use.delay}` : ''
  return `limit_req zone=${zone.name}${use.burst ? ` burst=${use.burst}` : ''}${delay}`
}

/** The load at which the strictest use turns a key away; `undefined` where the zone is used nowhere. */
export function boundOf(zone: LimitZoneStatus): number | undefined {
  const bounds = zone.uses.map((use) =>
    zone.kind === 'connections' ? (use.connections ?? 0) : (use.burst ?? 0),
  )
  return bounds.length ? Math.min(...bounds) : undefined
}

/** The filter of the traffic table that shows everything the zone looks at. */
export function requestsOf(zone: LimitZoneStatus): string {
  const locations = zone.uses.flatMap(({ route }) => {
    const path = parsePathKey(route)
    return path.includes('locations') ? [path.at(-1) ?? ''] : []
  })
  return locations.length ? `location:"${[...new Set(locations)].join(',')}"` : ''
}
