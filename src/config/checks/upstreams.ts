/** Upstreams, as ngx_http_upstream and the balancing modules check them. */
import type { Problem } from '../../base/problem.ts'
import type { Config, Upstream } from '../model.ts'
import type { ConfigPath } from '../path.ts'
import { parseUpstreamAddress } from '../upstream-address.ts'
import { upstreamsOf } from '../walk.ts'
import { mistake, warning } from './problems.ts'

export function checkUpstreams(config: Config): Problem[] {
  const names = new Set<string>()
  return upstreamsOf(config).flatMap(({ block, path }) => {
    const name = block.name.toLowerCase()
    const duplicate = names.has(name)
    names.add(name)
    return [
      ...(duplicate
        ? [
            mistake(
              'duplicate-upstream',
              path,
              `duplicate upstream "${block.name}"`,
              'give one of them another name',
            ),
          ]
        : []),
      ...checkPeers(block, path),
      ...checkMethod(block, path),
      ...checkResolve(block, path, config.http?.resolver !== undefined),
    ]
  })
}

function checkPeers(upstream: Upstream, path: ConfigPath): Problem[] {
  const servers = upstream.server ?? []
  if (servers.length === 0)
    return [
      mistake(
        'upstream-empty',
        path,
        'no servers are inside upstream',
        'add a server line: server 127.0.0.1:3000;',
      ),
    ]
  if (servers.every(({ backup }) => backup))
    return [
      mistake(
        'upstream-empty',
        path,
        `no servers in upstream "${upstream.name}"`,
        'a backup stands in for others: one server must be without it',
      ),
    ]
  return servers.flatMap(({ address }, index) => {
    const parsed = parseUpstreamAddress(address)
    if (!('invalid' in parsed)) return []
    const at = [...path, 'server', String(index)]
    return [
      mistake('upstream-address', at, `${parsed.invalid} in upstream "${address}"`, 'write it as host:port'),
    ]
  })
}

function checkResolve(upstream: Upstream, path: ConfigPath, resolves: boolean): Problem[] {
  const index = upstream.server?.findIndex(({ resolve }) => resolve) ?? -1
  if (index < 0) return []
  const at = [...path, 'server', String(index)]
  const problems: Problem[] = []
  if (!resolves && upstream.resolver === undefined)
    problems.push(
      mistake(
        'resolve-without-resolver',
        at,
        `no resolver defined to resolve names at run time in upstream "${upstream.name}"`,
        'name a name server: resolver 127.0.0.53; in the upstream or in http',
      ),
    )
  if (upstream.zone === undefined)
    problems.push(
      mistake(
        'resolve-without-zone',
        at,
        `resolving names at run time requires upstream "${upstream.name}" to be in shared memory`,
        `add zone ${upstream.name} 64k; to the upstream`,
      ),
    )
  return problems
}

const methods = [
  ['hash', 'hash'],
  ['ipHash', 'ip_hash'],
  ['leastConn', 'least_conn'],
  ['random', 'random'],
] as const satisfies readonly (readonly [keyof Upstream, string])[]

function checkMethod(upstream: Upstream, path: ConfigPath): Problem[] {
  const [first, second] = methods.filter(([field]) => upstream[field] !== undefined)
  if (!first) return []
  const problems: Problem[] = []
  if (second)
    problems.push(
      warning(
        'balancing-redefined',
        [...path, second[0]],
        'load balancing method redefined',
        `only one counts: remove ${first[1]} or ${second[1]}`,
      ),
    )
  // least_conn is round robin with another measure; the others choose by a key, where nothing can stand in.
  const backup = upstream.server?.findIndex((server) => server.backup) ?? -1
  if (first[0] !== 'leastConn' && backup >= 0)
    problems.push(
      mistake(
        'balancing-backup',
        [...path, 'server', String(backup)],
        'balancing method does not support parameter "backup"',
        `remove backup here, or ${first[1]} from the upstream`,
      ),
    )
  return problems
}
