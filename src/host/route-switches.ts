/** Servers and locations as a list of switches, for the tray. */
import type { Local } from '../config/local.ts'
import type { Config, Location, Server } from '../config/model.ts'
import { locationKey, pathKey, routesOf } from '../config/path.ts'

/** One server or location. */
export interface RouteSwitch {
  /** As `local.switch` takes it. */
  readonly route: string
  /** `app.localhost (443)`, `/api/`. */
  readonly label: string
  /** 0 for a server, 1 for its locations, 2 for locations in those. */
  readonly depth: number
  readonly on: boolean
  /** False where something around it is off: then its own switch does nothing. */
  readonly reachable: boolean
}

/** All switches, a server before its locations. */
export function routeSwitches(config: Config, local: Local): RouteSwitch[] {
  const off = new Set(local.off)
  return routesOf(config).map(({ path, server, locations }) => {
    const innermost = locations.at(-1)
    // ['http', 'servers', SERVER] and two more for each location.
    const around = Array.from({ length: locations.length }, (_, depth) =>
      pathKey(path.slice(0, 3 + 2 * depth)),
    )
    const route = pathKey(path)
    return {
      route,
      label: innermost ? locationLabel(innermost) : serverLabel(server),
      depth: locations.length,
      on: !off.has(route),
      reachable: !around.some((outer) => off.has(outer)),
    }
  })
}

function locationLabel(location: Location): string {
  return locationKey(location)
}

function serverLabel(server: Server): string {
  const ports = (server.listen ?? [{ address: '*', port: 80 }]).map(({ address, port }) => port ?? address)
  const name = server.serverName?.find((one) => one !== '') ?? 'any name'
  return `${name} (${[...new Set(ports)].join(', ')})`
}
