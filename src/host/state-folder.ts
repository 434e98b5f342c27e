/**
 * Where state is kept, and by whom: one program at a time. The lock is a file with the process that holds it;
 * that of a process that is gone is taken over.
 */
import { readFileSync } from 'node:fs'
import { mkdir, readFile, rename } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join, posix, resolve, win32 } from 'node:path'
import { createAtomically, isSystemError, preparePrivateFolder, removeFile } from '../pki/private-file.ts'

/** $SLUICEGATE_HOME, or where this platform keeps the data of programs. */
export function defaultStateFolder(
  env: NodeJS.ProcessEnv = process.env,
  platform: NodeJS.Platform = process.platform,
  home: string = homedir(),
): string {
  const { join } = platform === 'win32' ? win32 : posix
  if (env['SLUICEGATE_HOME']) return resolve(env['SLUICEGATE_HOME'])
  if (platform === 'win32') return join(env['APPDATA'] || join(home, 'AppData', 'Roaming'), 'Sluicegate')
  if (platform === 'darwin') return join(home, 'Library', 'Application Support', 'Sluicegate')
  return join(env['XDG_DATA_HOME'] || join(home, '.local', 'share'), 'sluicegate')
}

/** Another program has the state folder. */
export class FolderInUseError extends Error {
  override readonly name = 'FolderInUseError'
  readonly pid: number
  constructor(folder: string, pid: number) {
    super(
      `Sluicegate is already running (process ${pid}) with the state folder ${folder}; ` +
        `use its window, stop it, or choose another folder with --state or SLUICEGATE_HOME`,
    )
    this.pid = pid
  }
}

/** A state folder that is ours until `release`. */
export interface HeldFolder {
  readonly folder: string
  release(): Promise<void>
}

interface Holder {
  pid: number
  /** When the process began, in the system's own count: an id is given again after a restart of the machine. */
  begun?: string | undefined
}

/** Makes the folder (readable by its owner only) and takes it. Throws `FolderInUseError`. */
export async function holdFolder(folder: string): Promise<HeldFolder> {
  const lock = join(folder, 'lock')
  const mine = JSON.stringify({ pid: process.pid, begun: begunOf(process.pid) } satisfies Holder)
  try {
    await mkdir(folder, { recursive: true })
    await preparePrivateFolder(folder)
    // Looked at before anything is written: on a full disk, too, it is known who has the folder.
    do await removeStale(folder, lock)
    while (!(await createAtomically(lock, mine, 0o600)))
  } catch (cause) {
    throw cause instanceof FolderInUseError ? cause : unusable(folder, cause)
  }
  return {
    folder,
    // Asked to end twice, a program lets go twice.
    release: async () => {
      if ((await textOf(lock)) === mine) await removeFile(lock)
    },
  }
}

function unusable(folder: string, cause: unknown): Error {
  const why = isSystemError(cause, 'ENOSPC', 'EDQUOT')
    ? 'the disk is full; make room'
    : `${cause instanceof Error ? cause.message : String(cause)}; make it writable`
  const message = `the state folder ${folder} cannot be used: ${why}, or choose another with --state or SLUICEGATE_HOME`
  return new Error(message, { cause })
}

async function removeStale(folder: string, lock: string): Promise<void> {
  const text = await textOf(lock)
  if (text === undefined) return // nobody has it, or it was let go just now
  const holder = parseHolder(text)
  if (holder && isAlive(holder)) throw new FolderInUseError(folder, holder.pid)
  // Two programs may find the same stale lock: what was renamed must be what was judged.
  const taken = `${lock}.${process.pid}`
  try {
    await rename(lock, taken)
  } catch (error) {
    if (isSystemError(error, 'ENOENT')) return // the other was first
    throw error
  }
  const found = await textOf(taken)
  if (found !== undefined && found !== text) await createAtomically(lock, found, 0o600)
  await removeFile(taken)
}

async function textOf(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    if (isSystemError(error, 'ENOENT')) return undefined
    throw error
  }
}

/** Undefined for a lock nobody can have written: a crash of the machine left it empty. */
function parseHolder(text: string): Holder | undefined {
  try {
    const holder = JSON.parse(text) as Partial<Holder>
    return typeof holder.pid === 'number' ? { pid: holder.pid, begun: holder.begun } : undefined
  } catch {
    return undefined // said by the result
  }
}

function isAlive({ pid, begun }: Holder): boolean {
  try {
    process.kill(pid, 0)
  } catch (error) {
    if (!isSystemError(error, 'EPERM')) return false // EPERM: alive, and another user's
  }
  return begun === undefined || begunOf(pid) === begun
}

/** Field 22 of /proc/PID/stat, counted behind the name, which may hold anything; undefined where there is no /proc. */
function begunOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]
  } catch {
    return undefined // no /proc: then only the id tells
  }
}
