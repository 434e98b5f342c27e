/**
 * Complete pieces of configuration for what people set up again and again, as nginx text: what is added can
 * be read, changed and exported like everything else.
 */
import type { Config, Http } from '../../config/model.ts'
import type { Problem } from '../../base/problem.ts'
import { parse } from '../../nginx/parser.ts'
import { readConfig } from '../../nginx/read.ts'

export interface PresetInput {
  /** The name people open: `app.localhost`. */
  readonly name: string
  /** `127.0.0.1:3000`, or a folder for a static site. */
  readonly target: string
  /** The second service, where a preset has one. */
  readonly second: string
  /** Whether connections may become WebSockets, where a preset leaves it open. */
  readonly webSocket: boolean
}

export interface Preset {
  readonly id: string
  readonly title: string
  readonly doc: string
  /** What the target is called; a folder for a static site. */
  readonly target: string
  readonly second?: string
  /** WebSockets are a choice. */
  readonly asksWebSocket?: true
  /** Text for the http block. */
  text(input: PresetInput): string
}

const tls = (name: string): string => `listen 443 ssl;
    server_name ${name};
    ssl_certificate /etc/ssl/${name}.pem;
    ssl_certificate_key /etc/ssl/${name}.key;
    ssl_protocols TLSv1.2 TLSv1.3;`

const forwarded = `proxy_set_header Host $host;
    proxy_set_header X-Real-IP $remote_addr;
    proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
    proxy_set_header X-Forwarded-Proto $scheme;`

const redirect = (name: string): string => `server {
    listen 80;
    server_name ${name};
    return 301 https://$host$request_uri;
}`

const upgradeMap = `map $http_upgrade $connection_upgrade {
    default upgrade;
    '' close;
}`

const upgradeFields = `proxy_set_header Upgrade $http_upgrade;
        proxy_set_header Connection $connection_upgrade;`

const server = (name: string, body: string): string => `${redirect(name)}
server {
    ${tls(name)}
    ${body}
}`

export const presets: readonly Preset[] = [
  {
    id: 'proxy',
    title: 'Reverse proxy',
    doc: 'One service under a name of its own, by https.',
    target: 'Service',
    asksWebSocket: true,
    text: ({ name, target, webSocket }) => `${webSocket ? upgradeMap : ''}
${server(
  name,
  `location / {
        proxy_pass http://${target};
        proxy_http_version 1.1;
        ${forwarded}
        ${webSocket ? upgradeFields : ''}
    }`,
)}`,
  },
  {
    id: 'spa-api',
    title: 'Page and API',
    doc: 'The development server of a page, and an API under /api/ with the prefix cut.',
    target: 'Page',
    second: 'API',
    text: ({ name, target, second }) => `${upgradeMap}
${server(
  name,
  `proxy_http_version 1.1;
    ${forwarded}
    proxy_set_header Upgrade $http_upgrade;
    proxy_set_header Connection $connection_upgrade;
    location / {
        proxy_pass http://${target};
    }
    location /api/ {
        proxy_pass http://${second}/;
    }`,
)}`,
  },
  {
    id: 'websocket',
    title: 'WebSocket',
    doc: 'A service that keeps connections open for hours.',
    target: 'Service',
    text: ({ name, target }) => `${upgradeMap}
${server(
  name,
  `location / {
        proxy_pass http://${target};
        proxy_http_version 1.1;
        ${forwarded}
        proxy_set_header Upgrade $http_upgrade;
        proxy_set_header Connection $connection_upgrade;
        proxy_read_timeout 1h;
        proxy_send_timeout 1h;
    }`,
)}`,
  },
  {
    id: 'balanced',
    title: 'Two peers, balanced',
    doc: 'Requests are shared between two services; a failing one is left out.',
    target: 'First',
    second: 'Second',
    text: ({ name, target, second }) => `upstream ${poolName(name)} {
    server ${target};
    server ${second};
    keepalive 16;
}
${server(
  name,
  `location / {
        proxy_pass http://${poolName(name)};
        proxy_http_version 1.1;
        ${forwarded}
        proxy_set_header Connection "";
    }`,
)}`,
  },
  {
    id: 'cached-api',
    title: 'Cached API',
    doc: 'Answers are kept for a minute, and served stale while the API is down.',
    target: 'API',
    text: ({
      name,
      target,
    }) => `proxy_cache_path cache/${poolName(name)} keys_zone=${poolName(name)}:10m max_size=200m;
${server(
  name,
  `location / {
        proxy_pass http://${target};
        proxy_cache ${poolName(name)};
        proxy_cache_valid 200 301 302 1m;
        proxy_cache_use_stale error timeout updating http_502 http_503 http_504;
        proxy_cache_lock on;
        add_header X-Cache-Status $upstream_cache_status;
        ${forwarded}
    }`,
)}`,
  },
  {
    id: 'login-limit',
    title: 'Login with a limit',
    doc: 'A service whose /login takes five attempts a minute from one address.',
    target: 'Service',
    text: ({
      name,
      target,
    }) => `limit_req_zone $binary_remote_addr zone=${poolName(name)}_login:10m rate=5r/m;
${server(
  name,
  `${forwarded}
    location / {
        proxy_pass http://${target};
    }
    location = /login {
        limit_req zone=${poolName(name)}_login burst=5 nodelay;
        limit_req_status 429;
        proxy_pass http://${target};
    }`,
)}`,
  },
  {
    id: 'docker',
    title: 'Docker container',
    doc: 'A container by the name it has in production; here it is dialled where its port is published.',
    target: 'Container and port',
    text: ({ name, target }) =>
      server(
        name,
        `location / {
        proxy_pass http://${target};
        proxy_http_version 1.1;
        ${forwarded}
    }`,
      ),
  },
  {
    id: 'redirect',
    title: 'Redirect to https',
    doc: 'Plain http is sent to https, at the same name or at another one.',
    target: 'Name it is sent to',
    text: ({ name, target }) => `server {
    listen 80;
    server_name ${name};
    return 301 https://${target}$request_uri;
}`,
  },
  {
    id: 'headers',
    title: 'With security headers',
    doc: 'A service whose answers carry the fields that browsers protect people by.',
    target: 'Service',
    text: ({ name, target }) =>
      server(
        name,
        `add_header Strict-Transport-Security "max-age=63072000; includeSubDomains" always;
    add_header X-Content-Type-Options nosniff always;
    add_header X-Frame-Options SAMEORIGIN always;
    add_header Referrer-Policy strict-origin-when-cross-origin always;
    location / {
        proxy_pass http://${target};
        ${forwarded}
    }`,
      ),
  },
  {
    id: 'static',
    title: 'Static site',
    doc: 'A folder of files; paths that are no file get its index.html.',
    target: 'Folder',
    text: ({ name, target }) =>
      server(
        name,
        `root ${target};
    location / {
        try_files $uri $uri/ /index.html;
    }`,
      ),
  },
]

/** A name that may stand for an upstream or a zone. */
function poolName(name: string): string {
  return name.replace(/\.localhost$/, '').replace(/[^a-z0-9]+/gi, '_')
}

/** A port alone is one of this machine. */
export function toAddress(text: string): string {
  const trimmed = text
    .trim()
    .replace(/^https?:\/\//, '')
    .replace(/\/$/, '')
  return /^\d+$/.test(trimmed) ? `127.0.0.1:${trimmed}` : trimmed
}

/** Adds the text of an http block: blocks and zones that are there by name stay as they are. */
export function addHttpText(
  config: Config,
  text: string,
): { readonly config: Config } | { readonly problems: readonly Problem[] } {
  const parsed = parse(`http {\n${text}\n}`, 'preset')
  const read = readConfig(parsed.statements)
  const problems = [...(parsed.problem ? [parsed.problem] : []), ...read.problems].filter(
    (problem) => problem.severity === 'error',
  )
  if (problems.length > 0) return { problems }
  return { config: { ...config, http: joinHttp(config.http ?? {}, read.config.http ?? {}) } }
}

function joinHttp(before: Http, added: Http): Http {
  const join = <T>(
    old: readonly T[] | undefined,
    fresh: readonly T[] | undefined,
    nameOf: (item: T) => string,
  ): T[] | undefined => {
    if (!fresh) return old ? [...old] : undefined
    const names = new Set(old?.map(nameOf))
    return [...(old ?? []), ...fresh.filter((item) => !names.has(nameOf(item)))]
  }
  const joined: Http = {
    ...before,
    maps: join(before.maps, added.maps, (map) => map.variable),
    upstreams: join(before.upstreams, added.upstreams, (upstream) => upstream.name),
    servers: [...(before.servers ?? []), ...(added.servers ?? [])],
    proxyCachePath: join(before.proxyCachePath, added.proxyCachePath, (path) => path.keysZone.name),
    limitReqZone: join(before.limitReqZone, added.limitReqZone, (zone) => zone.zone.name),
  }
  return Object.fromEntries(Object.entries(joined).filter(([, value]) => value !== undefined))
}
