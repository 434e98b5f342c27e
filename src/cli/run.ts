/** The commands and their options. */
import { join, resolve } from 'node:path'
import { parseArgs, type ParseArgsConfig } from 'node:util'
import { programFolder, programVersion } from '../host/program.ts'
import { defaultStateFolder } from '../host/state-folder.ts'
import { check } from './check.ts'
import { exportText } from './export.ts'
import { importFile } from './import.ts'
import { withHost } from './running.ts'
import { serve, signals, type ServeOptions } from './serve.ts'
import { exitCodes, processTerminal, UsageError, type Terminal } from './terminal.ts'
import { trust } from './trust.ts'

const help = `Sluicegate runs your nginx routing on your laptop.

  sluicegate serve [options]         run it, with its window in a browser
    --port N                         port of the window (7300, or a free one)
    --config FILE                    import this nginx.conf first
    --demo                           also start demo services and routes to them (--demo-base PORT: not at 3000)
    --http-port N, --https-port N    where ports 80 and 443 of the configuration are opened (8080, 8443)
    --open                           open the window in the browser
  sluicegate check FILE [--strict]   say what is wrong with an nginx.conf; strict: refuse the unknown, as nginx does
  sluicegate import FILE             take an nginx.conf over as the saved configuration
  sluicegate export [-o FILE]        write the saved configuration as nginx.conf
    --local                          as it runs here: ports, hosts and certificates of this machine
  sluicegate trust [--show|--remove] make browsers and tools trust the local certificate authority
  sluicegate --help, --version

  --state DIR                        where state is kept (serve, import, export, trust); else $SLUICEGATE_HOME,
                                     else ${defaultStateFolder({})}

Exit codes: 0 done, 1 the configuration has errors or something failed, 2 wrong usage.
To run an nginx.conf with nginx's own arguments: sluicegate-nginx -h`

type Options = NonNullable<ParseArgsConfig['options']>

const state = { state: { type: 'string' } } as const satisfies Options

/** Runs a command line; answers its exit code. */
export async function run(argv: readonly string[], terminal: Terminal = processTerminal): Promise<number> {
  const [command, ...args] = argv
  try {
    return await runCommand(command, args, terminal)
  } catch (error) {
    terminal.err(`sluicegate: ${error instanceof Error ? error.message : String(error)}`)
    if (!(error instanceof UsageError)) return exitCodes.failed
    terminal.err('Try: sluicegate --help')
    return exitCodes.usage
  }
}

async function runCommand(command: string | undefined, args: string[], terminal: Terminal): Promise<number> {
  switch (command) {
    case undefined:
    case 'help':
    case '-h':
    case '--help':
      terminal.out(help)
      return exitCodes.ok
    case '-v':
    case '--version':
      terminal.out(`sluicegate ${programVersion()}`)
      return exitCodes.ok
    case 'serve':
      return serve(serveOptions(args), terminal, signals())
    case 'check': {
      const { values, positionals } = parse(args, { strict: { type: 'boolean' } })
      return check(onlyFile(command, positionals), { strict: values.strict ?? false }, terminal)
    }
    case 'import': {
      const { values, positionals } = parse(args, state)
      const file = onlyFile(command, positionals)
      return withHost(stateFolder(values.state), (client) => importFile(client, file, terminal))
    }
    case 'export': {
      const { values, positionals } = parse(args, {
        ...state,
        local: { type: 'boolean' },
        output: { type: 'string', short: 'o' },
      })
      noFile(command, positionals)
      const { local = false, output: file } = values
      return withHost(stateFolder(values.state), (client) => exportText(client, { local, file }, terminal))
    }
    case 'trust': {
      const { values, positionals } = parse(args, {
        ...state,
        show: { type: 'boolean' },
        remove: { type: 'boolean' },
      })
      noFile(command, positionals)
      const { show = false, remove = false } = values
      return withHost(stateFolder(values.state), (client) => trust(client, { show, remove }, terminal))
    }
    default:
      throw new UsageError(`there is no command "${command}"`)
  }
}

function serveOptions(args: string[]): ServeOptions {
  const { values, positionals } = parse(args, {
    ...state,
    port: { type: 'string' },
    config: { type: 'string' },
    demo: { type: 'boolean' },
    'demo-base': { type: 'string' },
    'http-port': { type: 'string' },
    'https-port': { type: 'string' },
    open: { type: 'boolean' },
    // `npm start` says that nobody asked for a browser: the address is printed for a person to open.
    'open-hint': { type: 'boolean' },
  })
  noFile('serve', positionals)
  return {
    windowFolder: join(programFolder(), 'out', 'renderer'),
    port: portOf('--port', values.port) ?? 7300,
    state: values.state === undefined ? undefined : stateFolder(values.state),
    config: values.config,
    demo: values.demo ?? false,
    demoBase: portOf('--demo-base', values['demo-base']),
    httpPort: portOf('--http-port', values['http-port']),
    httpsPort: portOf('--https-port', values['https-port']),
    open: values.open ?? false,
    openHint: values['open-hint'] ?? false,
  }
}

function stateFolder(given: string | undefined): string {
  return given === undefined ? defaultStateFolder() : resolve(given)
}

function parse<const T extends Options>(args: string[], options: T) {
  try {
    return parseArgs({ args, options, allowPositionals: true, strict: true })
  } catch (cause) {
    throw new UsageError(cause instanceof Error ? cause.message : String(cause), { cause })
  }
}

function portOf(option: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  const port = /^\d+$/.test(text) ? Number(text) : -1
  if (port < 0 || port > 65_535) throw new UsageError(`${option} takes a port, 0 to 65535, not "${text}"`)
  return port
}

function onlyFile(command: string, positionals: readonly string[]): string {
  const [file, another] = positionals
  if (file === undefined || another !== undefined) throw new UsageError(`${command} takes exactly one file`)
  return file
}

function noFile(command: string, positionals: readonly string[]): void {
  if (positionals[0] !== undefined) throw new UsageError(`${command} takes no "${positionals[0]}"`)
}
