import { homedir } from 'node:os'
import { linuxSystemStore } from './trust/linux-system.ts'
import { macosKeychainStore } from './trust/macos-keychain.ts'
import { chromiumStore, firefoxStore } from './trust/nss.ts'
import { runCommand } from './trust/run-command.ts'
import type { TrustMachine, TrustStore } from './trust/trust-store.ts'
import { windowsRootStore } from './trust/windows-root.ts'

/**
 * The trust stores of a machine, each able to say whether it believes an authority and which commands
 * would change that. Firefox reads the system's store on Windows, so it has none of its own there.
 */
export function trustStores(machine: TrustMachine = thisMachine()): readonly TrustStore[] {
  switch (machine.platform) {
    case 'linux':
      return [linuxSystemStore(machine), chromiumStore(machine), firefoxStore(machine)]
    case 'darwin':
      return [macosKeychainStore(machine), firefoxStore(machine)]
    case 'win32':
      return [windowsRootStore(machine)]
    default:
      return []
  }
}

/** This machine. `sudo -n` fails instead of asking: a host without a terminal must not wait for a password. */
export function thisMachine(): TrustMachine {
  return {
    platform: process.platform,
    home: homedir(),
    root: '/',
    windowsFolder: process.env.SystemRoot ?? 'C:\\Windows',
    isAdministrator: process.getuid?.() === 0,
    elevate: ['sudo', '-n'],
    run: runCommand,
  }
}
