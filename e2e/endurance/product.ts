/** The program under test: started, told to apply, asked what it holds, and ended. */
import { fork, spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { engineCommand, makePrefix, readIfThere, removePrefix, type EngineName } from '../support/nginx.ts'
import { ask } from './ask.ts'

/** What is alive inside after garbage was collected; sizes in bytes. */
export interface Inside {
  readonly objects: Readonly<
    Record<
      | 'cycles'
      | 'listeners'
      | 'http1'
      | 'http2'
      | 'streams'
      | 'exchanges'
      | 'upstreams'
      | 'upstreamConnections'
      | 'spoolFiles',
      number
    >
  >
  readonly heap: number
  readonly external: number
  readonly arrayBuffers: number
  readonly resident: number
}

/** What it can be asked over IPC. */
export type Question = 'inside' | 'longest turn'

export interface ProductOptions {
  /** The prefix's folder; one of its own where there is none. */
  readonly prefix?: string
  /** `ulimit -n`. */
  readonly descriptors?: number
  readonly logLevel?: string
  /** Options for its Node. */
  readonly node?: readonly string[]
  /** `nginx`: the reference takes its place, as one process; it cannot be asked what is inside. */
  readonly server?: EngineName
}

const program = fileURLToPath(new URL('program.ts', import.meta.url))
const running = new Set<ChildProcess>()

// Whatever way this process leaves, nothing it started stays behind.
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL')
})

export class Product {
  readonly prefix: string
  readonly pid: number
  readonly #child: ChildProcess
  readonly #ownPrefix: boolean
  #said: () => string

  private constructor(child: ChildProcess, prefix: string, ownPrefix: boolean, said: () => string) {
    this.#child = child
    this.prefix = prefix
    this.pid = child.pid ?? 0
    this.#ownPrefix = ownPrefix
    this.#said = said
  }

  /** Starts it on a whole nginx.conf and waits for its pid file. */
  static async start(config: string, options: ProductOptions = {}): Promise<Product> {
    const prefix = options.prefix ?? (await makePrefix())
    writeFileSync(`${prefix}/nginx.conf`, config)
    const globals = `daemon off; pid nginx.pid; error_log error.log ${options.logLevel ?? 'info'};`
    const args = ['-p', `${prefix}/`, '-c', 'nginx.conf', '-e', 'error.log', '-g', globals]
    const child = options.server === 'nginx' ? reference(args) : own(args, options)
    running.add(child)
    child.on('exit', () => running.delete(child))
    let text = ''
    for (const stream of [child.stdout, child.stderr])
      stream?.on('data', (piece: Buffer) => (text = (text + piece.toString('latin1')).slice(-20_000)))
    const product = new Product(child, prefix, options.prefix === undefined, () => text)
    for (const end = performance.now() + 20_000; performance.now() < end; await delay(10)) {
      if (child.exitCode !== null || child.signalCode !== null) break
      if (Number(await readIfThere(`${prefix}/nginx.pid`)) === product.pid) return product
    }
    child.kill('SIGKILL')
    throw new Error(`sluicegate-nginx did not start:\n${text}`)
  }

  /** What it printed. */
  get said(): string {
    return this.#said()
  }

  get log(): string {
    return readFileSync(`${this.prefix}/error.log`, 'latin1')
  }

  signal(name: NodeJS.Signals): void {
    process.kill(this.pid, name)
  }

  /** Applies a text as nginx's users do, by HUP; `serving` says when the new one is served. */
  async apply(config: string, serving: () => Promise<boolean>, limitMs = 10_000): Promise<void> {
    writeFileSync(`${this.prefix}/nginx.conf`, config)
    this.signal('SIGHUP')
    for (const end = performance.now() + limitMs; performance.now() < end; await delay(2))
      if (await serving()) return
    throw new Error(`an apply was not served within ${limitMs} ms:\n${this.log.slice(-2000)}`)
  }

  inside(): Promise<Inside> {
    return this.#ask<Inside>('inside')
  }

  /** The longest turn of its event loop since it was asked the last time, in milliseconds; the first answer is 0. */
  longestTurn(): Promise<number> {
    return this.#ask<number>('longest turn')
  }

  async #ask<T>(what: Question): Promise<T> {
    this.#child.send(what)
    const gone = new AbortController()
    const left = once(this.#child, 'exit', { signal: gone.signal }).then(() => {
      throw new Error(`it has left:\n${this.said}`)
    })
    left.catch(() => undefined) // it is called off below
    try {
      const [message] = (await Promise.race([once(this.#child, 'message'), left])) as [T]
      return message
    } finally {
      gone.abort()
    }
  }

  /** Its open descriptors by kind: `socket`, `anon_inode`, `/dev/null`, a file's path. */
  descriptors(): string[] {
    return readdirSync(`/proc/${this.pid}/fd`).flatMap((fd) => {
      try {
        return [readlinkSync(`/proc/${this.pid}/fd/${fd}`)]
      } catch {
        return [] // it was closed meanwhile
      }
    })
  }

  sockets(): number {
    return this.descriptors().filter((each) => each.startsWith('socket:')).length
  }

  /** Resident memory, bytes. */
  resident(): number {
    return this.#status('VmRSS')
  }

  /** The most it has been since `forgetPeak`. */
  peak(): number {
    return this.#status('VmHWM')
  }

  forgetPeak(): void {
    writeFileSync(`/proc/${this.pid}/clear_refs`, '5')
  }

  /** Time on a CPU so far, user and system, in seconds. */
  cpuSeconds(): number {
    return cpuSecondsOf(this.pid)
  }

  #status(field: string): number {
    const text = readFileSync(`/proc/${this.pid}/status`, 'latin1')
    return 1024 * Number(new RegExp(`^${field}:\\s+(\\d+) kB$`, 'm').exec(text)?.[1] ?? 0)
  }

  /** Resolves with its exit code, or with the signal that ended it. */
  left(): Promise<number | NodeJS.Signals> {
    const { exitCode, signalCode } = this.#child
    const outcome = exitCode ?? signalCode
    if (outcome !== null) return Promise.resolve(outcome)
    return new Promise((resolve) => this.#child.once('exit', (code, signal) => resolve(code ?? signal ?? -1)))
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) {
      this.signal('SIGTERM')
      const late = setTimeout(() => this.#child.kill('SIGKILL'), 5000)
      await this.left()
      clearTimeout(late)
    }
    if (this.#ownPrefix) await removePrefix(this.prefix)
  }
}

function own(args: string[], options: ProductOptions): ChildProcess {
  const execArgv = ['--expose-gc', ...(options.node ?? [])]
  return options.descriptors === undefined
    ? fork(program, args, { execArgv, stdio: 'pipe' })
    : limited(args, execArgv, options.descriptors)
}

// Without a master, so that the process that was started is the one that works.
function reference(args: string[]): ChildProcess {
  const nginx = engineCommand('nginx')
  if (!nginx) throw new Error('there is no nginx on this machine; install it, or leave --server out')
  const alone = args.map((each) => (each.startsWith('daemon off;') ? `${each} master_process off;` : each))
  return spawn(nginx.command, alone, { stdio: 'pipe' })
}

function limited(args: string[], execArgv: string[], descriptors: number): ChildProcess {
  // Node takes all that the hard limit allows, so that one is set.
  return fork(program, args, {
    execPath: '/bin/sh',
    execArgv: ['-c', `ulimit -n ${descriptors}; exec "$0" "$@"`, process.execPath, ...execArgv],
    stdio: 'pipe',
  })
}

// Clock ticks of /proc a second, on every Linux of today.
const ticks = 100

/** Time a process was on a CPU, user and system, in seconds. */
export function cpuSecondsOf(pid: number): number {
  const text = readFileSync(`/proc/${pid}/stat`, 'latin1')
  const [user, system] = text
    .slice(text.lastIndexOf(')') + 2)
    .split(' ')
    .slice(11, 13)
  return (Number(user) + Number(system)) / ticks
}

/** Whether a port serves the text that says this number at `/serial`. */
export function servesSerial(port: number, serial: number): () => Promise<boolean> {
  return async () => {
    try {
      return (await ask(port, '/serial')).body === String(serial)
    } catch {
      return false
    }
  }
}
