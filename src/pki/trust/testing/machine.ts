import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { loadOrCreateAuthority } from '../../authority.ts'
import type { CommandResult, RunCommand } from '../run-command.ts'
import type { TrustMachine } from '../trust-store.ts'

/** 2026-03-04, noon. */
export const startMs = Date.UTC(2026, 2, 4, 12, 0, 0)

/** The result of a program that ran to its end. */
export function exited(code: number, said: { stdout?: string; stderr?: string } = {}): CommandResult {
  return { status: 'exited', code, stdout: said.stdout ?? '', stderr: said.stderr ?? '' }
}

/**
 * A Linux below `folder` with an authority of its own. Unless `parts` has another `run`, its commands
 * are answered by `answer` and kept in `ran`.
 */
export async function machineIn(
  folder: string,
  parts: Partial<TrustMachine> & {
    readonly answer?: (command: string) => CommandResult | Promise<CommandResult>
  } = {},
) {
  const home = join(folder, 'home')
  const root = join(folder, 'root')
  await Promise.all([home, root].map((path) => mkdir(path)))
  const options = { now: () => startMs, name: 'ada@laptop' }
  const { authority } = await loadOrCreateAuthority(join(folder, 'pki'), options)
  const ran: string[] = []
  const run: RunCommand = async (program, args) => {
    const command = [program, ...args].join(' ')
    ran.push(command)
    return (await parts.answer?.(command)) ?? exited(0)
  }
  const machine: TrustMachine = {
    platform: 'linux',
    home,
    root,
    windowsFolder: 'C:\\Windows',
    isAdministrator: false,
    elevate: ['sudo', '-n'],
    run,
    ...parts,
  }
  return { machine, authority, ran, home, root }
}
