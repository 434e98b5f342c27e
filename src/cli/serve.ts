/** `sluicegate serve`: the host in this process, and the window in a browser. */
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { hasErrors } from '../base/problem.ts'
import type { ProxyState } from '../contract/program.ts'
import type { Host } from '../host/index.ts'
import { keptSecret } from '../host/kept-secret.ts'
import { startProgram, type Program } from '../host/start.ts'
import { importFile } from './import.ts'
import { announce, withdraw } from './running.ts'
import { exitCodes, shownProblem, type Terminal } from './terminal.ts'
import { readWebFiles } from './web-files.ts'
import { startWebServer, type WebServer } from './web-server.ts'

export interface ServeOptions {
  /** The built window. */
  readonly windowFolder: string
  /** The port of the window. */
  readonly port: number
  /** Absent: the user's own, or that of the demo. */
  readonly state: string | undefined
  /** An nginx.conf that is imported before anything starts. */
  readonly config: string | undefined
  readonly demo: boolean
  readonly demoBase: number | undefined
  /** The ports that 80 and 443 are opened at. */
  readonly httpPort: number | undefined
  readonly httpsPort: number | undefined
  /** Opens the address in a browser. */
  readonly open: boolean
  /** Says that the address is to be opened, to somebody who may have expected a window. */
  readonly openHint: boolean
}

interface Running {
  readonly program: Program
  readonly web: WebServer
}

// Enough for answers that are under way; streams and WebSockets would go on for ever.
const patienceMs = 3000

/** Runs until it is interrupted; the second time, at once. */
export async function serve(
  options: ServeOptions,
  terminal: Terminal,
  interrupted: Interruptions,
): Promise<number> {
  const running = await start(options, terminal)
  if (!running) return exitCodes.failed
  if (options.open) openInBrowser(running.web.address)
  await interrupted.first
  terminal.err('ending …')
  await stop(running, interrupted.second)
  return exitCodes.ok
}

async function start(options: ServeOptions, terminal: Terminal): Promise<Running | undefined> {
  const files = await windowFiles(options.windowFolder)
  const { state, demo, demoBase, config } = options
  const program = await startProgram({ face: 'browser', state, demo, demoBase })
  const { host } = program
  try {
    if (config !== undefined && (await importFile(host.connect(), config, terminal)) !== exitCodes.ok) {
      await program.stop({ graceful: true })
      return undefined
    }
    await mapPorts(host, options)
    const token = await keptSecret(join(host.folder, 'web-token'))
    const web = await startWebServer({
      port: options.port,
      token,
      files,
      serve: (channel) => host.serve(channel),
    })
    await announce(host.folder, { port: web.port, token })
    await host.start()
    const { state: proxy, listeners } = host.proxyState()
    const secure = proxy === 'running' && listeners.some(({ ssl }) => ssl)
    const authority = secure ? await authorityFile(host, terminal) : undefined
    tell(host, web, { ...options, authority }, terminal)
    return { program, web }
  } catch (error) {
    await program.stop({ graceful: false })
    throw error
  }
}

async function windowFiles(folder: string): ReturnType<typeof readWebFiles> {
  if (!existsSync(join(folder, 'index.html')))
    throw new Error(`the window is not built (${folder} has no index.html); run: npm run build`)
  return readWebFiles(folder)
}

async function mapPorts(host: Host, { httpPort, httpsPort }: ServeOptions): Promise<void> {
  if (httpPort === undefined && httpsPort === undefined) return
  await host.editLocal((local) => ({
    ...local,
    ports: {
      ...local.ports,
      ...(httpPort !== undefined && { '80': httpPort }),
      ...(httpsPort !== undefined && { '443': httpsPort }),
    },
  }))
}

/** Made now where there is none yet, so that what is printed can be given to curl at once. */
async function authorityFile(host: Host, terminal: Terminal): Promise<string | undefined> {
  try {
    return (await host.connect().call('certificates.authority')).file
  } catch (error) {
    terminal.err(`certificates: ${error instanceof Error ? error.message : String(error)}`)
    return undefined
  }
}

function tell(
  host: Host,
  web: WebServer,
  options: ServeOptions & { readonly authority: string | undefined },
  terminal: Terminal,
): void {
  const { state, problems, listeners } = host.proxyState()
  const recovered = host.recovered()
  terminal.out(`Sluicegate is running: ${web.address}`)
  if (options.openHint) terminal.out('  open this address in a browser of this machine')
  if (web.port !== options.port && options.port !== 0)
    terminal.out(`  port ${options.port} was taken, so the window is at port ${web.port}`)
  for (const listener of listeners) terminal.out(`  ${shownListener(listener)}`)
  if (state === 'running' && listeners.length === 0)
    terminal.out('  nothing listens yet: import an nginx.conf or make a route in the window')
  if (options.authority !== undefined)
    terminal.out(
      `  certificates are signed by ${options.authority}; npx sluicegate trust makes this machine believe it`,
    )
  const demo = options.demo ? listeners.find(({ ssl }) => ssl) : undefined
  if (demo) terminal.out(`  the demo: https://app.localhost:${demo.port}`)
  if (recovered !== undefined) terminal.out(`  ${recovered}`)
  for (const problem of problems) terminal.out(`  ${shownProblem(problem)}`)
  if (hasErrors(problems))
    terminal.out('  the proxy does not run; put that right in the window and start it there')
  terminal.out('  Ctrl-C ends it')
}

function shownListener({ listen, address, port, ssl }: ProxyState['listeners'][number]): string {
  const mapped =
    listen === String(port) || listen.endsWith(`:${port}`) ? '' : `, for ${listen} of the configuration`
  return `listening on ${address}${ssl ? ' (TLS)' : ''}${mapped}`
}

async function stop({ program, web }: Running, atOnce: Promise<unknown>): Promise<void> {
  await withdraw(program.host.folder)
  await web.close()
  const graceful = program.stop({ graceful: true })
  const timer = new AbortController()
  const impatience = new Promise((resolve) => {
    const timeout = setTimeout(resolve, patienceMs)
    timer.signal.addEventListener('abort', () => clearTimeout(timeout))
  })
  const ended = await Promise.race([
    graceful.then(() => true),
    atOnce.then(() => false),
    impatience.then(() => false),
  ])
  timer.abort()
  if (!ended) await program.stop({ graceful: false })
}

/** The first and the second time somebody wants the program to end. */
export interface Interruptions {
  readonly first: Promise<unknown>
  readonly second: Promise<unknown>
}

/** Ctrl-C and what ends services. Asked for before anything starts, so that none that comes early is lost. */
export function signals(): Interruptions {
  const asked: (() => void)[] = []
  const next = (): Promise<void> => new Promise((resolve) => asked.push(resolve))
  const both = { first: next(), second: next() }
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => asked.shift()?.())
  return both
}

/** Whatever this system opens addresses with; where there is nothing, the address is printed all the same. */
function openInBrowser(address: string): void {
  const [program, ...args] =
    process.platform === 'darwin'
      ? ['open', address]
      : process.platform === 'win32'
        ? ['cmd', '/c', 'start', '', address]
        : ['xdg-open', address]
  if (program === undefined) return
  const child = spawn(program, args, { stdio: 'ignore', detached: true })
  child.on('error', () => undefined) // no such program
  child.unref()
}
