/** The configuration of the long scenarios: the n-th differs from the one before it in everything an apply can change. */
import { writeFileSync } from 'node:fs'
import { certificateFor } from '../parity/certificate.ts'
import { freePort } from '../support/nginx.ts'

export interface Scene {
  readonly http: number
  readonly https: number
  /** Listens that come and go, with the configurations they are in. */
  readonly others: readonly number[]
  readonly origin: number
  readonly certificates: readonly string[]
}

export async function makeScene(origin: number): Promise<Scene> {
  const others = [await freePort(), await freePort()]
  const certificates = await Promise.all(
    ['one.localhost', 'two.localhost'].map(async (name) => {
      const { certificate, key } = await certificateFor([name])
      return certificate + key
    }),
  )
  return { http: await freePort(), https: await freePort(), others, origin, certificates }
}

/** Writes the certificates' files, each PEM with its key. */
export function writeCertificates(scene: Scene, folder: string): void {
  scene.certificates.forEach((pem, at) => writeFileSync(`${folder}/${at}.pem`, pem))
}

/** Which of the `others` is there in the n-th configuration. */
export function otherListens(scene: Scene, n: number): number[] {
  return scene.others.filter((_, at) => (n >> at) % 2 === 1)
}

/** Which certificate the n-th configuration has. */
export function certificateAt(scene: Scene, n: number): number {
  return n % scene.certificates.length
}

export function configurationAt(scene: Scene, n: number): string {
  const { http, https, origin } = scene
  const weights = [1 + (n % 5), 1 + (n % 3)]
  const listens = otherListens(scene, n)
    .map((port) => `listen 127.0.0.1:${port};`)
    .join(' ')
  return `events { worker_connections 4096; }
http {
  access_log off; client_body_temp_path temp_body; proxy_temp_path temp_proxy;
  limit_req_zone $binary_remote_addr zone=all:1m rate=100000r/s;
  proxy_cache_path cache keys_zone=kept:1m;
  map $http_upgrade $connection_upgrade { default upgrade; '' ''; }
  upstream origin {
    server 127.0.0.1:${origin} weight=${weights[0]} max_fails=0;
    server localhost:${origin} weight=${weights[1]} max_fails=0;
    keepalive ${16 + (n % 4)};
  }
  upstream only-${n} { server 127.0.0.1:${origin}; keepalive 4; }
  server {
    listen 127.0.0.1:${http}; listen 127.0.0.1:${https} ssl http2; ${listens}
    server_name localhost name-${n}.localhost;
    ssl_certificate ${certificateAt(scene, n)}.pem; ssl_certificate_key ${certificateAt(scene, n)}.pem;
    proxy_http_version 1.1; proxy_set_header Connection $connection_upgrade; proxy_set_header Upgrade $http_upgrade;
    location = /serial { return 200 ${n}; }
    location /only-${n}/ { return 200 "only ${n}"; }
    location /via-${n}/ { proxy_pass http://only-${n}/; }
    location /limited/ { limit_req zone=all; proxy_pass http://origin/; }
    location /cached/ { proxy_cache kept; proxy_cache_valid 1s; proxy_pass http://origin/; }
    location ~ ^/pattern-${n}-(\\d+)$ { return 200 "$1"; }
    location /unbuffered/ { proxy_request_buffering off; proxy_buffering off; proxy_pass http://origin/; }
    location / { proxy_pass http://origin; }
  }
}
`
}
