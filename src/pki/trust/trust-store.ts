import type { Authority } from '../authority.ts'
import type { CommandResult, RunCommand } from './run-command.ts'

export type TrustState = 'trusted' | 'not-trusted' | 'unavailable'

/** Whether a store believes an authority, and why; JSON-safe. */
export interface TrustReport {
  readonly state: TrustState
  /** One sentence for a person; after a failed change, what failed and what to do by hand. */
  readonly reason: string
  /** The command that failed, as one would type it. */
  readonly failedCommand?: string
}

/** What a trust store needs of an authority. */
export type TrustedAuthority = Pick<Authority, 'name' | 'certificatePem' | 'certificateFile'>

/** Something that decides whom programs of this machine believe. */
export interface TrustStore {
  readonly id: 'linux-system' | 'nss-chromium' | 'nss-firefox' | 'macos-keychain' | 'windows-root'
  /** For a person: whose trust it is. */
  readonly label: string
  state(authority: TrustedAuthority): Promise<TrustReport>
  /** What `install` would run, as one would type it; empty when nothing is left to do. */
  installCommands(authority: TrustedAuthority): Promise<readonly string[]>
  uninstallCommands(authority: TrustedAuthority): Promise<readonly string[]>
  /** Makes the store believe the authority, and reports the state reached; does nothing when it does. */
  install(authority: TrustedAuthority): Promise<TrustReport>
  /** Makes the store forget the authority, and reports the state reached. */
  uninstall(authority: TrustedAuthority): Promise<TrustReport>
}

/** The machine whose stores are looked at; everything a test replaces. */
export interface TrustMachine {
  readonly platform: NodeJS.Platform
  /** The user's own folder. */
  readonly home: string
  /** `/`, or a folder that stands for it. */
  readonly root: string
  /** Windows' own folder, where its certutil.exe lies; that of NSS has the same name. */
  readonly windowsFolder: string
  readonly isAdministrator: boolean
  /** What is put before a command that needs an administrator: `sudo -n`, or `pkexec` on a desktop. */
  readonly elevate: readonly string[]
  readonly run: RunCommand
}

export interface Command {
  readonly program: string
  readonly args: readonly string[]
  readonly asAdministrator?: boolean
}

/** A store whose changes are commands run one after the other. */
export function commandTrustStore(
  machine: TrustMachine,
  parts: Pick<TrustStore, 'id' | 'label' | 'state'> & {
    readonly install: (authority: TrustedAuthority) => Promise<readonly Command[]>
    readonly uninstall: (authority: TrustedAuthority) => Promise<readonly Command[]>
  },
): TrustStore {
  const typed = (commands: readonly Command[]) => commands.map((command) => asTyped(machine, command))
  const change = async (authority: TrustedAuthority, commands: readonly Command[]): Promise<TrustReport> => {
    const before = await parts.state(authority)
    if (before.state === 'unavailable') return before
    for (const command of commands) {
      const failure = await failureOf(machine, command)
      if (failure !== undefined) {
        const failedCommand = asTyped(machine, command)
        const { state } = await parts.state(authority)
        return {
          state,
          reason: `${failure}; in a terminal, run: ${typed(commands).join(' && ')}`,
          failedCommand,
        }
      }
    }
    return parts.state(authority)
  }
  return {
    id: parts.id,
    label: parts.label,
    state: parts.state,
    installCommands: async (authority) => typed(await parts.install(authority)),
    uninstallCommands: async (authority) => typed(await parts.uninstall(authority)),
    install: async (authority) => change(authority, await parts.install(authority)),
    uninstall: async (authority) => change(authority, await parts.uninstall(authority)),
  }
}

/** The report for a program that is not installed. */
export function missingProgram(program: string, howToGetIt: string): TrustReport {
  return { state: 'unavailable', reason: `the program \`${program}\` is not installed; ${howToGetIt}` }
}

/** The line of a command's output that says most: the last of stderr, else of stdout. */
export function lastWords(result: CommandResult & { readonly status: 'exited' }): string {
  const lines = (text: string) => text.split('\n').flatMap((line) => line.trim() || [])
  return lines(result.stderr).at(-1) ?? lines(result.stdout).at(-1) ?? 'it said nothing'
}

async function failureOf(machine: TrustMachine, command: Command): Promise<string | undefined> {
  const elevate = command.asAdministrator === true && !machine.isAdministrator ? machine.elevate : []
  const [program = command.program, ...args] = [...elevate, command.program, ...command.args]
  const result = await machine.run(program, args)
  if (result.status === 'missing') return `the program \`${program}\` is not installed`
  return result.code === 0 ? undefined : `\`${program}\` ended with ${result.code}: ${lastWords(result)}`
}

function asTyped(machine: TrustMachine, command: Command): string {
  const sudo = command.asAdministrator === true && !machine.isAdministrator ? ['sudo'] : []
  const quote = machine.platform === 'win32' ? quotedForWindows : quotedForShell
  return [...sudo, command.program, ...command.args].map(quote).join(' ')
}

function quotedForShell(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`
}

function quotedForWindows(word: string): string {
  return /^[\w@+=:,./\\-]+$/.test(word) ? word : `"${word}"` // file names cannot hold a quote there
}
