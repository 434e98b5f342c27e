/** ngx_http_upstream_module: https://nginx.org/en/docs/http/ngx_http_upstream_module.html */
import * as z from 'zod'
import { Invalid, moduleTable, type Syntax } from '../directive.ts'
import { sticky } from './sticky.ts'
import { duration, integer, parameters, present, size, text } from '../syntaxes.ts'
import { resolverSyntax } from '../resolver-line.ts'

const { directive } = moduleTable('http_upstream')

/** One `server` line of an upstream. */
export interface UpstreamServer {
  address: string
  weight?: number | undefined
  maxConns?: number | undefined
  maxFails?: number | undefined
  /** Milliseconds. */
  failTimeout?: number | undefined
  /** Milliseconds; commercial in nginx. */
  slowStart?: number | undefined
  route?: string | undefined
  service?: string | undefined
  backup?: true | undefined
  down?: true | undefined
  resolve?: true | undefined
  drain?: true | undefined
}

/** Parameters that are read and refused, and why. */
const refused: Readonly<Record<string, string>> = {
  slow_start: 'this parameter is part of the commercial nginx; take it out',
  service: 'SRV records are not followed here; name host and port',
}

const serverParameters: Syntax<UpstreamServer> = parameters({
  positional: { address: text },
  named: {
    weight: integer(1),
    max_conns: integer(0),
    max_fails: integer(0),
    fail_timeout: duration,
    slow_start: duration,
    route: text,
    service: text,
  },
  flags: ['backup', 'down', 'resolve', 'drain'],
})

const server: Syntax<UpstreamServer> = {
  ...serverParameters,
  read: (args, name) => {
    for (const arg of args.slice(1)) {
      const [name = '', value] = arg.split('=')
      const why = Object.hasOwn(refused, name) ? refused[name] : undefined
      if (why !== undefined) return new Invalid(`invalid parameter "${arg}"`, why)
      if (name === 'route' && value === '') return new Invalid('route is empty')
      if (name === 'route' && (value?.length ?? 0) > 32) return new Invalid('route is longer than 32')
    }
    return serverParameters.read(args, name)
  },
}

// Eight pages.
const leastZone = 32 * 1024

const zone: Syntax<{ name: string; size?: number | undefined }> = {
  schema: z.object({ name: z.string(), size: z.number().int().optional() }),
  arity: [1, 2],
  read: ([name = '', bytes], directiveName) => {
    if (name === '') return new Invalid('invalid zone name ""')
    if (bytes === undefined) return { name }
    const read = size.read([bytes], directiveName)
    if (read instanceof Invalid) return new Invalid(`invalid zone size "${bytes}"`, read.fix)
    return read < leastZone
      ? new Invalid(`zone "${name}" is too small`, 'it takes 32k at least')
      : { name, size: read }
  },
  write: (value) => [value.name, ...(value.size === undefined ? [] : size.write(value.size))],
}

const hash: Syntax<{ key: string; consistent?: true | undefined }> = {
  schema: z.object({ key: z.string(), consistent: z.literal(true).optional() }),
  arity: [1, 2],
  read: ([key = '', word]) =>
    word === undefined
      ? { key }
      : word === 'consistent'
        ? { key, consistent: true as const }
        : new Invalid(`invalid parameter "${word}"`),
  write: (value) => (value.consistent ? [value.key, 'consistent'] : [value.key]),
}

const random: Syntax<{ two?: 'least_conn' | undefined }> = {
  schema: z.object({ two: z.literal('least_conn').optional() }),
  arity: [0, 2],
  read: ([two, method]) => {
    if (two === undefined) return {}
    if (two !== 'two') return new Invalid(`invalid parameter "${two}"`)
    if (method === undefined || method === 'least_conn') return { two: 'least_conn' as const }
    return new Invalid(`invalid parameter "${method}"`)
  },
  write: (value) => (value.two ? ['two', value.two] : []),
}

/** Directives inside `upstream { }`. */
export const upstreamDirectives = {
  server: directive('server', {
    contexts: ['upstream'],
    syntax: server,
    repeat: 'list',
    doc: 'A peer: its address and how much it gets.',
  }),
  zone: directive('zone', {
    contexts: ['upstream'],
    syntax: zone,
    doc: 'Memory shared between workers.',
    applied: 'export',
  }),
  leastConn: directive('least_conn', {
    contexts: ['upstream'],
    syntax: present,
    doc: 'The peer with the fewest active connections for its weight.',
  }),
  ipHash: directive('ip_hash', {
    contexts: ['upstream'],
    syntax: present,
    doc: 'One client address, one peer.',
  }),
  hash: directive('hash', { contexts: ['upstream'], syntax: hash, doc: 'One key, one peer.' }),
  random: directive('random', {
    contexts: ['upstream'],
    syntax: random,
    doc: 'A random peer, or the better of two.',
  }),
  sticky: directive('sticky', {
    contexts: ['upstream'],
    syntax: sticky,
    doc: 'A client stays with the peer it was first answered by.',
  }),
  resolver: directive('resolver', {
    contexts: ['upstream'],
    syntax: resolverSyntax,
    doc: 'Name servers for server lines with resolve.',
  }),
  resolverTimeout: directive('resolver_timeout', {
    contexts: ['upstream'],
    syntax: duration,
    default: 30_000,
    doc: 'How long resolving such a name may take.',
  }),
  keepalive: directive('keepalive', {
    contexts: ['upstream'],
    syntax: integer(
      1,
      undefined,
      (value, name) => new Invalid(`invalid value "${value}" in "${name}" directive`),
    ),
    doc: 'How many idle connections are kept.',
  }),
  keepaliveRequests: directive('keepalive_requests', {
    contexts: ['upstream'],
    syntax: integer(),
    default: 1000,
    doc: 'How many requests one kept connection carries.',
  }),
  keepaliveTime: directive('keepalive_time', {
    contexts: ['upstream'],
    syntax: duration,
    default: 3_600_000,
    doc: 'How long one kept connection carries requests.',
  }),
  keepaliveTimeout: directive('keepalive_timeout', {
    contexts: ['upstream'],
    syntax: duration,
    default: 60_000,
    doc: 'How long a kept connection may be idle.',
  }),
}
