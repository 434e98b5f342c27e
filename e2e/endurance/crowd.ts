/**
 * Many bad clients, in a process of their own so that they cost the good ones nothing: `crowd.ts PORT COUNT SECONDS
 * PER_SECOND`. So many come in a second, or all at once: `Infinity`.
 * Each kind is a quarter. When the time is over it says over IPC how long each connection lasted that the other side
 * closed, by kind.
 */
import net from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'

export const kinds = ['silent', 'slow head', 'stalled body', 'slow reading'] as const

export type Kind = (typeof kinds)[number]

/** By kind: seconds until each was closed; those that were not are missing. */
export type Closed = Record<Kind, number[]>

const [port, count, seconds, perSecond] = process.argv.slice(2).map(Number)
const closed: Closed = { silent: [], 'slow head': [], 'stalled body': [], 'slow reading': [] }
const open = new Set<net.Socket>()
let over = false

function join(kind: Kind): Promise<void> {
  return new Promise((resolve) => {
    const socket = net.connect({ port: port ?? 0, host: '127.0.0.1' })
    const begun = performance.now()
    open.add(socket)
    socket.on('error', () => resolve()) // 'close' follows
    socket.on('close', () => {
      open.delete(socket)
      if (!over) closed[kind].push((performance.now() - begun) / 1000)
    })
    socket.once('connect', () => {
      behave(kind, socket)
      resolve()
    })
  })
}

function behave(kind: Kind, socket: net.Socket): void {
  switch (kind) {
    case 'silent':
      socket.resume()
      return
    case 'slow head':
      socket.resume()
      dribble(socket, `GET / HTTP/1.1\r\nHost: localhost\r\nX-Slow: ${'x'.repeat(5000)}`)
      return
    case 'stalled body':
      socket.resume()
      socket.write(
        `POST /sum HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000\r\n\r\n${'x'.repeat(1000)}`,
      )
      return
    case 'slow reading':
      // It reads nothing at all: what the buffers between take is all it gets.
      socket.pause()
      socket.write('GET /big HTTP/1.1\r\nHost: localhost\r\n\r\n')
  }
}

function dribble(socket: net.Socket, text: string): void {
  let at = 0
  const timer = setInterval(() => socket.write(text.slice(at, ++at)), 500)
  socket.on('close', () => clearInterval(timer))
}

const batch = perSecond === Infinity ? (count ?? 0) : 20
for (let n = 0; n < (count ?? 0); n += batch) {
  const some = Array.from({ length: batch }, (_, i) => join(kinds[(n + i) % kinds.length] ?? 'silent'))
  await Promise.all([...some, delay((1000 * batch) / (perSecond ?? 1))])
}
await delay((seconds ?? 0) * 1000)
over = true
process.send?.(closed, () => {
  for (const socket of open) socket.destroy()
  process.exit(0)
})
