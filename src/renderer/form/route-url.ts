/** A URL that leads to a route on this machine, as one would type it. */
import { localPort, type Local } from '../../config/local.ts'
import type { Location, Server } from '../../config/model.ts'

/** `https://shop.localhost:8443/api/`; what a pattern leaves open is filled with something that fits. */
export function routeUrl(server: Server, locations: readonly Location[], local: Local): string {
  const listen = server.listen?.find(({ ssl }) => ssl) ?? server.listen?.[0]
  const tls = listen?.ssl === true
  const port = localPort(local, listen?.port ?? 80)
  const usual = port === (tls ? 443 : 80)
  return `${tls ? 'https' : 'http'}://${hostOf(server)}${usual ? '' : `:${port}`}${pathOf(locations)}`
}

function hostOf({ serverName = [], listen }: Server): string {
  const name =
    serverName.find((one) => /^[a-z0-9]/i.test(one)) ?? serverName.find((one) => /^\*?\./.test(one))
  if (name !== undefined) return name.replace(/^\*?\./, 'any.').replace(/\.\*$/, '.localhost')
  const address = listen?.[0]?.address ?? '*'
  return /^[\d.]+$/.test(address) && address !== '0.0.0.0' ? address : 'localhost'
}

// The innermost location that is given by a path; an expression is not made into one.
function pathOf(locations: readonly Location[]): string {
  const named = locations.findLast(({ modifier }) => modifier === '' || modifier === '=' || modifier === '^~')
  return named?.pattern ?? '/'
}
