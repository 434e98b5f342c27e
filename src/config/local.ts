/**
 * The local overlay: what differs on this machine and must never reach production. `effective` is what
 * the engine runs; export writes the configuration without it.
 */
import * as z from 'zod'
import { listKeys, pathKey } from './path.ts'
import type { Config, Location, Server } from './model.ts'

/** What differs on this machine. */
export interface Local {
  /** Port in the configuration → port opened here (`80` → `8080`). */
  ports: Record<string, number>
  /** `host[:port]` of an upstream → `host:port` dialled here (`my-app:3000` → `127.0.0.1:3000`). */
  hosts: Record<string, string>
  /** Keys (`pathKey`) of servers and locations that are switched off. */
  off: string[]
  /** Where `ssl_certificate` files are absent the local authority issues; `always` ignores the files. */
  certificates: 'where-absent' | 'always' | 'never'
  /** The address listeners without one bind to. `null`: as the configuration says. */
  bind: string | null
}

export const localSchema: z.ZodType<Local> = z.strictObject({
  ports: z.record(z.string().regex(/^\d+$/), z.number().int().min(0).max(65_535)),
  hosts: z.record(z.string(), z.string()),
  off: z.array(z.string()),
  certificates: z.enum(['where-absent', 'always', 'never']),
  bind: z.string().nullable(),
})

/** Ports below 1024 need root, so 80 and 443 are opened as 8080 and 8443; nothing is reachable from outside. */
export const defaultLocal: Local = {
  ports: { '80': 8080, '443': 8443 },
  hosts: {},
  off: [],
  certificates: 'where-absent',
  bind: '127.0.0.1',
}

/** No difference: the configuration as it is, as `sluicegate-nginx` runs it. */
export const noLocal: Local = { ports: {}, hosts: {}, off: [], certificates: 'never', bind: null }

/** The configuration without what is switched off. Ports and hosts are mapped where sockets are made, so that `$server_port` stays nginx's. */
export function effective(config: Config, local: Local): Config {
  const servers = config.http?.servers
  if (!servers || local.off.length === 0) return config
  const off = new Set(local.off)
  const keys = listKeys('servers', servers)
  const kept = servers.flatMap((server, index) => {
    const path = ['http', 'servers', keys[index] ?? '']
    return off.has(pathKey(path)) ? [] : [withoutOff(server, path, off)]
  })
  return { ...config, http: { ...config.http, servers: kept } }
}

function withoutOff<T extends Server | Location>(
  block: T,
  path: readonly string[],
  off: ReadonlySet<string>,
): T {
  if (!block.locations) return block
  const keys = listKeys('locations', block.locations)
  const locations = block.locations.flatMap((location, index) => {
    const at = [...path, 'locations', keys[index] ?? '']
    return off.has(pathKey(at)) ? [] : [withoutOff(location, at, off)]
  })
  return { ...block, locations }
}

/** The port opened here for a port of the configuration. */
export function localPort(local: Local, port: number): number {
  return local.ports[String(port)] ?? port
}

/** The address dialled here for a peer of the configuration. */
export function localHost(local: Local, address: string): string {
  return local.hosts[address] ?? address
}
