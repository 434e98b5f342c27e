/** Names that must be declared somewhere: log formats, zones, named locations. */
import type { Problem } from '../../base/problem.ts'
import type { Config, Location, Server } from '../model.ts'
import type { ConfigPath } from '../path.ts'
import { blocksOf, eachOf, upstreamsOf, type BlockAt } from '../walk.ts'
import { mistake, warning } from './problems.ts'

export function checkReferences(config: Config): Problem[] {
  const declared = declaredNames(config)
  return [
    ...declared.problems,
    ...blocksOf(config).flatMap((at) => [...checkLogs(at, declared), ...checkZones(at, declared)]),
    ...eachOf('servers', config.http?.servers, ['http']).flatMap(([server, path]) =>
      checkNamed(server, path, config),
    ),
  ]
}

type ZoneUse = 'limit_req_zone' | 'limit_conn_zone' | 'proxy_cache_path' | 'zone'

interface Declared {
  readonly formats: ReadonlySet<string>
  readonly zones: ReadonlyMap<string, ZoneUse>
  readonly problems: readonly Problem[]
}

function declaredNames(config: Config): Declared {
  const problems: Problem[] = []
  const formats = new Set(['combined'])
  for (const [index, { name }] of (config.http?.logFormat ?? []).entries()) {
    if (formats.has(name))
      problems.push(
        mistake(
          'duplicate-log-format',
          ['http', 'logFormat', String(index)],
          `duplicate "log_format" name "${name}"`,
          'give it another name',
        ),
      )
    formats.add(name)
  }
  const zones = new Map<string, ZoneUse>()
  const keys = new Map<string, string>()
  const sizes = new Map<string, number>()
  for (const { use, path, name, size, key } of zoneLines(config)) {
    const earlier = zones.get(name)
    const fix = 'give it another name'
    if (earlier && earlier !== use)
      problems.push(
        mistake(
          'duplicate-zone',
          path,
          `the shared memory zone "${name}" is already declared for a different use`,
          fix,
        ),
      )
    else if (earlier) {
      const declared = sizes.get(name) ?? size
      // Upstreams may have one zone in common, and one of them says how large it is.
      const fits = size === declared || (use === 'zone' && (size === 0 || declared === 0))
      if (!fits || use !== 'zone') {
        const message = !fits
          ? `the size ${size} of shared memory zone "${name}" conflicts with already declared size ${declared}`
          : use === 'proxy_cache_path'
            ? `duplicate zone "${name}"`
            : `${use} "${name}" is already bound to key "${keys.get(name) ?? ''}"`
        problems.push(mistake('duplicate-zone', path, message, fix))
      }
    }
    zones.set(name, earlier ?? use)
    sizes.set(name, sizes.get(name) || size)
    if (!earlier && key !== undefined) keys.set(name, key)
  }
  for (const { use, path, name } of zoneLines(config))
    if (use === 'zone' && sizes.get(name) === 0)
      problems.push(
        mistake(
          'zone-without-size',
          path,
          `zero size shared memory zone "${name}"`,
          `write zone ${name} 64k;`,
        ),
      )
  return { formats, zones, problems }
}

interface ZoneLine {
  readonly use: ZoneUse
  readonly path: ConfigPath
  readonly name: string
  /** Bytes; 0: not said. */
  readonly size: number
  readonly key?: string
}

function zoneLines(config: Config): ZoneLine[] {
  const { http } = config
  const lines = <T extends { key?: string; zone: { name: string; size: number } }>(
    use: ZoneUse,
    field: string,
    items?: readonly T[],
  ) =>
    (items ?? []).map(({ key, zone }, index) => ({
      use,
      path: ['http', field, String(index)],
      name: zone.name,
      size: zone.size,
      ...(key !== undefined && { key }),
    }))
  return [
    ...lines('limit_req_zone', 'limitReqZone', http?.limitReqZone),
    ...lines('limit_conn_zone', 'limitConnZone', http?.limitConnZone),
    ...lines(
      'proxy_cache_path',
      'proxyCachePath',
      http?.proxyCachePath?.map(({ keysZone }) => ({ zone: keysZone })),
    ),
    ...upstreamsOf(config).flatMap(({ block: { zone }, path }) =>
      zone ? [{ use: 'zone' as const, path: [...path, 'zone'], name: zone.name, size: zone.size ?? 0 }] : [],
    ),
  ]
}

function checkLogs({ block, path }: BlockAt, { formats }: Declared): Problem[] {
  const logs = 'accessLog' in block ? (block.accessLog ?? []) : []
  return logs.flatMap((log, index) => {
    if (log === 'off' || log.format === undefined || formats.has(log.format)) return []
    return [
      mistake(
        'unknown-log-format',
        [...path, 'accessLog', String(index)],
        `unknown log format "${log.format}"`,
        'declare it with log_format in http, or leave it out for combined',
      ),
    ]
  })
}

function checkZones({ kind, block, path }: BlockAt, { zones }: Declared): Problem[] {
  if (kind === 'if' || kind === 'limit_except') return []
  const uses: { field: string; zone: string; declaredBy: ZoneUse }[] = [
    ...(block.limitReq ?? []).map(({ zone }, index) => ({
      field: `limitReq/${index}`,
      zone,
      declaredBy: 'limit_req_zone' as const,
    })),
    ...(block.limitConn ?? []).map(({ zone }, index) => ({
      field: `limitConn/${index}`,
      zone,
      declaredBy: 'limit_conn_zone' as const,
    })),
    ...(block.proxyCache === undefined || block.proxyCache === 'off' || block.proxyCache.includes('$')
      ? []
      : [{ field: 'proxyCache', zone: block.proxyCache, declaredBy: 'proxy_cache_path' as const }]),
  ]
  return uses.flatMap(({ field, zone, declaredBy }) => {
    if (zones.get(zone) === declaredBy) return []
    const other = zones.get(zone)
    const message =
      declaredBy === 'proxy_cache_path'
        ? `"proxy_cache" zone "${zone}" is unknown`
        : other
          ? `the shared memory zone "${zone}" is already declared for a different use`
          : `zero size shared memory zone "${zone}"`
    const fix = `declare it with ${declaredBy} in http, or correct the name`
    return [mistake('unknown-zone', [...path, ...field.split('/')], message, fix)]
  })
}

/** nginx finds out only when a request is sent there, and answers 500. */
function checkNamed(server: Server, path: ConfigPath, config: Config): Problem[] {
  const named = new Set((server.locations ?? []).filter(isNamed).map(({ pattern }) => `@${pattern}`))
  const blocks = blocksOf({ http: { ...config.http, servers: [server] } }).filter(
    ({ kind }) => kind !== 'http',
  )
  return blocks.flatMap((at) => {
    const own = [...path, ...at.path.slice(3)]
    const uses: [field: string[], uri: string][] = [
      ...('errorPage' in at.block ? (at.block.errorPage ?? []) : []).map(
        ({ uri }, index): [string[], string] => [['errorPage', String(index)], uri],
      ),
      ...('tryFiles' in at.block ? (at.block.tryFiles ?? []) : [])
        .slice(-1)
        .map((uri): [string[], string] => [['tryFiles'], uri]),
    ]
    return uses
      .filter(([, uri]) => uri.startsWith('@') && !uri.includes('$') && !named.has(uri))
      .map(([field, uri]) =>
        warning(
          'unknown-named-location',
          [...own, ...field],
          `could not find named location "${uri}"`,
          `nginx would answer 500: add location ${uri} to the server, or correct the name`,
        ),
      )
  })
}

function isNamed(location: Location): boolean {
  return location.modifier === '@'
}
