/** What runs here and is refused by the nginx that everything else is like (1.22.1). */
import type { Problem } from '../../base/problem.ts'
import type { Config, Upstream } from '../model.ts'
import { upstreamsOf, type UpstreamAt } from '../walk.ts'

interface Newer {
  readonly what: string
  readonly since: string
  readonly has: (upstream: Upstream) => boolean
}

const newer: readonly Newer[] = [
  {
    what: 'resolve',
    since: '1.27.3',
    has: (upstream) => upstream.server?.some(({ resolve }) => resolve) === true,
  },
  {
    what: 'resolver',
    since: '1.27.3',
    has: ({ resolver, resolverTimeout }) => (resolver ?? resolverTimeout) !== undefined,
  },
  { what: 'sticky', since: '1.29.6', has: ({ sticky }) => sticky !== undefined },
  { what: 'drain', since: '1.29.6', has: (upstream) => upstream.server?.some(({ drain }) => drain) === true },
  {
    what: 'route',
    since: '1.29.6',
    has: (upstream) => upstream.server?.some(({ route }) => route !== undefined) === true,
  },
]

/** A note for each thing of an upstream that only a younger nginx knows. */
export function versionNotes({ block, path }: UpstreamAt): Problem[] {
  return newer
    .filter(({ has }) => has(block))
    .map(({ what, since }) => ({
      severity: 'note',
      code: 'newer-nginx',
      message: `upstream "${block.name}" uses "${what}", which nginx has since ${since} and refuses before`,
      fix: 'mind the version of the nginx that is to run the exported file',
      path: [...path],
    }))
}

export function checkNewer(config: Config): Problem[] {
  return upstreamsOf(config).flatMap(versionNotes)
}
