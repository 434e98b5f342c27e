/** `sluicegate import FILE`: nginx text into the saved configuration. */
import { basename } from 'node:path'
import { hasErrors } from '../base/problem.ts'
import type { HostClient } from '../contract/contract.ts'
import type { ImportResult } from '../contract/configuration.ts'
import { readAllFiles } from './config-files.ts'
import { snapshot } from './running.ts'
import { count, exitCodes, shownProblem, type Terminal } from './terminal.ts'

/** Imports and applies; with an error nothing is changed. */
export async function importFile(client: HostClient, path: string, terminal: Terminal): Promise<number> {
  const files = readAllFiles(path)
  const main = files[0]?.name ?? path
  const result = await client.call('nginx.import', {
    files: files.map(({ name, text }) => ({ name, text })),
    main,
  })
  for (const problem of result.problems) terminal.err(shownProblem(problem))
  for (const line of report(result)) terminal.out(line)
  if (hasErrors(result.problems)) {
    terminal.err(`${main}: not imported; the saved configuration is as it was`)
    return exitCodes.failed
  }
  const { revision } = await snapshot(client, 'config.watch')
  const applied = await client.call('config.apply', {
    baseRevision: revision,
    config: result.config,
    note: `imported from ${basename(main)}`,
  })
  if (applied.outcome === 'applied') {
    terminal.out(`saved as revision ${applied.revision}`)
    return exitCodes.ok
  }
  if (applied.outcome === 'invalid')
    for (const problem of applied.problems) terminal.err(shownProblem(problem))
  else terminal.err('somebody else changed the configuration at the same moment; import again')
  return exitCodes.failed
}

/** What is kept but not applied, line by line, and the counts. */
function report({ report }: ImportResult): string[] {
  const kept = report.filter(({ outcome }) => outcome === 'kept')
  const number = (outcome: string): number => report.filter((line) => line.outcome === outcome).length
  const exported = number('export')
  return [
    ...kept.map(({ file, line, directive }) => `${file}:${line}: ${directive}: kept, not applied`),
    [
      `${count(number('applied'), 'directive')} applied`,
      ...(exported > 0 ? [`${exported} for the exported file only`] : []),
      `${kept.length} kept, not applied`,
    ].join(', '),
  ]
}
