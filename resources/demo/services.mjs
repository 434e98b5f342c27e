// The services of `--demo`: a web page, an API on four ports, a WebSocket echo and a stream of events, on loopback.
// Imported, it gives startDemo(); run (`node services.mjs [--demo-base PORT]`), it serves until its standard input or its
// IPC channel closes, so that it never outlives the program that started it. Needs nothing but Node.
import { fstatSync, readFileSync, realpathSync } from 'node:fs'
import { createServer } from 'node:http'
import { fileURLToPath } from 'node:url'
import { answerApi } from './api.mjs'
import { answerUpgrade } from './echo.mjs'
import { streamEvents } from './events.mjs'
import { portOwner } from './port-owner.mjs'
import { answerWeb } from './web.mjs'

/** The port of the web page; the others follow it. nginx.conf is written for this one. */
export const defaultBase = 3000

/**
 * What listens where, counted from the base port.
 * @param {number} base
 */
export function portsOf(base) {
  return { web: base, api: [base + 1, base + 2, base + 3, base + 4], ws: base + 5, events: base + 6 }
}

/**
 * The text of nginx.conf that routes to services at this base port.
 * @param {number} [base]
 */
export function demoConfiguration(base = defaultBase) {
  const text = readFileSync(new URL('nginx.conf', import.meta.url), 'utf8')
  return text.replace(
    /(127\.0\.0\.1:)(300[0-6])\b/g,
    (_, host, port) => `${host}${Number(port) - defaultBase + base}`,
  )
}

/**
 * Starts all services, or none: where ports are taken, it rejects with one line for each.
 * @param {{ base?: number }} [options]
 * @returns {Promise<{ ports: ReturnType<typeof portsOf>, stop: () => Promise<void> }>}
 */
export async function startDemo({ base = defaultBase } = {}) {
  if (!Number.isInteger(base) || base < 1 || base > 65529)
    throw new Error(`demo services: the base port is a number from 1 to 65529, not ${base}`)
  const ports = portsOf(base)
  const services = [
    service('web page', ports.web, () => createServer(answerWeb)),
    ...ports.api.map((port, i) =>
      service(`API ${i + 1}`, port, (self) => createServer(answerApi(i + 1, port, self))),
    ),
    service('WebSocket echo', ports.ws, () => createServer(onlyWebSocket).on('upgrade', answerUpgrade)),
    service('events', ports.events, () => createServer(streamEvents)),
  ]
  const stop = async () => void (await Promise.all(services.map((one) => one.stop())))
  const started = await Promise.allSettled(services.map((one) => one.start()))
  const problems = started.flatMap((one) => (one.status === 'rejected' ? [String(one.reason.message)] : []))
  if (problems.length === 0) return { ports, stop }
  await stop()
  throw new Error(problems.join('\n'))
}

/**
 * A server with its life: it can be started, stopped with all its connections, and started again.
 * @param {string} name
 * @param {number} port
 * @param {(self: { pause: (ms: number) => void }) => import('node:http').Server} make
 */
function service(name, port, make) {
  /** @type {NodeJS.Timeout | undefined} */
  let pause
  const server = make({
    pause(ms) {
      if (pause !== undefined) return
      void close()
      // Nobody may have taken the port meanwhile; if someone did, that is the answer to the pause.
      pause = setTimeout(() => {
        pause = undefined
        start().catch((error) => console.error(error.message))
      }, ms)
    },
  })
  const sockets = new Set()
  server.on('connection', (socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
    socket.on('error', () => {}) // a client that leaves is no news here
  })

  /** @returns {Promise<void>} */
  const start = () =>
    new Promise((resolve, reject) => {
      const refused = (/** @type {NodeJS.ErrnoException} */ error) =>
        reject(new Error(explain(name, port, error)))
      server.once('error', refused)
      server.listen({ port, host: '127.0.0.1', exclusive: true }, () => {
        server.off('error', refused)
        resolve()
      })
    })
  /** @returns {Promise<void>} */
  const close = () =>
    new Promise((resolve) => {
      server.close(() => resolve())
      for (const socket of sockets) socket.destroy()
    })
  const stop = () => {
    clearTimeout(pause)
    return close()
  }
  return { start, stop }
}

/**
 * @param {string} name
 * @param {number} port
 * @param {NodeJS.ErrnoException} error
 */
function explain(name, port, error) {
  if (error.code !== 'EADDRINUSE') return `demo ${name}: cannot listen on port ${port}: ${error.message}`
  const owner = portOwner(port)
  const by = owner === undefined ? 'another program' : `${owner.name} (process ${owner.pid})`
  return `demo ${name}: port ${port} is taken by ${by}; stop it, or choose other ports with --demo-base PORT`
}

/** @type {import('node:http').RequestListener} */
function onlyWebSocket(_request, response) {
  response.writeHead(426, { upgrade: 'websocket', 'content-type': 'text/plain' })
  response.end('This is the WebSocket echo: connect with a WebSocket.\n')
}

/** @param {string[]} args */
function baseFrom(args) {
  const at = args.indexOf('--demo-base')
  return at < 0 ? defaultBase : Number(args[at + 1])
}

async function main() {
  try {
    const { ports, stop } = await startDemo({ base: baseFrom(process.argv.slice(2)) })
    const leave = () => void stop().then(() => process.exit(0))
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, leave)
    if (process.send) process.on('disconnect', leave)
    else if (hasPipeAsInput()) process.stdin.on('close', leave).resume()
    console.log(
      `demo services: web ${ports.web}, API ${ports.api.join(' ')}, WebSocket ${ports.ws}, events ${ports.events}`,
    )
    process.send?.({ kind: 'ready', ports })
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    console.error(message)
    process.exitCode = 1
    process.send?.({ kind: 'failed', problems: message.split('\n') }, () => process.disconnect())
  }
}

/** Whether someone holds the other end of standard input (a terminal or /dev/null is nobody's leash). */
function hasPipeAsInput() {
  try {
    const input = fstatSync(0)
    return input.isFIFO() || input.isSocket()
  } catch {
    return false // no standard input at all
  }
}

const started = process.argv[1]
if (started !== undefined && realpathSync(started) === fileURLToPath(import.meta.url)) await main()
