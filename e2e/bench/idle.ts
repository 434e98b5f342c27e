/** What a connection costs that only waits: kept HTTP connections, and WebSockets through to an origin. */
import net from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { memoryKiB } from './processes.ts'
import type { Server } from './servers.ts'

/** Time for a collection of garbage and for memory to go back to the system, in milliseconds. */
const settleMs = 6000
/** Opened at a time: fewer than any backlog. */
const atOnce = 100

/** An origin that accepts every upgrade and then says nothing more. */
export async function startSilentOrigin(port: number): Promise<net.Server> {
  const server = net.createServer((socket) => {
    socket.on('error', () => socket.destroy())
    socket.once('data', () =>
      socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n'),
    )
  })
  await new Promise<void>((resolve) => server.listen({ port, host: '127.0.0.1', backlog: 4096 }, resolve))
  return server
}

const requests = {
  keepalive: 'GET / HTTP/1.1\r\nHost: localhost\r\n\r\n',
  websocket:
    'GET /ws/ HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n' +
    'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n',
}

/** KiB of a server's memory for each of so many waiting connections. */
export async function idleKiB(server: Server, kind: keyof typeof requests, count: number): Promise<number> {
  await delay(settleMs)
  const before = memoryKiB(server.pid)
  const sockets: net.Socket[] = []
  try {
    while (sockets.length < count) {
      const some = Array.from({ length: Math.min(atOnce, count - sockets.length) }, () =>
        openOne(server.port, requests[kind]),
      )
      sockets.push(...(await Promise.all(some)))
    }
    await delay(settleMs)
    const lost = sockets.filter((socket) => socket.destroyed || socket.readableEnded).length
    if (lost > 0) throw new Error(`${server.name} closed ${lost} of ${count} waiting connections`)
    return (memoryKiB(server.pid) - before) / count
  } finally {
    for (const socket of sockets) socket.destroy()
  }
}

function openOne(port: number, request: string): Promise<net.Socket> {
  return new Promise((resolve, reject) => {
    const socket = net.connect({ port, host: '127.0.0.1' })
    socket.once('error', reject)
    socket.once('close', () => reject(new Error('a connection was closed before it was answered')))
    socket.once('data', (answer: Buffer) => {
      if (!/^HTTP\/1\.1 (200|101) /.test(answer.toString('latin1')))
        reject(new Error(`not what was asked for: ${answer.toString('latin1', 0, 60)}`))
      socket.on('data', () => undefined)
      resolve(socket)
    })
    socket.write(request)
  })
}
