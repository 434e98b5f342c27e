/** What -v, -V and -h print. */
import { directives, upstreamTable } from '../config/directives.ts'
import type { Directive } from '../config/directive.ts'
import { nginxVersion } from '../engine/index.ts'

// Modules that nginx builds unless told not to, and their directives in our table.
const builtByDefault = [
  'http_access',
  'http_auth_basic',
  'http_autoindex',
  'http_browser',
  'http_charset',
  'http_empty_gif',
  'http_fastcgi',
  'http_geo',
  'http_grpc',
  'http_gzip',
  'http_limit_conn',
  'http_limit_req',
  'http_map',
  'http_memcached',
  'http_mirror',
  'http_proxy',
  'http_referer',
  'http_rewrite',
  'http_scgi',
  'http_split_clients',
  'http_ssi',
  'http_upstream_hash',
  'http_upstream_ip_hash',
  'http_upstream_keepalive',
  'http_upstream_least_conn',
  'http_upstream_random',
  'http_upstream_zone',
  'http_userid',
  'http_uwsgi',
] as const

// Modules that nginx builds when asked to.
const builtOnRequest = [
  'http_addition',
  'http_auth_request',
  'http_gunzip',
  'http_gzip_static',
  'http_realip',
  'http_slice',
  'http_ssl',
  'http_stub_status',
  'http_sub',
  'http_v2',
] as const

// Modules without directives of their own in the tables: blocks of the model, and balancers.
const withoutTable: Readonly<Record<string, boolean>> = {
  http_geo: true,
  http_map: true,
  http_rewrite: true,
  http_split_clients: true,
  http_upstream_zone: true,
}

const balancers: Readonly<Record<string, keyof typeof upstreamTable>> = {
  http_upstream_hash: 'hash',
  http_upstream_ip_hash: 'ipHash',
  http_upstream_keepalive: 'keepalive',
  http_upstream_least_conn: 'leastConn',
  http_upstream_random: 'random',
}

/** Whether the engine does what a module's directives say. */
export function hasModule(module: string): boolean {
  const known = withoutTable[module]
  if (known !== undefined) return known
  const balancer = balancers[module]
  if (balancer) return upstreamTable[balancer].applied === 'engine'
  const table = (Object.values(directives) as unknown as Directive[]).filter(
    (directive) => directive.module === module,
  )
  return table.some((directive) => directive.applied === 'engine')
}

/** The configure arguments of this build: only what is there. */
export function configureArguments(): string {
  return [
    '--build=Sluicegate',
    ...builtOnRequest.filter(hasModule).map((module) => `--with-${module}_module`),
    ...builtByDefault.filter((module) => !hasModule(module)).map((module) => `--without-${module}_module`),
  ].join(' ')
}

/** The lines of -v, -V and -h. */
export function versionText(options: { configure: boolean; help: boolean }): string {
  const lines = [`nginx version: nginx/${nginxVersion} (Sluicegate)`]
  if (options.help) lines.push(usage)
  if (options.configure)
    lines.push(
      `built on Node ${process.versions.node}`,
      `built with OpenSSL ${process.versions['openssl'] ?? ''}`,
      'TLS SNI support enabled',
      `configure arguments: ${configureArguments()}`,
    )
  return `${lines.join('\n')}\n`
}

const usage = `Usage: nginx [-?hvVtTq] [-s signal] [-p prefix]
             [-e filename] [-c filename] [-g directives]

Options:
  -?,-h         : this help
  -v            : show version and exit
  -V            : show version and configure options then exit
  -t            : test configuration and exit
  -T            : test configuration, dump it and exit
  -q            : suppress non-error messages during configuration testing
  -s signal     : send signal to a master process: stop, quit, reopen, reload
  -p prefix     : set prefix path (default: /usr/share/nginx/)
  -e filename   : set error log file (default: /var/log/nginx/error.log)
  -c filename   : set configuration file (default: /etc/nginx/nginx.conf)
  -g directives : set global directives out of configuration file
`
