/**
 * An engine that speaks HTTP/2, its origin, and clients to talk to it: what the tests of `listen/http2-*` have in common.
 * Time is a fake clock's.
 */
import { expect } from 'vitest'
import { fakeClock, type FakeClock } from './fake-clock.ts'
import { http2Client, type Http2Client } from './http2-client.ts'
import { scriptedOrigin, type ScriptedOrigin } from './scripted-origin.ts'
import { startWith, type Started } from './start-with.ts'

/** Bytes of `/large` and `/huge`. */
export const largeSize = 200_000
export const hugeSize = 50_000_000

export interface Http2Stage {
  readonly clock: FakeClock
  /** Answers `ok`; `/large` and `/huge` with so many bytes, what ends in `/silent` not at all. */
  readonly origin: ScriptedOrigin
  readonly started: Started
  /** The configuration it runs. */
  readonly text: string
  /** A client that has seen and acknowledged the server's settings; destroyed with the stage. */
  client(port?: number, options?: Parameters<typeof http2Client>[1]): Promise<Http2Client>
  /** Another client is served as ever. */
  othersAreServed(): Promise<void>
  stop(): Promise<void>
}

export async function http2Stage(): Promise<Http2Stage> {
  const clock = fakeClock()
  const huge = 'x'.repeat(hugeSize)
  const origin = await scriptedOrigin(({ path }) => {
    if (path === '/large')
      return `HTTP/1.1 200 OK\r\nContent-Length: ${largeSize}\r\n\r\n${'x'.repeat(largeSize)}`
    if (path === '/huge') return `HTTP/1.1 200 OK\r\nContent-Length: ${hugeSize}\r\n\r\n${huge}`
    if (path.endsWith('/silent')) return undefined
    return 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'
  })
  const text = nginxText(origin.port)
  const started = await startWith(text, { clock })
  const clients: Http2Client[] = []
  const client: Http2Stage['client'] = async (port = 80, options) => {
    const opened = await http2Client(started.port(port), options)
    clients.push(opened)
    // Its acknowledgement of the server's settings is on its way before anything else.
    await opened.until(() => opened.frames.length > 0)
    return opened
  }
  return {
    clock,
    origin,
    started,
    text,
    client,
    othersAreServed: async () => {
      const other = await client()
      expect((await other.answer(other.get('/local'))).body).toBe('local')
      other.destroy()
    },
    stop: async () => {
      for (const each of clients) each.destroy()
      await started.stop()
      await origin.close()
    },
  }
}

function nginxText(port: number): string {
  return `
    error_log http2.log info;
    client_header_timeout 20s;
    client_body_timeout 30s;
    send_timeout 40s;
    keepalive_timeout 50s;
    keepalive_requests 5000;
    lingering_timeout 5s;
    lingering_time 12s;
    proxy_buffering off;
    server {
      listen 80 http2;
      http2_max_concurrent_streams 10;
      http2_body_preread_size 1k;
      large_client_header_buffers 4 1k;
      location / { proxy_pass http://127.0.0.1:${port}; }
      location /stream { proxy_request_buffering off; proxy_http_version 1.1; proxy_pass http://127.0.0.1:${port}; }
      location /local { return 200 local; }
      location = /paced/large { limit_rate 50k; rewrite ^ /large break; proxy_pass http://127.0.0.1:${port}; }
      location /trailer { add_trailer X-After "of $uri"; proxy_pass http://127.0.0.1:${port}; }
    }
    server { listen 81 http2; keepalive_timeout 0; return 200 local; }
    server { listen 82 http2; keepalive_requests 2; return 200 local; }
    server { listen 83 http2; http2_chunk_size 1k; return 200 "$request_uri$request_uri"; }`
}
