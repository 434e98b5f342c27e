import { execFile } from 'node:child_process'

export type CommandResult =
  | { readonly status: 'exited'; readonly code: number; readonly stdout: string; readonly stderr: string }
  | { readonly status: 'missing' }

/** Runs a program to its end, without a shell; never rejects. */
export type RunCommand = (program: string, args: readonly string[]) => Promise<CommandResult>

// The system may ask a person for a password first.
const timeoutMs = 120_000

/** Runs a program of this machine, with messages in English. */
export const runCommand: RunCommand = (program, args) =>
  new Promise((resolve) => {
    const options = { env: { ...process.env, LC_ALL: 'C' }, timeout: timeoutMs, windowsHide: true }
    const child = execFile(program, args, options, (error, stdout, stderr) => {
      if (!error) resolve({ status: 'exited', code: 0, stdout, stderr })
      else if (error.code === 'ENOENT') resolve({ status: 'missing' })
      else if (typeof error.code === 'number') resolve({ status: 'exited', code: error.code, stdout, stderr })
      else resolve({ status: 'exited', code: -1, stdout, stderr: `${stderr}\n${endOf(error)}` })
    })
    child.stdin?.end() // a program that asks for a password here shall fail, not wait
  })

function endOf(error: { readonly killed?: boolean; readonly message: string }): string {
  return error.killed === true ? `it was ended after ${timeoutMs / 1000} seconds` : error.message
}
