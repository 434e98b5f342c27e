/** What a program that was killed leaves behind: a unix socket that nobody listens on. */
import { lstatSync, unlinkSync } from 'node:fs'
import { connect } from 'node:net'

/**
 * Unlike nginx, which cannot start until somebody has removed it, a socket that refuses connections is unlinked. One that
 * somebody listens on, and whatever is not a socket, stays: bind says what is wrong.
 */
export async function removeStaleSocket(path: string): Promise<void> {
  if (!isSocket(path) || !(await isRefused(path))) return
  try {
    unlinkSync(path)
  } catch {
    // Gone meanwhile, or not ours to remove: bind says what is wrong.
  }
}

function isSocket(path: string): boolean {
  try {
    return lstatSync(path).isSocket()
  } catch {
    return false // most likely it is not there, and all is well
  }
}

function isRefused(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = connect({ path })
    probe.on('connect', () => {
      probe.destroy()
      resolve(false)
    })
    // A full queue (EAGAIN) has somebody who listens, too.
    probe.on('error', (error: NodeJS.ErrnoException) => resolve(error.code === 'ECONNREFUSED'))
  })
}
