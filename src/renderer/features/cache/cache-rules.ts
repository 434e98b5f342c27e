/** Which locations use which cache, and by what rules: what is written there or around them. */
import type { Directive } from '../../../config/directive.ts'
import { proxyCacheDirectives } from '../../../config/directives/proxy.ts'
import type { Config } from '../../../config/model.ts'
import { routesOf, type ConfigPath } from '../../../config/path.ts'
import { blockName, inherited } from '../../form/inherited.ts'
import { routeTitle } from '../../form/route-names.ts'
import { spell } from '../../form/spelling.ts'

/** One directive that counts for a location. */
export interface RuleLine {
  readonly name: string
  readonly text: string
  /** The block around that says it; absent: the location itself, or nginx's default. */
  readonly from?: string
  readonly isDefault?: true
}

/** One location that uses a cache. */
export interface CacheRule {
  readonly path: ConfigPath
  readonly title: string
  /** The zone's name, or a script that makes one. */
  readonly zone: string
  readonly lines: readonly RuleLine[]
}

/** Shown even where nothing is written: what one asks first of a cache. */
const always: ReadonlySet<string> = new Set(['proxyCacheKey', 'proxyCacheMethods'])
const passedOver: ReadonlySet<string> = new Set(['proxyCache', 'proxyCachePath'])

export function cacheRules(config: Config): readonly CacheRule[] {
  return routesOf(config).flatMap(({ path, server, locations }): CacheRule[] => {
    const location = locations.at(-1)
    // Only what is proxied is cached.
    if (!location?.proxyPass) return []
    const zone = valueAt(config, path, 'proxyCache', proxyCacheDirectives.proxyCache, location)?.value
    if (typeof zone !== 'string' || zone === 'off') return []
    return [{ path, title: routeTitle(server, locations), zone, lines: linesOf(config, path, location) }]
  })
}

function linesOf(config: Config, path: ConfigPath, location: object): RuleLine[] {
  return Object.entries(proxyCacheDirectives as unknown as Record<string, Directive>).flatMap(
    ([field, directive]) => {
      if (passedOver.has(field)) return []
      const found = valueAt(config, path, field, directive, location)
      const isDefault = found !== undefined && found.from === undefined && !found.own
      if (!found || (isDefault && !always.has(field))) return []
      const values = directive.repeat === 'list' ? (found.value as unknown[]) : [found.value]
      return values.map((value): RuleLine => ({
        name: directive.name,
        text: spell(directive, value),
        ...(found.from && { from: blockName(found.from) }),
        ...(isDefault && { isDefault: true }),
      }))
    },
  )
}

function valueAt(
  config: Config,
  path: ConfigPath,
  field: string,
  directive: Directive,
  location: object,
): { value: unknown; from?: ConfigPath; own: boolean } | undefined {
  const own = (location as Record<string, unknown>)[field]
  if (own !== undefined) return { value: own, own: true }
  const around = inherited(config, path, field, directive)
  return around && { ...around, own: false }
}
