/** All that listens for TCP on this machine, with the program behind it as far as the system tells it to us. */
import { execFile } from 'node:child_process'
import { readdir, readlink } from 'node:fs/promises'
import { promisify } from 'node:util'
import type { FoundService } from '../status/found-services.ts'
import { programName, tableText } from './port-owner.ts'

const run = promisify(execFile)
// Tools that hang must not keep somebody waiting who only wants to type a port.
const toolTimeoutMs = 3000

interface Socket {
  readonly address: string
  readonly port: number
  readonly pid?: number
  readonly process?: string
}

/** Sorted by port. `without`: process ids that are not told, ours. */
export async function listening(
  without: ReadonlySet<number>,
  platform: NodeJS.Platform = process.platform,
): Promise<FoundService[]> {
  const sockets = await socketsOf(platform)
  const byPort = new Map<number, Socket>()
  for (const socket of sockets) {
    if (socket.pid !== undefined && without.has(socket.pid)) continue
    const known = byPort.get(socket.port)
    if (!known || (known.process === undefined && socket.process !== undefined))
      byPort.set(socket.port, socket)
  }
  return [...byPort.values()]
    .sort((a, b) => a.port - b.port)
    .map(({ address, port, process }) => ({
      address: `${dialled(address)}:${port}`,
      port,
      ...(process !== undefined && { process }),
    }))
}

// Those that take everybody are dialled at home.
function dialled(address: string): string {
  if (address === '*' || address === '0.0.0.0' || address === '::' || address === '127.0.0.1')
    return '127.0.0.1'
  return address.includes(':') ? `[${address}]` : address
}

async function socketsOf(platform: NodeJS.Platform): Promise<Socket[]> {
  try {
    if (platform === 'linux') return await linuxSockets()
    if (platform === 'win32')
      return readNetstat((await run('netstat', ['-ano', '-p', 'TCP'], { timeout: toolTimeoutMs })).stdout)
    const { stdout } = await run('lsof', ['-nP', '-iTCP', '-sTCP:LISTEN', '-Fpcn'], {
      timeout: toolTimeoutMs,
    })
    return readLsof(stdout)
  } catch {
    return [] // no such tool, or not for us: then ports are typed by hand
  }
}

async function linuxSockets(): Promise<Socket[]> {
  const tables = await Promise.all(['/proc/net/tcp', '/proc/net/tcp6'].map(tableText))
  const rows = tables.flatMap(readProcTable)
  const owners = await ownersOf(new Set(rows.map(({ inode }) => `socket:[${inode}]`)))
  return rows.map(({ address, port, inode }) => ({ address, port, ...owners.get(`socket:[${inode}]`) }))
}

/** The listening rows of `/proc/net/tcp` or `tcp6`: state 0A, the inode in the tenth column. */
export function readProcTable(text: string): { address: string; port: number; inode: string }[] {
  return text.split('\n').flatMap((line) => {
    const row = line.trim().split(/\s+/)
    const [hex = '', port = ''] = row[1]?.split(':') ?? []
    if (row[3] !== '0A') return []
    return [{ address: procAddress(hex), port: parseInt(port, 16), inode: row[9] ?? '' }]
  })
}

// Words of four bytes, each in the machine's order, which is the little end first wherever this runs.
function procAddress(hex: string): string {
  const bytes =
    hex
      .toLowerCase()
      .match(/.{8}/g)
      ?.flatMap((word) => (word.match(/../g) ?? []).reverse()) ?? []
  const isMapped = bytes.length === 16 && bytes.slice(0, 12).join('') === '00000000000000000000ffff'
  if (bytes.length === 4 || isMapped)
    return bytes
      .slice(-4)
      .map((byte) => parseInt(byte, 16))
      .join('.')
  if (bytes.every((byte) => byte === '00')) return '::'
  if (bytes.slice(0, -1).every((byte) => byte === '00'))
    return `::${parseInt(bytes.at(-1) ?? '', 16).toString(16)}`
  return (bytes.join('').match(/.{4}/g) ?? []).map((word) => parseInt(word, 16).toString(16)).join(':')
}

async function ownersOf(wanted: ReadonlySet<string>): Promise<Map<string, { pid: number; process: string }>> {
  const owners = new Map<string, { pid: number; process: string }>()
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name))
  await Promise.all(
    pids.map(async (pid) => {
      const held = (await socketsHeldBy(pid)).filter((link) => wanted.has(link))
      if (held.length === 0) return
      const name = await programName(pid).catch(() => undefined /* it has just ended */)
      if (name !== undefined) for (const link of held) owners.set(link, { pid: Number(pid), process: name })
    }),
  )
  return owners
}

async function socketsHeldBy(pid: string): Promise<string[]> {
  try {
    const descriptors = await readdir(`/proc/${pid}/fd`)
    return await Promise.all(descriptors.map((fd) => readlink(`/proc/${pid}/fd/${fd}`).catch(() => '')))
  } catch {
    return [] // another user's process, or one that has just ended
  }
}

/** What `lsof -Fpcn` prints: lines that begin with p (process), c (command), n (`*:3000`, `127.0.0.1:3000`). */
export function readLsof(text: string): Socket[] {
  const sockets: Socket[] = []
  let pid: number | undefined
  let process: string | undefined
  for (const line of text.split('\n')) {
    const value = line.slice(1)
    if (line.startsWith('p')) [pid, process] = [Number(value), undefined]
    else if (line.startsWith('c')) process = value
    else if (line.startsWith('n')) {
      const [, address, port] = /^(.*):(\d+)$/.exec(value) ?? []
      if (address === undefined || port === undefined) continue
      sockets.push({
        address: address.replace(/^\[|\]$/g, ''),
        port: Number(port),
        ...(pid !== undefined && { pid }),
        ...(process !== undefined && { process }),
      })
    }
  }
  return sockets
}

/** What `netstat -ano` prints on Windows; it names no programs. */
export function readNetstat(text: string): Socket[] {
  return text.split(/\r?\n/).flatMap((line) => {
    const [protocol, local = '', remote = '', , pid] = line.trim().split(/\s+/)
    // In every language of Windows what listens has no other end.
    const [, address, port] = /^(.*):(\d+)$/.exec(local) ?? []
    if (protocol !== 'TCP' || !/:0$/.test(remote) || address === undefined || port === undefined) return []
    return [
      { address: address.replace(/^\[|\]$/g, ''), port: Number(port), ...(pid && { pid: Number(pid) }) },
    ]
  })
}
