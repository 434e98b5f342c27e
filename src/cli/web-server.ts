/** The browser face: the files of the window and the contract over a WebSocket, for this machine's user only. */
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import { WebSocketServer } from 'ws'
import type { Channel } from '../contract/rpc/channel.ts'
import { webSocketChannel } from '../contract/rpc/web-socket-channel.ts'
import { WebAccess, type Access } from './web-access.ts'
import type { WebFile } from './web-files.ts'

export interface WebServerOptions {
  /** The port wanted; a free one is taken where it is in use. */
  readonly port: number
  readonly token: string
  readonly files: ReadonlyMap<string, WebFile>
  /** Answers one window. */
  readonly serve: (channel: Channel) => void
}

export interface WebServer {
  readonly port: number
  /** What a person opens. */
  readonly address: string
  close(): Promise<void>
}

// A configuration of a megabyte is a very large one; a window sends nothing longer.
const longestMessage = 16 * 1024 * 1024

/** Starts on 127.0.0.1; rejects where no port can be opened at all. */
export async function startWebServer(options: WebServerOptions): Promise<WebServer> {
  const server = createServer()
  await listen(server, options.port)
  const { port } = server.address() as AddressInfo
  const access = new WebAccess(options.token, port)
  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: longestMessage,
    perMessageDeflate: false,
  })
  server.on('request', (request: IncomingMessage, response: ServerResponse) =>
    answer(request, response, access, options.files),
  )
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    const path = new URL(request.url ?? '/', 'http://here').pathname
    const judged = access.judge(request)
    if (path !== '/rpc' || judged !== 'welcome')
      return refuseUpgrade(socket, path === '/rpc' ? judged : 'welcome')
    sockets.handleUpgrade(request, socket, head, (opened) => options.serve(webSocketChannel(opened)))
  })
  return {
    port,
    address: access.address,
    async close() {
      for (const socket of sockets.clients) socket.close(1001)
      const closed = once(server, 'close')
      server.close()
      server.closeIdleConnections()
      // A window that does not answer the farewell must not keep the program.
      const impatience = setTimeout(() => {
        for (const socket of sockets.clients) socket.terminate()
        server.closeAllConnections()
      }, 500)
      await closed
      clearTimeout(impatience)
    },
  }
}

/** Listens on the port, or on a free one where it is taken. */
async function listen(server: ReturnType<typeof createServer>, port: number): Promise<void> {
  server.listen(port, '127.0.0.1')
  try {
    await once(server, 'listening')
  } catch (error) {
    if (port === 0 || !(error instanceof Error && 'code' in error && isTaken(error.code))) throw error
    await listen(server, 0)
  }
}

function isTaken(code: unknown): boolean {
  return code === 'EADDRINUSE' || code === 'EACCES'
}

/** Nothing from elsewhere, no inline script, no frame around us; captured traffic is shown here. */
function policy(host: string): string {
  return [
    "default-src 'self'",
    "img-src 'self' data: blob:",
    `connect-src 'self' ws://${host}`,
    "object-src 'none'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ')
}

function answer(
  request: IncomingMessage,
  response: ServerResponse,
  access: WebAccess,
  files: ReadonlyMap<string, WebFile>,
): void {
  const judged = access.judge(request)
  if (judged !== 'foreign-host')
    response.setHeader('content-security-policy', policy(request.headers.host ?? ''))
  response.setHeader('x-content-type-options', 'nosniff')
  response.setHeader('referrer-policy', 'no-referrer')
  response.setHeader('cross-origin-opener-policy', 'same-origin')
  response.setHeader('cross-origin-resource-policy', 'same-origin')
  if (judged === 'enter') {
    // Out of the address, so that it is neither in the history nor copied with a link.
    response.setHeader('set-cookie', access.cookie)
    response.writeHead(303, { location: '/', 'cache-control': 'no-store' }).end()
    return
  }
  if (judged !== 'welcome') return refuse(response, judged)
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    response.writeHead(405, { allow: 'GET, HEAD' }).end()
    return
  }
  const file = files.get(new URL(request.url ?? '/', 'http://here').pathname)
  if (file) sendFile(request, response, file)
  else
    response
      .writeHead(404, { 'content-type': 'text/plain; charset=utf-8' })
      .end('There is no such page here.\n')
}

function sendFile(request: IncomingMessage, response: ServerResponse, file: WebFile): void {
  const accepted = /\bgzip\b(?!\s*;\s*q=0(\.0*)?\s*(,|$))/.test(
    String(request.headers['accept-encoding'] ?? ''),
  )
  const gzipped = accepted ? file.gzipped : undefined
  const body = gzipped ?? file.body
  response.writeHead(200, {
    'content-type': file.type,
    'content-length': body.length,
    'cache-control': file.immutable ? 'public, max-age=31536000, immutable' : 'no-cache',
    vary: 'accept-encoding',
    ...(gzipped && { 'content-encoding': 'gzip' }),
  })
  response.end(request.method === 'HEAD' ? undefined : body)
}

const reasons: Readonly<
  Record<Exclude<Access, 'welcome' | 'enter'>, readonly [status: number, text: string]>
> = {
  'no-token': [
    401,
    `<p>This is Sluicegate. Open the address that is printed in its terminal: it ends in <code>?token=…</code></p>
<p>If you have just done that, <a href="/">go on</a>.</p>`,
  ],
  'foreign-host': [421, '<p>Sluicegate answers at 127.0.0.1 only.</p>'],
  'foreign-origin': [403, '<p>Pages of other origins may not talk to Sluicegate.</p>'],
}

function refuse(response: ServerResponse, judged: keyof typeof reasons): void {
  const [status, text] = reasons[judged]
  response.writeHead(status, { 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-store' })
  response.end(`<!doctype html><meta charset="utf-8"><title>Sluicegate</title>${text}\n`)
}

function refuseUpgrade(socket: Duplex, judged: Access): void {
  const status = judged === 'welcome' || judged === 'enter' ? 404 : reasons[judged][0]
  socket.on('error', () => undefined) // whoever was refused may be gone already
  socket.end(`HTTP/1.1 ${status} Refused\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`)
}
