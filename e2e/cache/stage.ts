/** An origin that counts, a client that counts, and the program as it runs: what the checks of the cache stand on. */
import { rm } from 'node:fs/promises'
import http from 'node:http'
import net, { type AddressInfo } from 'node:net'
import {
  freePort,
  makePrefix,
  removePrefix,
  startEngine,
  wholeConfig,
  type Engine,
} from '../support/nginx.ts'

/** An origin; `answer` may be changed while it runs. */
export interface CountingOrigin {
  readonly address: string
  asked: number
  answer: (socket: net.Socket, path: string) => void
  close(): void
}

export async function startOrigin(answer: CountingOrigin['answer']): Promise<CountingOrigin> {
  const server = net.createServer((socket) => {
    let text = ''
    socket.setEncoding('latin1')
    socket.on('error', () => undefined) // the program may be killed meanwhile
    socket.on('data', (piece: string) => {
      text += piece
      if (!text.includes('\r\n\r\n')) return
      const path = text.split(' ')[1] ?? ''
      text = ''
      origin.asked++
      origin.answer(socket, path)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const origin: CountingOrigin = {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked: 0,
    answer,
    close: () => server.close(),
  }
  return origin
}

/** A whole answer that may be stored for an hour. */
export function stored(body: string): string {
  return `HTTP/1.1 200 OK\r\nCache-Control: max-age=3600\r\nContent-Length: ${body.length}\r\n\r\n${body}`
}

/** What came back: `cache` is `$upstream_cache_status`; `whole`: as much as Content-Length says. */
export interface Got {
  readonly status: number
  readonly cache: string
  readonly body: string
  readonly whole: boolean
  readonly ms: number
}

export function get(port: number, path: string): Promise<Got> {
  const began = performance.now()
  return new Promise((resolve) => {
    const chunks: Buffer[] = []
    let status = 0
    let cache = ''
    const done = (whole: boolean): void =>
      resolve({
        status,
        cache,
        body: Buffer.concat(chunks).toString('latin1'),
        whole,
        ms: performance.now() - began,
      })
    http
      .get({ port, host: '127.0.0.1', path, agent: false }, (answer) => {
        status = answer.statusCode ?? 0
        cache = String(answer.headers['x-cache'] ?? '')
        answer.on('data', (chunk: Buffer) => chunks.push(chunk))
        answer.on('error', () => done(false))
        answer.on('end', () => done(answer.complete))
      })
      .on('error', () => done(false))
  })
}

/** The program with one cache in front of an origin. */
export interface CachingProxy {
  readonly engine: Engine
  readonly prefix: string
  readonly port: number
}

/** Starts it in a prefix, a fresh one unless one is given. `cachePath` is what stands behind proxy_cache_path. */
export async function startProxy(
  origin: CountingOrigin,
  cachePath: string,
  { prefix, settings = '' }: { prefix?: string; settings?: string } = {},
): Promise<CachingProxy> {
  const folder = prefix ?? (await makePrefix())
  const port = await freePort()
  const text = `proxy_cache_path ${cachePath};
  server {
    listen 127.0.0.1:${port};
    location / {
      proxy_pass http://${origin.address};
      proxy_cache c;
      proxy_cache_key $uri;
      add_header X-Cache $upstream_cache_status always;
      ${settings}
    }
  }`
  const config = wholeConfig('sluicegate', text)
  // One that was killed has left it behind.
  await rm(`${folder}/nginx.pid`, { force: true })
  const engine = await startEngine({ engine: 'sluicegate', prefix: folder, config, logLevel: 'info' })
  return { engine, prefix: folder, port }
}

/** Ends it and takes its folder away; the error log. */
export async function endProxy({ engine, prefix }: CachingProxy, keep = false): Promise<string> {
  const { errorLog } = await engine.stop()
  if (!keep) await removePrefix(prefix)
  return errorLog
}
