/**
 * The local overlay: what differs on this machine and must never reach production. `effective` is what
 * the engine runs; export writes the configuration without it.
 */
import * as z from 'zod'
import type { Problem } from '../base/problem.ts'
import { keptReplySchema, mostReplies, type KeptReply } from './kept-reply.ts'
import { listKeys, pathKey } from './path.ts'
import type { Config, Location, Server } from './model.ts'

/**
 * Asks each peer of an upstream from time to time whether it is well. nginx has this only in its commercial version,
 * so it lives here and no exported file has it. Durations are milliseconds.
 */
export interface ActiveCheck {
  /** The target that is asked for, `/health`. */
  path: string
  method: 'GET' | 'HEAD'
  /** The `Host` that is sent; the upstream's name where absent. */
  host?: string | undefined
  /** Asked over TLS; the certificate is not verified. */
  ssl: boolean
  /** Asked at this port instead of the peer's. */
  port?: number | undefined
  /** From the end of one check to the next. */
  interval: number
  /** For connecting, and for the whole answer. */
  timeout: number
  /** `200`, `200-399`, `200 204 300-399`. */
  status: string
  /** What the body must hold; `~` in front makes it a regular expression, `~*` one that ignores case. */
  body?: string | undefined
  /** Good answers in a row after which an unhealthy peer is healthy, and bad ones after which a healthy one is not. */
  rises: number
  falls: number
}

/** What a check is before anybody changes it. */
export const defaultCheck: ActiveCheck = {
  path: '/',
  method: 'GET',
  ssl: false,
  interval: 5000,
  timeout: 2000,
  status: '200-399',
  rises: 1,
  falls: 2,
}

const statusList = /^\s*\d{3}(?:-\d{3})?(?:[\s,]+\d{3}(?:-\d{3})?)*\s*$/

/** One check; every message says what is wrong with which field. */
export const activeCheckSchema: z.ZodType<ActiveCheck> = z.strictObject({
  path: z.string().regex(/^\/[\x21-\x7e]*$/, 'a check asks for a path that begins with / and has no spaces'),
  method: z.enum(['GET', 'HEAD']),
  host: z
    .string()
    .regex(/^[\x21-\x7e]+$/, 'a check sends a host name without spaces')
    .optional(),
  ssl: z.boolean(),
  port: z.number().int().min(1).max(65_535).optional(),
  interval: z.number().int().min(100, 'a check comes every 100 ms at most').max(86_400_000),
  timeout: z.number().int().min(10, 'a check waits 10 ms at least').max(600_000),
  status: z.string().regex(statusList, 'a check expects statuses such as 200, 200-399 or 200 204'),
  body: z
    .string()
    .min(1)
    .refine(isPattern, 'what a check expects of the body is no regular expression')
    .optional(),
  rises: z.number().int().min(1).max(1000),
  falls: z.number().int().min(1).max(1000),
})

function isPattern(body: string): boolean {
  const pattern = /^~\*?\s*(.*)$/s.exec(body)?.[1]
  if (pattern === undefined) return true
  try {
    new RegExp(pattern)
    return true
  } catch {
    return false // told by the schema
  }
}

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
  /** Active checks, by the name of the `upstream` whose peers are checked. */
  checks?: Record<string, ActiveCheck> | undefined
  /** Answers that are sent while their upstream is down. */
  replies?: KeptReply[] | undefined
}

export const localSchema: z.ZodType<Local> = z.strictObject({
  ports: z.record(z.string().regex(/^\d+$/), z.number().int().min(0).max(65_535)),
  hosts: z.record(z.string(), z.string()),
  off: z.array(z.string()),
  certificates: z.enum(['where-absent', 'always', 'never']),
  bind: z.string().nullable(),
  checks: z.record(z.string(), activeCheckSchema).optional(),
  replies: z.array(keptReplySchema).max(mostReplies).optional(),
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

/** The overlay with the check of an upstream set, or taken away. */
export function withCheck(local: Local, upstream: string, check: ActiveCheck | null): Local {
  const { [upstream]: _before, ...others } = local.checks ?? {}
  const checks = check ? { ...others, [upstream]: check } : others
  const { checks: _all, ...rest } = local
  return Object.keys(checks).length === 0 ? rest : { ...rest, checks }
}

/** Checks of upstreams that the configuration does not have (any more): kept, and without effect. */
export function checksOfNobody(config: Config, local: Local): Problem[] {
  const names = new Set(config.http?.upstreams?.map(({ name }) => name))
  return Object.keys(local.checks ?? {})
    .filter((name) => !names.has(name))
    .map((name) => ({
      severity: 'note',
      code: 'check-of-nobody',
      message: `there is an active check for upstream "${name}", and no upstream of that name`,
      fix: 'take the check away, or give the upstream its name back',
    }))
}

/** The port opened here for a port of the configuration. */
export function localPort(local: Local, port: number): number {
  return local.ports[String(port)] ?? port
}

/** The address dialled here for a peer of the configuration. */
export function localHost(local: Local, address: string): string {
  return local.hosts[address] ?? address
}
