/**
 * Starts the built `sluicegate serve` in a state folder of its own, on ports that are free, and stops it
 * again. What is tested is what people run: the launcher, the bundles, the printed address.
 */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import http from 'node:http'
import os from 'node:os'
import path from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { freePort } from './nginx.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))

export interface ServedHost {
  /** What a person opens, with the token. */
  readonly address: string
  /** Where port 80 of the configuration is. */
  readonly httpPort: number
  /** Where port 443 of the configuration is. */
  readonly httpsPort: number
  /** The program's process. */
  readonly pid: number
  /** The state folder. */
  readonly folder: string
  /** Ends the program and leaves the state, so that it can be started again. */
  end(): Promise<void>
  /** Starts it again on the same ports and state. */
  again(): Promise<void>
  /** Ends it and removes the state. */
  stop(): Promise<void>
}

// A machine under load takes its time; what is waited for is the printed line, not the clock.
const deadlineMs = 30_000

/** `demo`: with the demo's services and configuration. */
export async function serveHost(options: { demo?: boolean } = {}): Promise<ServedHost> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'sluicegate-state-'))
  const [httpPort, httpsPort, demoBase] = [await freePort(), await freePort(), await freePort()]
  let port = 0
  let child: ChildProcess
  let address = ''

  async function start(): Promise<void> {
    const args = [
      'bin/sluicegate.js',
      'serve',
      ...['--state', folder, '--port', String(port)],
      ...['--http-port', String(httpPort), '--https-port', String(httpsPort)],
      ...(options.demo ? ['--demo', '--demo-base', String(demoBase)] : []),
    ]
    child = spawn(process.execPath, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] })
    address = await printedAddress(child)
    port = Number(new URL(address).port)
  }

  async function end(): Promise<void> {
    if (child.exitCode !== null || child.signalCode !== null) return
    const left = once(child, 'exit')
    child.kill('SIGTERM')
    await left
  }

  await start()
  return {
    get address() {
      return address
    },
    get pid() {
      return child.pid ?? 0
    },
    httpPort,
    httpsPort,
    folder,
    end,
    again: start,
    async stop() {
      await end()
      await rm(folder, { recursive: true, force: true, maxRetries: 3 })
    },
  }
}

async function printedAddress(child: ChildProcess): Promise<string> {
  let printed = ''
  const found = new Promise<string>((resolve) => {
    const read = (chunk: Buffer): void => {
      printed += chunk.toString('utf8')
      const address = /Sluicegate is running: (\S+)/.exec(printed)?.[1]
      if (address !== undefined) resolve(address)
    }
    child.stdout?.on('data', read)
    child.stderr?.on('data', read)
  })
  const left = once(child, 'exit').then(([code]) => {
    throw new Error(`serve ended with ${code}:\n${printed}`)
  })
  const late = delay(deadlineMs, undefined, { ref: false }).then(() => {
    throw new Error(`serve printed no address within ${deadlineMs} ms:\n${printed}`)
  })
  return Promise.race([found, left, late])
}

/** What a request through the proxy came to. */
export interface Answer {
  readonly status: number
  readonly body: string
  /** When the answer was complete; milliseconds since 1970. */
  readonly at: number
}

/** Asks the proxy on a port of 127.0.0.1 for a path of a host. */
export function askProxy(port: number, host: string, target: string): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const request = http.get(
      { host: '127.0.0.1', port, path: target, headers: { host }, agent: false },
      (response) => {
        let body = ''
        response.setEncoding('utf8')
        response.on('data', (chunk: string) => (body += chunk))
        response.on('end', () => resolve({ status: response.statusCode ?? 0, body, at: Date.now() }))
        response.on('error', reject)
      },
    )
    request.on('error', reject)
  })
}

/** Little web servers that answer with their names. */
export interface Peers {
  /** Addresses by name. */
  readonly addresses: Readonly<Record<string, string>>
  stop(): Promise<void>
}

export async function startPeers(...names: string[]): Promise<Peers> {
  const servers = names.map((name) => {
    const server = http.createServer((request, response) => {
      response.setHeader('x-peer', name)
      response.end(`${name} ${request.url}`)
    })
    return { name, server }
  })
  const addresses: Record<string, string> = {}
  for (const { name, server } of servers) {
    const port = await freePort()
    server.listen(port, '127.0.0.1')
    await once(server, 'listening')
    addresses[name] = `127.0.0.1:${port}`
  }
  return {
    addresses,
    async stop() {
      for (const { server } of servers) {
        server.close()
        server.closeAllConnections()
      }
      for (const { server } of servers) if (server.listening) await once(server, 'close')
    },
  }
}
