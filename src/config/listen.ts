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

function parsePort(text: string): number | undefined {
  const port = /^\d+$/.test(text) ? Number(text) : 0
  return port >= 1 && port <= 65_535 ? port : undefined
}

/** Splits `127.0.0.1:80`, `[::]:80`, `8080`, `localhost`, `*:80`, `unix:/path` (ngx_parse_url). */
export function parseListenAddress(text: string): Pick<Listen, 'address' | 'port'> | Invalid {
  const bad = (why: string): Invalid => new Invalid(`${why} in "${text}" of the "listen" directive`)
  if (text.startsWith('unix:'))
    return text.length > 5 ? { address: text } : bad('no path in the unix domain socket')
  const six = /^\[([^\]]*)\](?::(.*))?$/.exec(text)
  if (six) {
    const port = six[2] === undefined ? 80 : parsePort(six[2])
    if (!/^[0-9a-fA-F:.]+$/.test(six[1] ?? '')) return bad('invalid IPv6 address')
    return port ? { address: (six[1] ?? '').toLowerCase(), port } : bad('invalid port')
  }
  if (text.startsWith('[')) return bad('invalid host')
  if (/^\d+$/.test(text)) {
    const port = parsePort(text)
    return port ? { address: '*', port } : bad('invalid port')
  }
  const colon = text.lastIndexOf(':')
  if (colon < 0) return { address: text.toLowerCase(), port: 80 }
  const port = parsePort(text.slice(colon + 1))
  const address = text.slice(0, colon).toLowerCase()
  if (text.includes('/')) return bad('invalid host')
  if (!port || address.includes(':')) return bad('invalid port')
  return address === '' ? bad('no host') : { address, port }
}

/** The address as nginx writes it, without the default address `*`. */
export function printListenAddress(listen: Pick<Listen, 'address' | 'port'>): string {
  if (listen.address.startsWith('unix:')) return listen.address
  if (listen.address === '*') return String(listen.port ?? 80)
  const host = listen.address.includes(':') ? `[${listen.address}]` : listen.address
  return `${host}:${listen.port ?? 80}`
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
