/** Where a zone of limits is used: the lines that hold for each location, written there or around it. */
import { limitConnDirectives, limitReqDirectives } from '../../../config/directives/modules.ts'
import type { Directive } from '../../../config/directive.ts'
import type { Config } from '../../../config/model.ts'
import { routesOf, type ConfigPath } from '../../../config/path.ts'
import { blockName, inherited } from '../../form/inherited.ts'
import { routeTitle } from '../../form/route-names.ts'
import { spell } from '../../form/spelling.ts'

export interface LimitUse {
  readonly path: ConfigPath
  readonly title: string
  /** `zone=login burst=5 nodelay`. */
  readonly line: string
  /** The block around that says it; absent: the location itself. */
  readonly from?: string
  readonly status: number
  readonly dryRun: boolean
}

export function usesOf(config: Config, kind: 'requests' | 'connections', zone: string): readonly LimitUse[] {
  return routesOf(config).flatMap(({ path, server, locations }): LimitUse[] => {
    const location = locations.at(-1)
    // A server's own limits count where no location is found; its locations have them by inheritance.
    if (!location && (server.locations?.length ?? 0) > 0) return []
    const block = location ?? server
    const [field, directive, status, dryRun] =
      kind === 'requests'
        ? (['limitReq', limitReqDirectives.limitReq, 'limitReqStatus', 'limitReqDryRun'] as const)
        : (['limitConn', limitConnDirectives.limitConn, 'limitConnStatus', 'limitConnDryRun'] as const)
    const found = countsAt(config, path, block, field, directive)
    const lines = (found.value ?? []) as readonly { zone: string }[]
    return lines
      .filter((line) => line.zone === zone)
      .map((line) => ({
        path,
        title: routeTitle(server, locations),
        line: spell(directive as unknown as Directive, line),
        ...(found.from && { from: blockName(found.from) }),
        status: (countsAt(config, path, block, status, table[status]).value as number | undefined) ?? 503,
        dryRun: countsAt(config, path, block, dryRun, table[dryRun]).value === true,
      }))
  })
}

const table = { ...limitReqDirectives, ...limitConnDirectives } as unknown as Record<string, Directive>

function countsAt(
  config: Config,
  path: ConfigPath,
  block: object,
  field: string,
  directive: Directive | undefined,
): { value: unknown; from?: ConfigPath } {
  const own = (block as Record<string, unknown>)[field]
  if (own !== undefined || !directive) return { value: own }
  return inherited(config, path, field, directive) ?? { value: undefined }
}

/** The filter of the traffic table that shows what these uses concern. */
export function requestsOf(uses: readonly LimitUse[]): string {
  const locations = uses.flatMap(({ path }) => (path.includes('locations') ? [path.at(-1) ?? ''] : []))
  return locations.length ? `location:"${[...new Set(locations)].join(',')}"` : ''
}
