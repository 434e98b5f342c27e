/** What somebody should know who takes the exported file to an nginx. */
import type { Problem } from '../base/problem.ts'
import { versionNotes } from './checks/newer-nginx.ts'
import type { Local } from './local.ts'
import type { Config } from './model.ts'
import { upstreamsOf, type UpstreamAt } from './walk.ts'

/** Notes, each at the block it is about. */
export function exportNotes(config: Config, local: Local): Problem[] {
  return upstreamsOf(config).flatMap((at) => [...checkNote(at, local), ...versionNotes(at)])
}

function checkNote({ block, path }: UpstreamAt, local: Local): Problem[] {
  if (!local.checks?.[block.name]) return []
  return [
    {
      severity: 'note',
      code: 'check-not-exported',
      message: `the active check of upstream "${block.name}" is of this machine and not in the exported file`,
      fix: 'nginx has active checks only in its commercial version; there max_fails and fail_timeout judge',
      path: [...path],
    },
  ]
}
