/** `proxy_cache_path` and `proxy_cache` with its companions, compiled (ngx_http_file_cache_set_slot, ngx_http_proxy_merge_loc_conf). */
import type { Clock } from '../../base/clock.ts'
import type { CachePath } from '../../config/directives/proxy.ts'
import { upstreamUri } from '../proxy/request-head.ts'
import { bytesOf, compileScript, type Script } from '../request/script.ts'
import type { VariableTable } from '../request/variable-table.ts'
import type { CacheSettings, ValidTime } from '../cache/settings.ts'
import { CacheZone, type CacheBounds } from '../cache/zone.ts'
import type { Problems } from './compile-error.ts'
import { cacheDefaultFields, sentFields } from './sent-fields.ts'
import type { LocationFields } from './settings.ts'
import { ZoneError, type ZoneDraft } from './zones.ts'

/** A cache of a configuration, and the bounds this configuration gives it. */
export interface DeclaredCache {
  readonly zone: CacheZone
  readonly bounds: CacheBounds
}

/** The caches of a configuration by name; `refused`: the names of those that cannot be, which is told where they are declared. */
export interface Caches extends ReadonlyMap<string, DeclaredCache> {
  readonly refused: ReadonlySet<string>
}

/** Declares the caches. `fallback`: where they are kept if their own folder cannot be written (a laptop is not the server). */
export function declareCaches(
  paths: readonly CachePath[],
  from: {
    readonly prefix: string
    readonly fallback: string | undefined
    readonly zones: ZoneDraft
    readonly clock: Clock
    readonly problems: Problems
  },
): Caches {
  const refused = new Set<string>()
  const caches = Object.assign(new Map<string, DeclaredCache>(), { refused })
  paths.forEach((path, index) => {
    if (!caches.has(path.keysZone.name)) refused.add(path.keysZone.name)
    from.problems.try(['http', 'proxyCachePath', String(index)], () => {
      const { name, size } = path.keysZone
      const bounds = boundsOf(path)
      const folder = folderOf(path.path, from.prefix)
      const other = [...caches.values()].find(({ zone }) => zone.configuredFolder === folder)
      if (other)
        throw new ZoneError(
          `the same path name "${folder}" used for the caches "${other.zone.name}" and "${name}"`,
          'give each cache a folder of its own',
        )
      const levels = (path.levels ?? '').split(':').filter(Boolean).map(Number)
      const zone = from.zones.get<CacheZone>(
        'proxy_cache_path',
        name,
        size,
        () =>
          new CacheZone({
            name,
            folder,
            fallback: from.fallback === undefined ? undefined : `${from.fallback}/${name}`,
            levels,
            size,
            bounds,
            clock: from.clock,
          }),
        (old) => sameFiles(old, folder, levels),
        () => `duplicate zone "${name}"`,
      )
      caches.set(name, { zone, bounds })
      refused.delete(name)
    })
  })
  return caches
}

// ngx_http_file_cache_init: a running cache keeps its files where they are.
function sameFiles(old: CacheZone, folder: string, levels: readonly number[]): boolean {
  if (old.configuredFolder !== folder)
    throw new ZoneError(
      `cache "${old.name}" uses the "${folder}" cache path while previously it used the "${old.configuredFolder}" cache path`,
      'give the cache that is kept elsewhere another name in keys_zone',
    )
  if (old.levels.join() !== levels.join())
    throw new ZoneError(
      `cache "${old.name}" had previously different levels`,
      'give the cache with other levels another name in keys_zone',
    )
  return true
}

function folderOf(path: string, prefix: string): string {
  const bytes = bytesOf(path).replace(/\/$/, '')
  return bytes.startsWith('/') ? bytes : bytesOf(prefix) + bytes
}

function boundsOf(path: CachePath): CacheBounds {
  return {
    inactive: path.inactive ?? 600_000,
    maxSize: path.maxSize ?? Infinity,
    minFree: path.minFree ?? 0,
    manager: {
      files: path.managerFiles ?? 100,
      sleep: path.managerSleep ?? 50,
      threshold: path.managerThreshold ?? 200,
    },
    loader: {
      files: path.loaderFiles ?? 100,
      sleep: path.loaderSleep ?? 50,
      threshold: path.loaderThreshold ?? 200,
    },
  }
}

/** What a location has to do with caches; undefined: nothing. */
export function compileCache(
  fields: LocationFields,
  context: {
    readonly variables: VariableTable
    readonly caches: Caches
    readonly variable: boolean
    readonly locationLength: number
  },
): CacheSettings | undefined {
  const { variables } = context
  const scripts = (texts: readonly string[] | undefined): Script[] =>
    (texts ?? []).map((text) => compileScript(text, variables))
  // As in nginx, what cannot be computed is refused also where no cache uses it.
  const key = keyOf(fields.proxyCacheKey, context)
  const bypass = scripts(fields.proxyCacheBypass)
  const noCache = scripts(fields.proxyNoCache)
  const name = fields.proxyCache ?? 'off'
  if (name === 'off') return undefined
  const useStale = new Set<string>(fields.proxyCacheUseStale ?? [])
  if (useStale.has('off')) useStale.clear()
  return {
    zone: zoneOf(name, context),
    key,
    valid: validTimes(fields),
    methods: new Set(['GET', 'HEAD', ...(fields.proxyCacheMethods ?? [])]),
    minUses: fields.proxyCacheMinUses ?? 1,
    bypass,
    noCache,
    useStale,
    backgroundUpdate: fields.proxyCacheBackgroundUpdate ?? false,
    lock: fields.proxyCacheLock ?? false,
    lockTimeout: fields.proxyCacheLockTimeout ?? 5000,
    lockAge: fields.proxyCacheLockAge ?? 5000,
    revalidate: fields.proxyCacheRevalidate ?? false,
    convertHead: fields.proxyCacheConvertHead ?? true,
    maxRangeOffset: fields.proxyCacheMaxRangeOffset ?? Infinity,
    ...sentFields(fields, cacheDefaultFields, variables),
  }
}

function zoneOf(
  name: string,
  { variables, caches }: { readonly variables: VariableTable; readonly caches: Caches },
): CacheSettings['zone'] {
  const script = compileScript(name, variables)
  if (script.constant !== undefined) {
    const zone = caches.get(name)?.zone
    if (!zone && !caches.refused.has(name))
      throw new ZoneError(
        `"proxy_cache" zone "${name}" is unknown`,
        'declare it with proxy_cache_path in http, or correct the name',
      )
    return () => zone
  }
  return (x) => {
    const value = script(x)
    return value === '' || value === 'off' ? undefined : (caches.get(value)?.zone ?? value)
  }
}

// Without a proxy_cache_key: scheme, host and URI as they are asked of the upstream (ngx_http_proxy_create_key).
function keyOf(
  text: string | undefined,
  context: { readonly variables: VariableTable; readonly variable: boolean; readonly locationLength: number },
): CacheSettings['key'] {
  if (text !== undefined) return compileScript(text, context.variables)
  return (x, target) => {
    const unix = target.name.startsWith('unix:')
    const start = `${target.ssl ? 'https' : 'http'}://${unix ? `${target.name}:` : target.host}`
    return start + upstreamUri(x, context, target)
  }
}

const usualStatuses = [200, 301, 302]

function validTimes({ proxyCacheValid = [] }: LocationFields): ValidTime[] {
  return proxyCacheValid.flatMap(({ codes = usualStatuses, time }) =>
    codes.map((code) => ({ status: code === 'any' ? 0 : code, seconds: Math.floor(time / 1000) })),
  )
}
