/** Who listens on a port of this machine, as far as the system tells it to us. */
import { readdir, readFile, readlink } from 'node:fs/promises'
import { basename } from 'node:path'

export interface PortOwner {
  readonly pid: number
  /** What a reader calls the program: `node server.js`, `nginx: master process`. */
  readonly name: string
}

/** The listening process, undefined where it cannot be known: other systems, other users' processes. */
export async function portOwner(port: number): Promise<PortOwner | undefined> {
  if (process.platform !== 'linux') return undefined
  try {
    const sockets = await listeningSockets(port)
    if (sockets.size === 0) return undefined
    for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name)))
      if (await holdsAny(pid, sockets)) return { pid: Number(pid), name: await programName(pid) }
  } catch {
    // /proc is not mounted, or not for us: then it is not known.
  }
  return undefined
}

/** What `/proc/PID/fd` calls the sockets that listen on a port: `socket:[12345]`. */
async function listeningSockets(port: number): Promise<Set<string>> {
  const tables = await Promise.all(['/proc/net/tcp', '/proc/net/tcp6'].map(tableText))
  const local = `:${port.toString(16).toUpperCase().padStart(4, '0')}`
  const rows = tables.flatMap((text) => text.split('\n').map((line) => line.trim().split(/\s+/)))
  // Columns: number, local address, remote address, state (0A is LISTEN), …, the tenth is the inode.
  const listening = rows.filter((row) => row[1]?.endsWith(local) && row[3] === '0A')
  return new Set(listening.map((row) => `socket:[${row[9]}]`))
}

/** A table of /proc/net, empty where there is none. */
export async function tableText(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8')
  } catch {
    return '' // a machine without IPv6 has no such table
  }
}

async function holdsAny(pid: string, sockets: ReadonlySet<string>): Promise<boolean> {
  try {
    const descriptors = await readdir(`/proc/${pid}/fd`)
    const links = await Promise.all(
      descriptors.map((fd) => readlink(`/proc/${pid}/fd/${fd}`).catch(() => '' /* closed meanwhile */)),
    )
    return links.some((link) => sockets.has(link))
  } catch {
    return false // another user's process, or one that has just ended
  }
}

/** What a reader calls a process. Rejects where it has ended. */
export async function programName(pid: string): Promise<string> {
  const [program = '', script = ''] = (await readFile(`/proc/${pid}/cmdline`, 'utf8')).split('\0')
  const name = basename(program)
  const runsScript = /^(node|python|ruby|perl|java)/.test(name) && script !== '' && !script.startsWith('-')
  return runsScript ? `${name} ${basename(script)}` : name
}
