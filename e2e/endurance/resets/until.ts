/** Waiting for what the kernel, a file or a socket says; nothing here waits for time to pass. */
import { readFileSync, readdirSync, readlinkSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import type { End } from './end.ts'

/** Resolves when it holds; rejects with what never came. */
export async function until(what: string, holds: () => boolean, limitMs = 3000): Promise<void> {
  for (const late = performance.now() + limitMs; !holds(); await delay(1))
    if (performance.now() > late) throw new Error(`never came: ${what}`)
}

/** Nothing is on its way to the other end any more; what much has been sent to is found among all the machine's. */
export function arrivedAll({ raw }: End): boolean {
  const { localPort = 0, remotePort = 0 } = raw
  const queues = (from: number, to: number): string[] | undefined => {
    const line = readFileSync('/proc/net/tcp', 'latin1').split(`${address(from)} ${address(to)} `)[1]
    return line?.split(' ', 2)[1]?.split(':')
  }
  // Bytes to send, and bytes to read.
  return (
    queues(localPort, remotePort)?.[0] === '00000000' && queues(remotePort, localPort)?.[1] === '00000000'
  )
}

function address(port: number): string {
  return `0100007F:${port.toString(16).toUpperCase().padStart(4, '0')}`
}

/** How many sockets a process has open. */
export function socketsOf(pid: number): number {
  return openIn(pid, '\0')
}

/** How many sockets and files below a folder a process has open. */
export function openIn(pid: number, folder: string): number {
  return readdirSync(`/proc/${pid}/fd`).filter((fd) => {
    try {
      const what = readlinkSync(`/proc/${pid}/fd/${fd}`)
      return what.startsWith('socket:') || what.startsWith(folder)
    } catch {
      return false // it was closed meanwhile
    }
  }).length
}
