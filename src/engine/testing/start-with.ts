/** An engine that runs nginx text on free ports, for tests: what goes over the wire is what is looked at. */
import { mkdtempSync, rmSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Clock } from '../../base/clock.ts'
import type { Problem } from '../../base/problem.ts'
import { noLocal, type ActiveCheck, type Local } from '../../config/local.ts'
import type { Config } from '../../config/model.ts'
import { load } from '../../nginx/includes.ts'
import { readConfig } from '../../nginx/read.ts'
import { createEngine, type Engine, type FinishedExchange, type Reporter } from '../index.ts'

/** A running engine and what it told. */
export interface Started {
  readonly engine: Engine
  /** What the last apply found. */
  readonly problems: readonly Problem[]
  /** `severity: message` of every line of the error log. */
  readonly log: readonly string[]
  /** Resolves when this holds; looked at whenever the engine tells something. */
  until(holds: () => boolean): Promise<void>
  /** Resolves when the error log has a line that begins so. */
  logged(start: string): Promise<void>
  readonly exchanges: readonly FinishedExchange[]
  /** Folder of relative paths, gone after `stop`; ends with a slash. */
  readonly folder: string
  /** Applies another text; listens that are in both stay open. */
  apply(text: string): Promise<readonly Problem[]>
  /** Sends bytes to the listen of this port of the text and reads until the connection ends. */
  ask(bytes: string, port?: number): Promise<string>
  /** Sends bytes and leaves the connection open; what is returned closes it. */
  open(bytes: string, port?: number): Promise<() => void>
  /** `GET path` on a connection of its own; extra lines are whole field lines. */
  get(path: string, lines?: readonly string[], port?: number): Promise<string>
  /** The port that was opened for a port of the text. */
  port(port: number): number
  stop(): Promise<void>
}

/**
 * Starts; `http` is the inside of `http { }`. Ports in `listen` and in addresses of `proxy_pass` are names:
 * free ones are opened. `checks`: active checks by upstream.
 */
export async function startWith(
  http: string,
  options: { clock?: Clock; tap?: Reporter['tap']; checks?: Record<string, ActiveCheck> } = {},
): Promise<Started> {
  const folder = `${mkdtempSync(join(tmpdir(), 'engine-'))}/`
  const log: string[] = []
  const exchanges: FinishedExchange[] = []
  const lookers = new Set<() => void>()
  const engine = createEngine({
    prefix: folder,
    tempFolder: `${folder}temp`,
    lenient: true,
    reporter: {
      tap: options.tap,
      exchange: (finished) => {
        exchanges.push(finished)
        for (const look of lookers) look()
      },
      log: (severity, message) => {
        log.push(`${severity}: ${message}`)
        for (const look of lookers) look()
      },
    },
    ...(options.clock && { clock: options.clock }),
  })
  let problems: readonly Problem[] = []
  let listens = new Map<number, number>()

  async function apply(text: string): Promise<readonly Problem[]> {
    const config = read(text)
    // Applied twice: the ports are known once the sockets are open, and only then can a server be dialled.
    problems = await engine.apply(config, localOf(config, new Map(), options.checks))
    listens = new Map(
      engine.listeners().map(({ listen, port }) => [Number(/\d+$/.exec(listen)?.[0] ?? 0), port] as const),
    )
    if (!problems.some(({ severity }) => severity === 'error'))
      problems = await engine.apply(config, localOf(config, listens, options.checks))
    return problems
  }

  const until = (holds: () => boolean): Promise<void> =>
    new Promise((resolve) => {
      const look = (): void => {
        if (!holds()) return
        lookers.delete(look)
        resolve()
      }
      lookers.add(look)
      look()
    })
  const port = (name: number): number => listens.get(name) ?? name
  const ask = (bytes: string, name = 80): Promise<string> => exchangeBytes(port(name), bytes)
  await apply(http)
  return {
    engine,
    get problems() {
      return problems
    },
    log,
    until,
    logged: (start) => until(() => log.some((line) => line.startsWith(start))),
    exchanges,
    folder,
    apply,
    ask,
    open: (bytes, name = 80) => openWith(port(name), bytes),
    port,
    get: (path, lines = [], name = 80) =>
      ask(
        `GET ${path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n${lines.map((line) => `${line}\r\n`).join('')}\r\n`,
        name,
      ),
    stop: async () => {
      await engine.stop({ graceful: false })
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

function read(http: string): Config {
  const text = `http {\n${http}\n}\n`
  const loaded = load({ name: 'nginx.conf', text }, () => [], { strict: true })
  const { config, problems } = readConfig(loaded.statements, { strict: true })
  const wrong = [...loaded.problems, ...problems].find(({ severity }) => severity === 'error')
  if (wrong) throw new Error(`${wrong.message} in line ${(wrong.line ?? 1) - 1}`)
  return config
}

function localOf(config: Config, opened: ReadonlyMap<number, number>, checks: Local['checks']): Local {
  const names = (config.http?.servers ?? []).flatMap((server) =>
    (server.listen ?? [{ address: '*', port: 80 }]).map((listen) => listen.port ?? 80),
  )
  return {
    ...noLocal,
    checks,
    bind: '127.0.0.1',
    ports: Object.fromEntries(names.map((name) => [String(name), 0])),
    hosts: Object.fromEntries(
      [...opened].map(([name, real]) => [`127.0.0.1:${name}`, `127.0.0.1:${real}`] as const),
    ),
  }
}

function exchangeBytes(port: number, bytes: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = ''
    const socket = connect({ port, host: '127.0.0.1', noDelay: true }, () => socket.write(bytes, 'latin1'))
    socket.setEncoding('latin1')
    socket.on('data', (piece: string) => (text += piece))
    socket.on('error', reject)
    socket.on('close', () => resolve(text))
  })
}

function openWith(port: number, bytes: string): Promise<() => void> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true }, () => {
      socket.write(bytes, 'latin1')
      resolve(() => socket.destroy())
    })
    socket.on('error', reject)
    socket.resume()
  })
}
