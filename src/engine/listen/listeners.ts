/** The listening sockets of an engine: kept, opened and closed from one cycle to the next. */
import type { Problem } from '../../base/problem.ts'
import type { Activity, Cycle, ListenSettings } from '../cycle/settings.ts'
import type { CertificateSource } from '../door.ts'
import type { ListenerStatus } from '../../status/listener-status.ts'
import type { Exchange } from '../request/exchange.ts'
import { descriptorLimit, Descriptors, drainedAtOnce } from './descriptors.ts'
import { Listener, type Counting } from './listener.ts'
import { socketKey } from './socket-key.ts'
import { TlsFront } from './tls.ts'

/** New sockets that are bound and not in use yet. */
export interface Prepared {
  readonly problems: readonly Problem[]
  /** Serves the new cycle on kept and new sockets, closes the others. */
  commit(): void
  /** Closes the new sockets. */
  undo(): void
}

export class Listeners {
  readonly #open = new Map<string, Listener>()
  /** Sockets that no longer listen and still have connections. */
  readonly #ending = new Set<Listener>()
  readonly #counting: Counting = {
    connections: 0,
    exchanges: 0,
    descriptors: new Descriptors(descriptorLimit()),
    drain: () => this.#drain(),
  }
  readonly #front: (listener: Listener) => TlsFront

  /** `source`: who issues certificates where the configuration's files are absent. */
  constructor(source: CertificateSource | undefined) {
    this.#front = (listener) => new TlsFront(listener, source)
  }

  /** Binds what is not open yet. */
  async prepare(cycle: Cycle): Promise<Prepared> {
    const problems: Problem[] = []
    const fresh = new Map<string, Listener>()
    const wanted = new Map(cycle.listens.map((settings) => [socketKey(settings), settings]))
    for (const [key, settings] of wanted) {
      const kept = this.#open.get(key)
      // Port 0 is opened anew by nobody: its socket stays for as long as the listen is there.
      if (kept) continue
      const listener = new Listener(settings, cycle, this.#counting, this.#front)
      try {
        await listener.bind()
        fresh.set(key, listener)
      } catch (error) {
        problems.push(bindProblem(settings, error as NodeJS.ErrnoException))
      }
    }
    return {
      problems,
      commit: () => {
        for (const [key, listener] of this.#open) {
          const settings = wanted.get(key)
          if (settings) listener.serve(settings, cycle)
          else this.#end(key, listener)
        }
        for (const [key, listener] of fresh) this.#open.set(key, listener)
      },
      undo: () => {
        for (const listener of fresh.values()) listener.close()
      },
    }
  }

  #end(key: string, listener: Listener): void {
    this.#open.delete(key)
    listener.close()
    if (listener.open.size > 0) this.#ending.add(listener)
    for (const ending of this.#ending) if (ending.open.size === 0) this.#ending.delete(ending)
  }

  /** Closes all; graceful: connections end when their exchange has. */
  async close(graceful: boolean): Promise<void> {
    const all = [...this.#open.values(), ...this.#ending]
    this.#open.clear()
    for (const listener of all) listener.close()
    if (!graceful) this.#destroy(all)
    this.#ending.clear()
    for (const listener of all) this.#ending.add(listener)
    await Promise.all(all.map((listener) => listener.drained()))
    this.#ending.clear()
  }

  /** Ends every connection that is left (worker_shutdown_timeout). */
  destroyConnections(): void {
    this.#destroy([...this.#open.values(), ...this.#ending])
  }

  #destroy(listeners: readonly Listener[]): void {
    for (const listener of listeners) for (const connection of listener.open) connection.destroy()
  }

  #drain(): number {
    let left = drainedAtOnce
    for (const listener of [...this.#open.values(), ...this.#ending]) left -= listener.drain(left)
    return drainedAtOnce - left
  }

  /** What the open connections do. */
  survey(): Activity {
    const activity = { reading: 0, writing: 0, waiting: 0 }
    for (const listener of [...this.#open.values(), ...this.#ending])
      for (const connection of listener.open) connection.count?.(activity)
    return activity
  }

  /** Every exchange that has begun and not ended. */
  running(): Exchange[] {
    const found: Exchange[] = []
    for (const listener of [...this.#open.values(), ...this.#ending])
      for (const connection of listener.open) connection.running?.((x) => found.push(x))
    return found
  }

  connections(): number {
    return [...this.#open.values(), ...this.#ending].reduce((sum, listener) => sum + listener.open.size, 0)
  }

  status(): ListenerStatus[] {
    return [...this.#open.values()].map((listener) => {
      const { address, port } = listener.address
      return {
        listen: listener.settings.key.replace(/^\*:/, ''),
        address: address.startsWith('unix:')
          ? address
          : address.includes(':')
            ? `[${address}]:${port}`
            : `${address}:${port}`,
        port,
        ssl: listener.settings.ssl,
        http2: listener.settings.http2,
        connections: listener.open.size,
      }
    })
  }
}

const reasons: Readonly<Record<string, string>> = {
  EADDRINUSE: '98: Address already in use',
  EACCES: '13: Permission denied',
  EADDRNOTAVAIL: '99: Cannot assign requested address',
}

function bindProblem(settings: ListenSettings, error: NodeJS.ErrnoException): Problem {
  const at = settings.localAddress.startsWith('unix:')
    ? settings.localAddress
    : `${settings.localAddress === '*' ? '0.0.0.0' : settings.localAddress.includes(':') ? `[${settings.localAddress}]` : settings.localAddress}:${settings.localPort ?? ''}`
  return {
    severity: 'error',
    code: error.code === 'EADDRINUSE' ? 'port-in-use' : 'bind-failed',
    message: `bind() to ${at} failed (${reasons[error.code ?? ''] ?? error.message})`,
    fix:
      error.code === 'EACCES'
        ? `map port ${settings.localPort ?? ''} to one above 1023`
        : `stop the program that has it, or listen on another ${settings.localAddress.startsWith('unix:') ? 'path' : 'port'}`,
  }
}
