// Who listens on a port, as far as this system tells it to us.
import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { basename } from 'node:path'

/**
 * The process that listens on a TCP port of this machine, where it can be known (other users' processes often cannot).
 * @param {number} port
 * @returns {{ pid: number, name: string } | undefined}
 */
export function portOwner(port) {
  try {
    return process.platform === 'linux'
      ? fromProc(port)
      : process.platform === 'darwin'
        ? fromLsof(port)
        : undefined
  } catch {
    return undefined // not told: then it is not known
  }
}

/**
 * /proc/net/tcp says which inode listens, /proc/PID/fd whose it is.
 * @param {number} port
 */
function fromProc(port) {
  const hex = `:${port.toString(16).toUpperCase().padStart(4, '0')}`
  const inodes = ['/proc/net/tcp', '/proc/net/tcp6'].flatMap((file) =>
    readFileSync(file, 'utf8')
      .split('\n')
      .map((line) => line.trim().split(/\s+/))
      .filter(([, local, , state]) => local?.endsWith(hex) && state === '0A') // 0A is LISTEN
      .map((columns) => `socket:[${columns[9]}]`),
  )
  if (inodes.length === 0) return undefined
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    if (!descriptors(pid).some((opened) => inodes.includes(opened))) continue
    return { pid: Number(pid), name: programName(readFileSync(`/proc/${pid}/cmdline`, 'utf8')) }
  }
  return undefined
}

/**
 * What the file descriptors of a process are.
 * @param {string} pid
 */
function descriptors(pid) {
  try {
    return readdirSync(`/proc/${pid}/fd`).map((fd) => target(`/proc/${pid}/fd/${fd}`))
  } catch {
    return [] // another user's process, or one that has just ended
  }
}

/** @param {string} link */
function target(link) {
  try {
    return readlinkSync(link)
  } catch {
    return '' // closed since it was listed, as the one the listing itself needed
  }
}

/**
 * What a reader calls this program: `node server.js` rather than a path, `nginx: master process …` as it calls itself.
 * @param {string} commandLine arguments with a NUL behind each
 */
function programName(commandLine) {
  const [program = '', script = ''] = commandLine.split('\0')
  const name = basename(program)
  return /^(node|python|ruby|perl|java)/.test(name) && /^[^-]/.test(script)
    ? `${name} ${basename(script)}`
    : name
}

/** @param {number} port */
function fromLsof(port) {
  const said = execFileSync('lsof', ['-nP', `-iTCP:${port}`, '-sTCP:LISTEN', '-Fpc'], { encoding: 'utf8' })
  const [, pid, name] = /^p(\d+)\nc(.*)$/m.exec(said) ?? []
  return pid === undefined || name === undefined ? undefined : { pid: Number(pid), name }
}
