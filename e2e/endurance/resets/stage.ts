/** One engine with its upstreams, and the configuration that rows are played on. */
import { readFileSync, writeFileSync } from 'node:fs'
import { certificateFor } from '../../parity/certificate.ts'
import {
  freePort,
  makePrefix,
  removePrefix,
  startEngine,
  type Engine,
  type EngineName,
} from '../../support/nginx.ts'
import { Product, type Inside } from '../product.ts'
import { endTo, type End } from './end.ts'
import type { Stage } from './play.ts'
import { openIn, until } from './until.ts'
import { Upstream } from './upstream.ts'

/** One that was started. */
interface Opened extends Stage {
  /** What is alive in it; nothing where it is nginx. */
  inside(): Promise<Inside['objects'] | undefined>
  /** Ends all there is. */
  stop(): Promise<void>
}

/** Starts an engine and all it needs. */
export async function openStage(name: EngineName): Promise<Opened> {
  const prefix = await makePrefix()
  const certificate = await certificateFor(['localhost'])
  writeFileSync(`${prefix}/both.pem`, certificate.certificate + certificate.key)
  const upstreams = { plain: new Upstream(), tls: new Upstream(certificate) }
  const ports = {
    http: await freePort(),
    https: await freePort(),
    plain: await upstreams.plain.listen(),
    tls: await upstreams.tls.listen(),
    refused: await freePort(),
  }
  const config = configuration(ports, name)
  let engine: Engine | undefined
  let product: Product | undefined
  let asking: End | undefined
  const stop = async (): Promise<void> => {
    asking?.destroy()
    engine?.kill()
    await product?.stop()
    await removePrefix(prefix)
    await Promise.all(Object.values(upstreams).map((each) => each.close()))
  }
  try {
    if (name === 'nginx') engine = await startEngine({ engine: 'nginx', config, prefix })
    else product = await Product.start(config, { prefix })
    const pid = product?.pid ?? (await workerOf(engine?.pid ?? 0))
    const end = (asking = endTo(ports.http))
    let turns = 0
    const turn = async (): Promise<void> => {
      const path = `/turn/${++turns}`
      end.say(`GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`)
      await until('an answer to see the turn by', () => end.heard.includes(path))
      end.heard = ''
    }
    const inside = async (): Promise<Inside['objects'] | undefined> => (await product?.inside())?.objects
    // It is up when it has answered.
    await turn()
    return { pid, prefix, idle: openIn(pid, prefix), turn, ports, upstreams, inside, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

async function workerOf(master: number): Promise<number> {
  const workers = (): string => readFileSync(`/proc/${master}/task/${master}/children`, 'latin1').trim()
  await until('a worker', () => workers() !== '')
  return Number(workers().split(' ')[0])
}

function configuration(ports: Stage['ports'], name: EngineName): string {
  const others =
    name === 'nginx' ? 'fastcgi_temp_path temp_f; uwsgi_temp_path temp_u; scgi_temp_path temp_s;' : ''
  const location = (path: string, upstream: string, more = ''): string =>
    `location = ${path} { proxy_pass ${upstream}; ${more} }`
  const streamed = 'proxy_request_buffering off; proxy_buffering off;'
  return `worker_processes 1; events {}
http {
  log_format row '"$request" $status $body_bytes_sent $request_length $request_completion | $upstream_status $upstream_bytes_sent $upstream_bytes_received $upstream_response_length';
  access_log access.log row; server_tokens off; keepalive_timeout 1h; keepalive_requests 1000000;
  client_body_temp_path temp_body; proxy_temp_path temp_proxy; ${others}
  client_body_buffer_size 16k;
  map $http_upgrade $asked { default upgrade; '' ''; }
  upstream plain { server 127.0.0.1:${ports.plain}; keepalive 4; }
  upstream tls { server 127.0.0.1:${ports.tls}; keepalive 4; }
  server {
    server_name localhost; listen 127.0.0.1:${ports.http}; listen 127.0.0.1:${ports.https} ssl http2;
    ssl_certificate both.pem; ssl_certificate_key both.pem;
    proxy_http_version 1.1; proxy_set_header Connection $asked; proxy_set_header Upgrade $http_upgrade;
    location /turn/ { access_log turns.log row; return 200 $uri; }
    ${location('/streamed/plain', 'http://plain', streamed)}
    ${location('/streamed/tls', 'https://tls', streamed)}
    ${location('/buffered/plain', 'http://plain')}
    ${location('/refused', `http://127.0.0.1:${ports.refused}`)}
  }
}
`
}
