/** Listens and names of servers, as ngx_http_add_listen, ngx_http_server_names and ngx_http_ssl_init check them. */
import type { Problem } from '../../base/problem.ts'
import { printListenAddress, type Listen } from '../listen.ts'
import type { Config, Http, Server } from '../model.ts'
import type { ConfigPath } from '../path.ts'
import { eachOf } from '../walk.ts'
import { mistake, warning } from './problems.ts'

const defaultListen: readonly Listen[] = [{ address: '*', port: 80 }]

/** What only one `listen` line of an address may say, since it is about the socket (ngx_http_add_addresses). */
const socketOptions = [
  'backlog',
  'rcvbuf',
  'sndbuf',
  'deferred',
  'bind',
  'fastopen',
  'setfib',
  'acceptFilter',
  'ipv6only',
  'reuseport',
  'soKeepalive',
] as const satisfies readonly (keyof Listen)[]

export function checkServers(config: Config): Problem[] {
  const servers = eachOf('servers', config.http?.servers, ['http'])
  const { addresses, problems } = checkAddresses(servers)
  const http = config.http ?? {}
  return [
    ...servers.flatMap(([server, path]) => checkNames(server, path, servers.length > 1)),
    ...problems,
    ...servers.flatMap(([server, path]) => checkKey(server, path, http)),
    ...checkCertificates(addresses, http),
  ]
}

/** An address as nginx's messages have it: `*` is 0.0.0.0. */
export function shownAddress(listen: Listen): string {
  return listen.address === '*' ? `0.0.0.0:${listen.port ?? 80}` : printListenAddress(listen)
}

function checkNames(server: Server, path: ConfigPath, several: boolean): Problem[] {
  const at = [...path, 'serverName']
  const shown = shownAddress((server.listen ?? defaultListen)[0] ?? { address: '*' })
  return (server.serverName ?? []).flatMap((name) => {
    if (name === '~') {
      const message = `empty regex in server name "${name}"`
      return [mistake('server-name', at, message, 'write the regular expression behind ~')]
    }
    if (name === '*' || name === '.')
      return [mistake('server-name', at, `server name "${name}" is invalid`, wildcardFix)]
    if (name.startsWith('~')) return []
    if (name.includes('/')) {
      const message = `server name "${name}" has suspicious symbols`
      return [warning('server-name', at, message, 'a name is only a host: no scheme, no path')]
    }
    // nginx looks at wildcards only where several servers share an address.
    if (!several || isName(name)) return []
    return [mistake('server-name', at, `invalid server name or wildcard "${name}" on ${shown}`, wildcardFix)]
  })
}

const wildcardFix = 'a `*` may stand for the first or the last part only: `*.example.com`, `www.example.*`'

function isName(name: string): boolean {
  const exact = name.replace(/^\*?\./, '')
  return !(exact === name ? name.replace(/\.\*$/, '') : exact).includes('*')
}

interface Address {
  /** By name; what came first counts. */
  readonly names: Map<string, Server>
  readonly first: ServerAt
  defaultServer?: ServerAt
  ssl?: true
  socketOptions?: true
}

type ServerAt = readonly [Server, ConfigPath]

function checkAddresses(servers: readonly ServerAt[]): {
  addresses: ReadonlyMap<string, Address>
  problems: Problem[]
} {
  const problems: Problem[] = []
  const addresses = new Map<string, Address>()
  for (const [server, path] of servers) {
    const own = new Set<string>()
    for (const [index, listen] of (server.listen ?? defaultListen).entries()) {
      const shown = shownAddress(listen)
      const at = server.listen ? [...path, 'listen', String(index)] : path
      const address = addresses.get(shown) ?? { names: new Map<string, Server>(), first: [server, path] }
      addresses.set(shown, address)
      if (own.has(shown)) {
        problems.push(
          mistake('duplicate-listen', at, `a duplicate listen ${shown}`, 'remove one of the two lines'),
        )
        continue
      }
      own.add(shown)
      if (listen.ssl) address.ssl = true
      problems.push(...checkOptions(listen, address, [server, path], at, shown))
      problems.push(...claimNames(server, address, path, shown))
    }
  }
  return { addresses, problems }
}

function checkOptions(
  listen: Listen,
  address: Address,
  server: ServerAt,
  at: ConfigPath,
  shown: string,
): Problem[] {
  const problems: Problem[] = []
  if (listen.defaultServer) {
    if (address.defaultServer)
      problems.push(
        mistake(
          'duplicate-default-server',
          at,
          `a duplicate default server for ${shown}`,
          'only one server of an address can answer what fits no name; take default_server out of the others',
        ),
      )
    address.defaultServer = server
  }
  if (socketOptions.some((option) => listen[option] !== undefined)) {
    if (address.socketOptions)
      problems.push(
        mistake(
          'duplicate-listen-options',
          at,
          `duplicate listen options for ${shown}`,
          'options of the socket stand on one listen line of an address only',
        ),
      )
    address.socketOptions = true
  }
  return problems
}

function claimNames(server: Server, address: Address, path: ConfigPath, shown: string): Problem[] {
  const names = new Set(
    (server.serverName ?? ['']).map((name) => (name.startsWith('~') ? name : name.toLowerCase())),
  )
  return [...names].flatMap((name) => {
    const other = address.names.get(name)
    if (!other) {
      address.names.set(name, server)
      return []
    }
    // nginx takes regular expressions one after the other, and does not compare them.
    if (other === server || name.startsWith('~')) return []
    return [
      warning(
        'conflicting-server-name',
        path,
        `conflicting server name "${name}" on ${shown}, ignored`,
        'the first server with this name answers; give this one another name or address',
      ),
    ]
  })
}

const certificateFix = 'here the local authority issues one; name the real files before you export'

/** nginx refuses it; here the local authority steps in, so it is said for the day of the export. */
function checkKey(server: Server, path: ConfigPath, http: Http): Problem[] {
  const certificates = server.sslCertificate ?? http.sslCertificate ?? []
  const keys = server.sslCertificateKey ?? http.sslCertificateKey ?? []
  const without = certificates[keys.length]
  if (without === undefined) return []
  const message = `no "ssl_certificate_key" is defined for certificate "${without}"`
  return [warning('certificate-key-missing', path, message, certificateFix)]
}

/** Of the servers of a TLS address only the default one needs a certificate: it answers for those without. */
function checkCertificates(addresses: ReadonlyMap<string, Address>, http: Http): Problem[] {
  const missing = new Map<Server, ConfigPath>()
  for (const { ssl, first, defaultServer } of addresses.values()) {
    const [server, path] = defaultServer ?? first
    const certificates = server.sslCertificate ?? http.sslCertificate ?? []
    if (ssl && certificates.length === 0 && !server.sslRejectHandshake) missing.set(server, path)
  }
  const message = 'no "ssl_certificate" is defined for the "listen ... ssl" directive'
  return [...missing.values()].map((path) => warning('certificate-missing', path, message, certificateFix))
}
