/** `sluicegate export`: the saved configuration as nginx text. */
import { writeFile } from 'node:fs/promises'
import type { Problem } from '../base/problem.ts'
import type { HostClient } from '../contract/contract.ts'
import { snapshot } from './running.ts'
import { exitCodes, shownProblem, type Terminal } from './terminal.ts'

/** `local`: as it runs on this machine. `file`: standard output where not given. */
export async function exportText(
  client: HostClient,
  { local, file }: { local: boolean; file: string | undefined },
  terminal: Terminal,
): Promise<number> {
  const { text, notes } = await client.call('nginx.export', { local })
  if (!local) {
    const { problems } = await snapshot(client, 'config.watch')
    for (const problem of [...problems.filter(forNginx), ...notes]) terminal.err(shownProblem(problem))
  }
  if (file === undefined) terminal.out(text.replace(/\n$/, ''))
  else {
    await writeFile(file, text)
    terminal.err(`written to ${file}`)
  }
  return exitCodes.ok
}

/** A laptop issues its own certificates; a real nginx refuses a server without one. */
function forNginx({ code, severity }: Problem): boolean {
  return severity !== 'note' && code.startsWith('certificate')
}
