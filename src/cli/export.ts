/** `sluicegate export`: the saved configuration as nginx text. */
import { writeFile } from 'node:fs/promises'
import type { HostClient } from '../contract/contract.ts'
import { exitCodes, type Terminal } from './terminal.ts'

/** `local`: as it runs on this machine. `file`: standard output where not given. */
export async function exportText(
  client: HostClient,
  { local, file }: { local: boolean; file: string | undefined },
  terminal: Terminal,
): Promise<number> {
  const { text } = await client.call('nginx.export', { local })
  if (file === undefined) terminal.out(text.replace(/\n$/, ''))
  else {
    await writeFile(file, text)
    terminal.err(`written to ${file}`)
  }
  return exitCodes.ok
}
