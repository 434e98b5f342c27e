/** The servers that are measured, each with a configuration that does the same work. */
import { existsSync, mkdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { freePort } from '../support/nginx.ts'
import { bundle } from './bundle.ts'
import { loadCpu, serverCpu, startPinned, untilListening, type Running } from './processes.ts'

export type ServerName =
  'sluicegate' | 'unrecorded' | 'before' | 'nginx' | 'caddy' | 'haproxy' | 'http-proxy' | 'httpxy'

/** Where a started server listens. */
export interface Server extends Running {
  readonly name: ServerName
  readonly port: number
  readonly tlsPort: number
}

/** What every server is given. */
export interface Stage {
  /** A folder of this run. */
  readonly folder: string
  readonly originPort: number
  /** An origin that takes WebSockets and says nothing. */
  readonly silentPort: number
  /** PEM files, ECDSA P-256. */
  readonly certificate: string
  readonly key: string
  /** Where the CPU profile of Sluicegate goes. */
  readonly cpuProfile: string | undefined
  /** Another checkout of this project, measured as `before`. */
  readonly before: string | undefined
}

const here = fileURLToPath(new URL('.', import.meta.url))
const root = path.join(here, '../..')

/** The text of a kibibyte that the origin answers with. */
const kibibyte = 'x'.repeat(1024)

/** nginx as the origin, beside the load generator: `/` 1 KiB, `/100k` 100 KiB, `/1g` 1 GiB, `/up` takes a body. */
export async function startOrigin(folder: string): Promise<Running & { port: number }> {
  const port = await freePort()
  const prefix = freshFolder(folder, 'origin')
  const config = `worker_processes 1; daemon off; pid nginx.pid; error_log error.log;
events { worker_connections 16384; }
http {
  access_log off; keepalive_requests 100000000; keepalive_timeout 3600s; sendfile on; tcp_nopush on;
  client_max_body_size 0; ${tempPaths('nginx')}
  server {
    listen 127.0.0.1:${port} backlog=4096;
    root ${prefix}/files;
    location = / { default_type text/plain; add_header Cache-Control max-age=3600; return 200 ${kibibyte}; }
    location = /up { default_type text/plain; return 200 taken; }
    location / { add_header Cache-Control max-age=3600; }
  }
}
`
  mkdirSync(`${prefix}/files`)
  writeFileSync(`${prefix}/files/100k`, 'y'.repeat(102_400))
  writeFileSync(`${prefix}/files/1g`, '')
  truncateSync(`${prefix}/files/1g`, 1024 ** 3)
  writeFileSync(`${prefix}/nginx.conf`, config)
  const args = ['-p', `${prefix}/`, '-c', 'nginx.conf', '-e', 'error.log']
  const run = startPinned(loadCpu, 'nginx', args)
  await untilListening(port, run)
  return { ...run, port }
}

/** An ordinary user may not write where Debian's nginx keeps its temporary files; Sluicegate has none of FastCGI's. */
function tempPaths(name: ServerName): string {
  const others = name === 'nginx' ? ['fastcgi', 'uwsgi', 'scgi'] : []
  return ['client_body', 'proxy', ...others].map((each) => `${each}_temp_path temp_${each};`).join(' ')
}

/** The configuration that Sluicegate and nginx share. */
function nginxConfig(name: ServerName, stage: Stage, port: number, tlsPort: number): string {
  const keys = `ssl_certificate ${stage.certificate}; ssl_certificate_key ${stage.key};
    ssl_protocols TLSv1.2 TLSv1.3; ssl_session_cache off; ssl_session_tickets off;`
  const keep =
    'proxy_pass http://origin/; proxy_cache kept; proxy_cache_key $proxy_host$uri; proxy_cache_valid 200 1h;'
  return `worker_processes 1;
events { worker_connections 16384; }
http {
  access_log off; keepalive_requests 100000000; keepalive_timeout 3600s; client_max_body_size 0;
  ${tempPaths(name)}
  proxy_cache_path cache keys_zone=kept:10m;
  map $http_upgrade $connection_upgrade { default upgrade; '' ''; }
  upstream origin { server 127.0.0.1:${stage.originPort}; keepalive 256; keepalive_requests 100000000; }
  server {
    listen 127.0.0.1:${port} backlog=4096;
    listen 127.0.0.1:${tlsPort} ssl http2 backlog=4096;
    server_name localhost;
    ${keys}
    proxy_http_version 1.1;
    proxy_set_header Connection $connection_upgrade;
    proxy_set_header Upgrade $http_upgrade;
    location / { proxy_pass http://origin; }
    location = /up { proxy_pass http://origin; proxy_request_buffering off; }
    location /ws/ { proxy_pass http://127.0.0.1:${stage.silentPort}; proxy_read_timeout 3600s; }
    location /cached/ { ${keep} }
    location /cache-status/ { ${keep} add_header X-Cache $upstream_cache_status; }
  }
}
`
}

const globals = 'daemon off; pid nginx.pid; error_log error.log;'

/** The product, the product whose reporter drops everything, and another checkout of it. */
type ProductName = 'sluicegate' | 'unrecorded' | 'before'

async function startNginxLike(stage: Stage, name: 'nginx' | ProductName): Promise<Server> {
  const [port, tlsPort] = [await freePort(), await freePort()]
  const prefix = freshFolder(stage.folder, name)
  writeFileSync(`${prefix}/nginx.conf`, nginxConfig(name, stage, port, tlsPort))
  const args = ['-p', `${prefix}/`, '-c', 'nginx.conf', '-e', 'error.log', '-g', globals]
  const run =
    name === 'nginx' ? startPinned(serverCpu, 'nginx', args) : await startProduct(stage, name, prefix, args)
  await untilListening(port, run)
  return { ...run, name, port, tlsPort }
}

async function startProduct(
  stage: Stage,
  name: ProductName,
  prefix: string,
  args: string[],
): Promise<Running> {
  const checkout = name === 'before' ? (stage.before ?? root) : root
  const program = name === 'unrecorded' ? 'unrecorded' : 'recorded'
  const script = await bundle(checkout, program, `${prefix}/program`)
  const profile =
    stage.cpuProfile && name === 'sluicegate' ? ['--cpu-prof', `--cpu-prof-dir=${stage.cpuProfile}`] : []
  return startPinned(serverCpu, process.execPath, [...profile, script, ...args])
}

async function startCaddy(stage: Stage): Promise<Server> {
  const [port, tlsPort] = [await freePort(), await freePort()]
  const prefix = freshFolder(stage.folder, 'caddy')
  const proxy = `
	reverse_proxy 127.0.0.1:${stage.originPort} {
		transport http {
			keepalive_idle_conns_per_host 256
		}
	}
`
  writeFileSync(
    `${prefix}/Caddyfile`,
    `{
	admin off
	auto_https off
}
http://127.0.0.1:${port} {${proxy}}
https://127.0.0.1:${tlsPort}, https://localhost:${tlsPort} {
	tls ${stage.certificate} ${stage.key}${proxy}}
`,
  )
  const run = startPinned(serverCpu, 'caddy', ['run', '--config', `${prefix}/Caddyfile`], {
    env: { HOME: prefix, XDG_DATA_HOME: prefix, XDG_CONFIG_HOME: prefix },
  })
  await untilListening(port, run)
  return { ...run, name: 'caddy', port, tlsPort }
}

async function startHaproxy(stage: Stage): Promise<Server> {
  const [port, tlsPort] = [await freePort(), await freePort()]
  const prefix = freshFolder(stage.folder, 'haproxy')
  writeFileSync(
    `${prefix}/both.pem`,
    `${readFileSync(stage.certificate, 'utf8')}\n${readFileSync(stage.key, 'utf8')}`,
  )
  writeFileSync(
    `${prefix}/haproxy.cfg`,
    `global
  nbthread 1
  maxconn 8000
defaults
  mode http
  timeout connect 60s
  timeout client 3600s
  timeout server 3600s
  http-reuse always
frontend in
  bind 127.0.0.1:${port}
  bind 127.0.0.1:${tlsPort} ssl crt ${prefix}/both.pem alpn h2,http/1.1
  default_backend origin
backend origin
  server o 127.0.0.1:${stage.originPort}
`,
  )
  const run = startPinned(serverCpu, 'haproxy', ['-f', `${prefix}/haproxy.cfg`, '-db'])
  await untilListening(port, run)
  return { ...run, name: 'haproxy', port, tlsPort }
}

async function startNode(stage: Stage, name: 'http-proxy' | 'httpxy'): Promise<Server> {
  const port = await freePort()
  const script = path.join(here, 'node-proxy.ts')
  const args = [script, name, String(port), String(stage.originPort)]
  const run = startPinned(serverCpu, process.execPath, args, { cwd: root })
  await untilListening(port, run)
  return { ...run, name, port, tlsPort: 0 }
}

export const starters = {
  sluicegate: (stage) => startNginxLike(stage, 'sluicegate'),
  unrecorded: (stage) => startNginxLike(stage, 'unrecorded'),
  before: (stage) => startNginxLike(stage, 'before'),
  nginx: (stage) => startNginxLike(stage, 'nginx'),
  caddy: startCaddy,
  haproxy: startHaproxy,
  'http-proxy': (stage) => startNode(stage, 'http-proxy'),
  httpxy: (stage) => startNode(stage, 'httpxy'),
} as const satisfies Record<ServerName, (stage: Stage) => Promise<Server>>

/** Programs of the machine that are needed, with the package that brings each. */
export const programs: Readonly<Record<string, string>> = {
  nginx: 'nginx',
  caddy: 'caddy',
  haproxy: 'haproxy',
  wrk: 'wrk',
  h2load: 'nghttp2-client',
  taskset: 'util-linux',
  openssl: 'openssl',
  curl: 'curl',
}

/** Whether a program can be started from here. */
export function isInstalled(program: string): boolean {
  const folders = [...(process.env['PATH'] ?? '').split(':'), '/usr/sbin', '/usr/local/sbin']
  return folders.some((folder) => existsSync(path.join(folder, program)))
}

function freshFolder(parent: string, name: string): string {
  const folder = `${parent}/${name}`
  mkdirSync(folder, { mode: 0o755 })
  return folder
}
