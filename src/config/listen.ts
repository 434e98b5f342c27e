/**
 * The `listen` directive: https://nginx.org/en/docs/http/ngx_http_core_module.html#listen
 */
import * as z from 'zod'
import { Invalid, type Syntax } from './directive.ts'
import { duration, size } from './syntaxes.ts'

/** One `listen` line. */
export interface Listen {
  /** An IPv4 or IPv6 address without brackets, `*` for every IPv4 address, a host name, or `unix:/path`. */
  address: string
  /** Absent for unix sockets. */
  port?: number | undefined
  /** The last port of a range `8182-8183`. */
  lastPort?: number | undefined
  defaultServer?: true | undefined
  ssl?: true | undefined
  http2?: true | undefined
  proxyProtocol?: true | undefined
  ipv6only?: boolean | undefined
  reuseport?: true | undefined
  deferred?: true | undefined
  bind?: true | undefined
  backlog?: number | undefined
  rcvbuf?: number | undefined
  sndbuf?: number | undefined
  fastopen?: number | undefined
  setfib?: number | undefined
  acceptFilter?: string | undefined
  /** `on`, `off` or `[idle]:[interval]:[count]`, as written. */
  soKeepalive?: string | undefined
}

const yes = z.literal(true).optional()
const schema: z.ZodType<Listen> = z.object({
  address: z.string().min(1),
  port: z.number().int().min(1).max(65_535).optional(),
  lastPort: z.number().int().min(1).max(65_535).optional(),
  defaultServer: yes,
  ssl: yes,
  http2: yes,
  proxyProtocol: yes,
  ipv6only: z.boolean().optional(),
  reuseport: yes,
  deferred: yes,
  bind: yes,
  backlog: z.number().int().optional(),
  rcvbuf: z.number().int().optional(),
  sndbuf: z.number().int().optional(),
  fastopen: z.number().int().optional(),
  setfib: z.number().int().optional(),
  acceptFilter: z.string().optional(),
  soKeepalive: z.string().optional(),
})

type Address = Pick<Listen, 'address' | 'port' | 'lastPort'>

/** `80`, or a range `8182-8183`. */
function parsePorts(text: string): Pick<Listen, 'port' | 'lastPort'> | undefined {
  const [, first = '', last] = /^(\d+)(?:-(\d+))?$/.exec(text) ?? []
  const port = Number(first)
  const lastPort = last === undefined ? undefined : Number(last)
  if (port < 1 || port > 65_535) return undefined
  if (lastPort === undefined) return { port }
  return lastPort > 65_535 || lastPort < port ? undefined : { port, lastPort }
}

/** Splits `127.0.0.1:80`, `[::]:80`, `8080`, `localhost`, `*:80`, `unix:/path` (ngx_parse_url). */
export function parseListenAddress(text: string): Address | Invalid {
  const bad = (why: string): Invalid => new Invalid(`${why} in "${text}" of the "listen" directive`)
  if (text.startsWith('unix:'))
    return text.length > 5 ? { address: text } : bad('no path in the unix domain socket')
  const six = /^\[([^\]]*)\](?::(.*))?$/.exec(text)
  if (six) {
    const ports = six[2] === undefined ? { port: 80 } : parsePorts(six[2])
    if (!/^[0-9a-fA-F:.]+$/.test(six[1] ?? '')) return bad('invalid IPv6 address')
    return ports ? { address: (six[1] ?? '').toLowerCase(), ...ports } : bad('invalid port')
  }
  if (text.startsWith('[')) return bad('invalid host')
  if (/^\d+(-\d+)?$/.test(text)) {
    const ports = parsePorts(text)
    return ports ? { address: '*', ...ports } : bad('invalid port')
  }
  const colon = text.lastIndexOf(':')
  if (colon < 0) return { address: text.toLowerCase(), port: 80 }
  const ports = parsePorts(text.slice(colon + 1))
  const address = text.slice(0, colon).toLowerCase()
  if (text.includes('/')) return bad('invalid host')
  if (!ports || address.includes(':')) return bad('invalid port')
  return address === '' ? bad('no host') : { address, ...ports }
}

/** The address as nginx writes it, without the default address `*`. */
export function printListenAddress(listen: Address): string {
  if (listen.address.startsWith('unix:')) return listen.address
  const ports = `${listen.port ?? 80}${listen.lastPort === undefined ? '' : `-${listen.lastPort}`}`
  if (listen.address === '*') return ports
  return `${listen.address.includes(':') ? `[${listen.address}]` : listen.address}:${ports}`
}

/** A listen for each port of its range. */
export function listensOf(listen: Listen): Listen[] {
  const { lastPort, ...rest } = listen
  if (lastPort === undefined || listen.port === undefined) return [listen]
  const first = listen.port
  return Array.from({ length: lastPort - first + 1 }, (_none, i) => ({ ...rest, port: first + i }))
}

const words = {
  default_server: 'defaultServer',
  default: 'defaultServer',
  ssl: 'ssl',
  http2: 'http2',
  proxy_protocol: 'proxyProtocol',
  reuseport: 'reuseport',
  deferred: 'deferred',
  bind: 'bind',
} as const

function readParameter(argument: string, listen: Listen): Invalid | undefined {
  if (Object.hasOwn(words, argument)) {
    listen[words[argument as keyof typeof words]] = true
    return undefined
  }
  const [name = '', value = ''] = argument.split(/=(.*)/s)
  const invalid = new Invalid(`invalid parameter "${argument}"`)
  switch (name) {
    case 'ipv6only':
      if (value !== 'on' && value !== 'off') return invalid
      listen.ipv6only = value === 'on'
      return undefined
    case 'backlog':
    case 'fastopen':
    case 'setfib':
      if (!/^\d+$/.test(value) || (name === 'backlog' && Number(value) === 0))
        return new Invalid(`invalid ${name} "${argument}"`)
      listen[name] = Number(value)
      return undefined
    case 'rcvbuf':
    case 'sndbuf': {
      const bytes = size.read([value], name)
      if (bytes instanceof Invalid) return new Invalid(`invalid ${name} "${argument}"`)
      listen[name] = bytes
      return undefined
    }
    case 'accept_filter':
      listen.acceptFilter = value
      return undefined
    case 'so_keepalive': {
      const ok = /^(on|off|([^:]*):([^:]*)(:\d*)?)$/.exec(value)
      const times = ok?.[2] ?? ''
      if (!ok || value === '::' || (times !== '' && duration.read([times], name) instanceof Invalid))
        return new Invalid(`invalid so_keepalive value: "${value}"`)
      listen.soKeepalive = value
      return undefined
    }
    default:
      return invalid
  }
}

/** `listen address[:port] [default_server] [ssl] [http2] ...`. */
export const listenSyntax: Syntax<Listen> = {
  schema,
  arity: [1, Infinity],
  read([address = '', ...rest]) {
    const at = parseListenAddress(address)
    if (at instanceof Invalid) return at
    const listen: Listen = { ...at }
    for (const argument of rest) {
      const bad = readParameter(argument, listen)
      if (bad) return bad
    }
    return listen
  },
  write(value) {
    const args = [printListenAddress(value)]
    for (const [word, field] of Object.entries(words)) if (word !== 'default' && value[field]) args.push(word)
    if (value.ipv6only !== undefined) args.push(`ipv6only=${value.ipv6only ? 'on' : 'off'}`)
    for (const name of ['backlog', 'fastopen', 'setfib', 'rcvbuf', 'sndbuf'] as const)
      if (value[name] !== undefined) args.push(`${name}=${value[name]}`)
    if (value.acceptFilter !== undefined) args.push(`accept_filter=${value.acceptFilter}`)
    if (value.soKeepalive !== undefined) args.push(`so_keepalive=${value.soKeepalive}`)
    return args
  },
}
