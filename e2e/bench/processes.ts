/** Programs pinned to one CPU, and what they used of it. Linux only: everything is read from /proc. */
import { spawn, type ChildProcess } from 'node:child_process'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import net from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'

/** The servers that are measured run here and nothing else of ours does. */
export const serverCpu = 0
/** The origin and the load generator. */
export const loadCpu = 1

// Linux counts CPU time for /proc in hundredths of a second on every architecture Node has (USER_HZ).
const tickMs = 10

/** A program that runs, with the processes it has started. */
export interface Running {
  readonly pid: number
  /** What it printed; told where something goes wrong. */
  said(): string
  stop(): Promise<void>
}

const running = new Set<ChildProcess>()

// Whatever way this process leaves, nothing it started stays behind.
process.on('exit', () => {
  for (const child of running) for (const pid of processesOf(child.pid ?? -1)) kill(pid)
})

function kill(pid: number): void {
  try {
    if (pid > 0) process.kill(pid, 'SIGKILL')
  } catch {
    // It has left already, which is what was wanted.
  }
}

/** Starts a program on one CPU. It leads no group: only its own id is ever signalled. */
export function startPinned(
  cpu: number,
  command: string,
  args: string[],
  options: { env?: Record<string, string>; cwd?: string } = {},
): Running {
  const child = spawn('taskset', ['-c', String(cpu), command, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    cwd: options.cwd,
    env: { ...process.env, ...options.env },
  })
  running.add(child)
  let text = ''
  const collect = (chunk: Buffer): void => {
    text = (text + chunk.toString('latin1')).slice(-20_000)
  }
  child.stdout.on('data', collect)
  child.stderr.on('data', collect)
  const left = new Promise<void>((resolve) => {
    child.once('error', (error) => {
      text += error.message
      resolve()
    })
    child.once('close', () => resolve())
  }).then(() => void running.delete(child))
  return {
    pid: child.pid ?? -1,
    said: () => text,
    async stop() {
      child.kill('SIGTERM')
      if (await Promise.race([left.then(() => true), delay(3000, false)])) return
      for (const pid of processesOf(child.pid ?? -1)) kill(pid)
      await left
    },
  }
}

/** Runs a program to its end on one CPU; rejects where it fails or is not done in time. */
export async function runPinned(
  cpu: number,
  command: string,
  args: string[],
  limitMs: number,
): Promise<string> {
  const child = spawn('taskset', ['-c', String(cpu), command, ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
  running.add(child)
  let text = ''
  child.stdout.on('data', (chunk: Buffer) => (text += chunk.toString('latin1')))
  child.stderr.on('data', (chunk: Buffer) => (text += chunk.toString('latin1')))
  const timer = setTimeout(() => child.kill('SIGKILL'), limitMs)
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', resolve)
  })
  clearTimeout(timer)
  running.delete(child)
  if (code !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${code ?? 'a signal'}:\n${text}`)
  return text
}

/** Waits until a port of 127.0.0.1 takes connections. */
export async function untilListening(port: number, program: Running, limitMs = 15_000): Promise<void> {
  for (const end = performance.now() + limitMs; performance.now() < end; await delay(20))
    if (await canConnect(port)) return
  throw new Error(`nothing listens on port ${port}:\n${program.said()}`)
}

function canConnect(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = net.connect({ port, host: '127.0.0.1' })
    socket.once('error', () => resolve(false))
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
  })
}

/** A program's process and all that it started. */
export function processesOf(pid: number): number[] {
  let children: number[] = []
  try {
    children = readdirSync(`/proc/${pid}/task`)
      .flatMap((task) => readFileSync(`/proc/${pid}/task/${task}/children`, 'latin1').split(' '))
      .filter((text) => text !== '')
      .map(Number)
  } catch {
    // It has just left: it has no processes any more.
  }
  return [pid, ...children.flatMap(processesOf)]
}

/** CPU time, user and system, that a program has used in all of its processes, in milliseconds. */
export function cpuMs(pid: number): number {
  return processesOf(pid).reduce((sum, each) => sum + cpuOfProcess(each), 0)
}

function cpuOfProcess(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
  // The name stands in parentheses and may hold anything; utime and stime are the 12th and 13th word behind it.
  const words = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return (Number(words[11]) + Number(words[12])) * tickMs
}

/** The most memory that a program has had since `forgetPeak`, in KiB. */
export function peakKiB(pid: number): number {
  return processesOf(pid).reduce((sum, each) => sum + statusKiB(each, 'VmHWM'), 0)
}

/** The memory that a program has now, in KiB; what its processes share counts once. */
export function memoryKiB(pid: number): number {
  return processesOf(pid).reduce((sum, each) => sum + proportionalKiB(each), 0)
}

/** From now on `peakKiB` counts anew. */
export function forgetPeak(pid: number): void {
  for (const each of processesOf(pid)) writeFileSync(`/proc/${each}/clear_refs`, '5')
}

function statusKiB(pid: number, field: string): number {
  const line = new RegExp(`^${field}:\\s+(\\d+) kB$`, 'm').exec(readFileSync(`/proc/${pid}/status`, 'latin1'))
  return Number(line?.[1] ?? 0)
}

function proportionalKiB(pid: number): number {
  const line = /^Pss:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'latin1'))
  return Number(line?.[1] ?? 0)
}
