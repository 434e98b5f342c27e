import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Terminal } from '../terminal.ts'

const made: string[] = []

/** A folder of the test's own; `removeScratch` in afterEach removes it. */
export async function scratchFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'sluicegate-cli-'))
  made.push(folder)
  return folder
}

export async function removeScratch(): Promise<void> {
  for (const folder of made.splice(0)) await rm(folder, { recursive: true, force: true })
}

/** A terminal that remembers what was said. */
export function memoryTerminal(): Terminal & { readonly outLines: string[]; readonly errLines: string[] } {
  const outLines: string[] = []
  const errLines: string[] = []
  return {
    outLines,
    errLines,
    out: (line) => void outLines.push(...line.split('\n')),
    err: (line) => void errLines.push(...line.split('\n')),
  }
}
