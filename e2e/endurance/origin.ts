/**
 * An origin for the load: bodies that can be told by their hash, echoes, slow answers, server-sent events, WebSockets.
 * It never closes an idle connection by itself, so a request that is lost was lost by the proxy.
 */
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { WebSocketServer } from 'ws'
import { pieceOf } from './bodies.ts'

export interface Origin {
  readonly port: number
  /** Connections that are open. */
  connections(): number
  close(): Promise<void>
}

type Handler = (
  request: http.IncomingMessage,
  response: http.ServerResponse,
  args: readonly string[],
) => void | Promise<void>

// What the first segment of the path asks for.
const handlers: Readonly<Record<string, Handler>> = {
  /** `/bytes/SEED/LENGTH` */
  bytes: async (_request, response, [seed, length]) => {
    response.setHeader('content-length', Number(length))
    await sendBody(response, Number(seed), Number(length))
  },
  /** `/chunks/SEED/LENGTH`: the same without a length. */
  chunks: (_request, response, [seed, length]) => sendBody(response, Number(seed), Number(length)),
  /** The body comes back. */
  echo: (request, response) => {
    const length = request.headers['content-length']
    if (length !== undefined) response.setHeader('content-length', length)
    request.pipe(response)
  },
  /** `/sum` or `/sum/MS`: `length hash` of the body, which is not read for so long. */
  sum: async (request, response, [ms]) => {
    if (ms !== undefined) await delay(Number(ms))
    const hash = createHash('sha256')
    let length = 0
    for await (const piece of request as AsyncIterable<Buffer>) {
      hash.update(piece)
      length += piece.length
    }
    response.end(`${length} ${hash.digest('hex')}`)
  },
  /** `/slow/MS` */
  slow: (_request, response, [ms]) => void setTimeout(() => response.end('slow'), Number(ms)),
  /** `/events/MS`: numbers from 0, one every so many milliseconds. */
  events: (request, response, [ms]) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    let count = 0
    const timer = setInterval(() => response.write(`data: ${count++}\n\n`), Number(ms))
    request.on('close', () => clearInterval(timer))
    response.on('close', () => clearInterval(timer))
  },
}

async function sendBody(response: http.ServerResponse, seed: number, length: number): Promise<void> {
  for (let at = 0; at < length && !response.destroyed;) {
    const piece = pieceOf(seed, at, Math.min(65_536, length - at))
    at += piece.length
    if (!response.write(piece)) await drained(response)
  }
  response.end()
}

function drained(response: http.ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const go = (): void => {
      response.off('drain', go).off('close', go)
      resolve()
    }
    response.on('drain', go).on('close', go)
  })
}

/** Listens on a free port of 127.0.0.1. */
export async function startOrigin(): Promise<Origin> {
  const server = http.createServer(
    { keepAliveTimeout: 0, requestTimeout: 0, headersTimeout: 0 },
    (request, response) => {
      const [, name = '', ...args] = (request.url ?? '').split('/')
      const handler = handlers[name]
      response.on('error', () => response.destroy())
      if (!handler) {
        response.writeHead(404).end('nothing here')
        return
      }
      void (async () => handler(request, response, args))().catch(() => response.destroy())
    },
  )
  const sockets = new WebSocketServer({ server, path: '/ws' })
  sockets.on('connection', (socket) => {
    socket.on('message', (message, isBinary) => socket.send(message, { binary: isBinary }))
    socket.on('error', () => socket.terminate())
  })
  let open = 0
  server.on('connection', (socket) => {
    open++
    socket.setNoDelay(true)
    socket.on('close', () => open--)
  })
  server.listen({ port: 0, host: '127.0.0.1', backlog: 4096 })
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    connections: () => open,
    close: async () => {
      for (const socket of sockets.clients) socket.terminate()
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
    },
  }
}
