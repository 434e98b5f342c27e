/** Targets that are there now, for a new route. */
import type { FoundServices } from '../../status/found-services.ts'
import { listensOf } from '../../config/listen.ts'
import { localPort, type Local } from '../../config/local.ts'
import type { Config } from '../../config/model.ts'

/** Something to choose. `dialled`: where a name of production leads on this machine. */
export interface Suggestion {
  readonly target: string
  readonly about: string
  readonly dialled?: string
}

// What people do not route to: remote shells, names, printing, mail, databases.
const elsewhere = new Set([22, 25, 53, 111, 139, 445, 631, 3306, 5432, 6379, 27017])

/** Containers first, then what listens; what this program opens itself is not among them. */
export function suggestions(found: FoundServices, config: Config, local: Local): Suggestion[] {
  const own = ownPorts(config, local)
  const containers = found.containers.map(({ name, address, image }) => ({
    target: name,
    about: `container, ${image}`,
    dialled: address,
  }))
  const dialled = new Set(found.containers.map(({ address }) => address))
  const services = found.services
    .filter(({ port, address }) => !own.has(port) && !elsewhere.has(port) && !dialled.has(address))
    .map(({ address, process }) => ({ target: address, about: process ?? 'a program of another user' }))
  return [...containers, ...services]
}

function ownPorts(config: Config, local: Local): Set<number> {
  const listens = (config.http?.servers ?? []).flatMap(({ listen }) => (listen ?? []).flatMap(listensOf))
  return new Set([80, 443, ...listens.map(({ port = 80 }) => port)].map((port) => localPort(local, port)))
}
