/**
 * Starts a program that takes nginx's command line (Debian's nginx, or ours) on a configuration text, in a
 * folder of its own, and stops it again. Nothing here depends on the tests that use it.
 */
import { spawn, type ChildProcess } from 'node:child_process'
import { chmod, mkdir, mkdtemp, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { existsSync } from 'node:fs'
import net from 'node:net'
import os from 'node:os'
import path from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

export type EngineName = 'nginx' | 'sluicegate'

/** A file below the prefix; `modified` sets what Last-Modified will say. */
export type PrefixFile = { path: string; bytes: string; modified?: Date }

export type EngineOptions = {
  engine: EngineName
  /** A complete nginx.conf; see `wholeConfig` for one made of an http-level text. */
  config: string
  /** The folder given as `-p`, made by `makePrefix`. */
  prefix: string
  /** How long starting, and stopping, may take, in milliseconds. */
  deadlineMs?: number
  /** The severity written to error.log. */
  logLevel?: string
  env?: Record<string, string>
}

export type StopReport = { code: number | null; signal: NodeJS.Signals | null; errorLog: string }

/** The program said no: `output` is what it printed. */
export class EngineRefused extends Error {
  readonly code: number | null
  readonly output: string
  constructor(code: number | null, output: string) {
    super(`exit code ${code}: ${output.trim()}`)
    this.name = 'EngineRefused'
    this.code = code
    this.output = output
  }
}

const root = fileURLToPath(new URL('../..', import.meta.url))

/** The command of an engine and the arguments before nginx's own, or undefined when it is not there. */
export function engineCommand(engine: EngineName): { command: string; args: string[] } | undefined {
  if (engine === 'sluicegate') {
    const script = path.join(root, 'bin/sluicegate-nginx.js')
    return existsSync(script) ? { command: process.execPath, args: [script] } : undefined
  }
  const folders = [...(process.env['PATH'] ?? '').split(':'), '/usr/sbin', '/usr/local/sbin']
  const command = folders.map((folder) => path.join(folder, 'nginx')).find((file) => existsSync(file))
  return command ? { command, args: [] } : undefined
}

/** A fresh folder for one engine; nginx's workers run as nobody when we are root, so others may read it. */
export async function makePrefix(files: PrefixFile[] = []): Promise<string> {
  const prefix = await mkdtemp(path.join(os.tmpdir(), 'sluicegate-e2e-'))
  await chmod(prefix, 0o755)
  for (const file of files) await writePrefixFile(prefix, file)
  return prefix
}

export async function writePrefixFile(prefix: string, file: PrefixFile): Promise<void> {
  const full = path.join(prefix, file.path)
  await mkdir(path.dirname(full), { recursive: true, mode: 0o755 })
  await writeFile(full, Buffer.from(file.bytes, 'latin1'), { mode: 0o644 })
  if (file.modified) await utimes(full, file.modified, file.modified)
}

/** Removes a prefix; a worker may still be unlinking its own files, hence the retries. */
export async function removePrefix(prefix: string): Promise<void> {
  await rm(prefix, { recursive: true, force: true, maxRetries: 3 })
}

/**
 * A complete nginx.conf around a text that belongs into `http`, which begins at its third line; one that has its
 * own `http` stays as it is.
 */
export function wholeConfig(engine: EngineName, text: string): string {
  if (/^\s*(http|events)\s*\{/m.test(text)) return text
  // An ordinary user may not write where Debian's nginx keeps its temporary files.
  const others = engine === 'nginx' ? ['fastcgi', 'uwsgi', 'scgi'] : []
  const paths = ['client_body', 'proxy', ...others].map((name) => ` ${name}_temp_path temp_${name};`)
  const log = /^access_log\s/m.test(text) ? '' : ' access_log off;'
  return `events {}\nhttp {${log}${paths.join('')}\n${text}\n}\n`
}

const reserved = new Set<number>()

/**
 * A port of 127.0.0.1 that nobody listens on. It is taken from below the range the kernel hands out itself,
 * so that no outgoing connection can sit on it when the engine binds it.
 */
export async function freePort(): Promise<number> {
  for (let tries = 0; tries < 200; tries++) {
    const port = 10_000 + Math.floor(Math.random() * 22_000)
    if (!reserved.has(port) && (await canBind(port))) {
      reserved.add(port)
      return port
    }
  }
  throw new Error('no free port between 10000 and 32000')
}

function canBind(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = net.createServer()
    server.once('error', () => resolve(false))
    server.listen({ port, host: '0.0.0.0', exclusive: true }, () => server.close(() => resolve(true)))
  })
}

/** Runs the engine to its end, e.g. with `-t`; standard output and error come back as one text. */
export async function runEngine(
  engine: EngineName,
  args: string[],
  deadlineMs = 20_000,
): Promise<{ code: number | null; output: string }> {
  const run = spawnEngine(engine, args)
  if (!(await leaves(run, deadlineMs))) {
    killGroup(run.child, 'SIGKILL')
    throw new Error(`${engine} ${args.join(' ')} did not end within ${deadlineMs} ms`)
  }
  return { code: run.child.exitCode, output: run.output() }
}

/** A started engine; `stop` it in the end, or at least `kill` it. */
export class Engine {
  readonly engine: EngineName
  readonly prefix: string
  readonly pid: number
  #run: Run
  #deadlineMs: number

  constructor(options: EngineOptions, run: Run, pid: number) {
    this.engine = options.engine
    this.prefix = options.prefix
    this.pid = pid
    this.#run = run
    this.#deadlineMs = options.deadlineMs ?? 20_000
  }

  /** What the program printed. */
  get output(): string {
    return this.#run.output()
  }

  signal(name: NodeJS.Signals): void {
    process.kill(this.pid, name)
  }

  /** Asks the program to leave (QUIT: when its requests are answered) and waits for it. */
  async stop(signal: 'SIGQUIT' | 'SIGTERM' = 'SIGQUIT'): Promise<StopReport> {
    const { child } = this.#run
    if (!hasLeft(child)) child.kill(signal)
    if (!(await leaves(this.#run, this.#deadlineMs))) {
      this.kill()
      const log = await readIfThere(path.join(this.prefix, 'error.log'))
      throw new Error(`${this.engine} did not leave within ${this.#deadlineMs} ms of ${signal}\n${log}`)
    }
    return {
      code: child.exitCode,
      signal: child.signalCode,
      errorLog: await readIfThere(path.join(this.prefix, 'error.log')),
    }
  }

  /** Ends the program and its workers at once. */
  kill(): void {
    killGroup(this.#run.child, 'SIGKILL')
  }
}

/**
 * Starts an engine and waits until its pid file says that every listener is bound.
 * Throws EngineRefused with what it printed when it leaves instead.
 */
export async function startEngine(options: EngineOptions): Promise<Engine> {
  const { engine, prefix, deadlineMs = 20_000 } = options
  await writePrefixFile(prefix, { path: 'nginx.conf', bytes: options.config })
  const globals = `daemon off; pid nginx.pid; error_log error.log ${options.logLevel ?? 'info'};`
  const args = ['-p', `${prefix}/`, '-c', 'nginx.conf', '-e', 'error.log', '-g', globals]
  const run = spawnEngine(engine, args, options.env)
  const deadline = performance.now() + deadlineMs
  while (performance.now() < deadline) {
    if (hasLeft(run.child)) {
      await leaves(run, deadlineMs)
      throw new EngineRefused(run.child.exitCode, run.output())
    }
    const pid = Number(await readIfThere(path.join(prefix, 'nginx.pid')))
    if (pid > 0) return new Engine(options, run, pid)
    await delay(5)
  }
  killGroup(run.child, 'SIGKILL')
  throw new Error(`${engine} wrote no pid file within ${deadlineMs} ms\n${run.output()}`)
}

/** A spawned program: `closed` settles when it has left and all it printed was read. */
type Run = { child: ChildProcess; output: () => string; closed: Promise<void> }

const children = new Set<ChildProcess>()

// Whatever way this process leaves, nothing it started stays behind.
process.on('exit', () => {
  for (const child of children) killGroup(child, 'SIGKILL')
})

function spawnEngine(engine: EngineName, args: string[], env?: Record<string, string>): Run {
  const found = engineCommand(engine)
  if (!found) throw new Error(`${engine} is not installed`)
  // A group of its own, so that nginx's workers can be ended with their master.
  const child = spawn(found.command, [...found.args, ...args], {
    cwd: os.tmpdir(),
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
    env: { ...process.env, ...env },
  })
  children.add(child)
  let text = ''
  const collect = (chunk: Buffer) => (text += chunk.toString('utf8'))
  child.stdout.on('data', collect)
  child.stderr.on('data', collect)
  const closed = new Promise<void>((resolve) => {
    child.once('error', (error) => {
      text += error.message
      resolve()
    })
    child.once('close', () => {
      children.delete(child)
      resolve()
    })
  })
  return { child, output: () => text, closed }
}

function hasLeft(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null
}

/** Whether the program leaves within the deadline. */
async function leaves(run: Run, deadlineMs: number): Promise<boolean> {
  const late = new AbortController()
  const gone = run.closed.then(() => true)
  const inTime = await Promise.race([gone, delay(deadlineMs, false, { signal: late.signal })])
  late.abort()
  return inTime
}

function killGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined) return
  try {
    process.kill(-child.pid, signal)
  } catch {
    // The group is gone already, which is what was wanted.
  }
}

/** A file as latin1, or '' while it does not exist. */
export async function readIfThere(file: string): Promise<string> {
  return (await stat(file).catch(() => undefined)) ? readFile(file, 'latin1') : ''
}
