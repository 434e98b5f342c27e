/** Peers that are this program itself, because a port of the configuration is opened at theirs on this machine. */
import type { Problem } from '../base/problem.ts'
import { localHost, localPort, type Local } from '../config/local.ts'
import type { Config } from '../config/model.ts'
import type { ConfigPath } from '../config/path.ts'
import { blocksOf, upstreamsOf } from '../config/walk.ts'

/**
 * Warns of each `proxy_pass` and upstream server that leads back to a port that only the overlay opens: port 80 at
 * 8080, where the API that 8080 was meant for would have been. A port the configuration itself names is its own affair.
 */
export function checkOwnPorts(config: Config, local: Local): Problem[] {
  const moved = movedPorts(config, local)
  if (moved.size === 0) return []
  return addressesOf(config).flatMap(({ address, path }) => {
    const port = Number(/^(?:127\.0\.0\.1|localhost|\[::1\]):(\d+)$/.exec(localHost(local, address))?.[1])
    const configured = moved.get(port)
    return configured === undefined ? [] : [leadsBack(address, { port, configured }, path)]
  })
}

/** Port opened here → port of the configuration, where they differ. */
function movedPorts(config: Config, local: Local): Map<number, number> {
  const listens = (config.http?.servers ?? []).flatMap(({ listen }) => listen ?? [{ address: '*', port: 80 }])
  return new Map(
    listens.flatMap(({ port }) =>
      port === undefined || localPort(local, port) === port ? [] : [[localPort(local, port), port] as const],
    ),
  )
}

function addressesOf(config: Config): { address: string; path: ConfigPath }[] {
  const targets = blocksOf(config).flatMap(({ block, path }) => {
    const address = /^https?:\/\/([^/?]+)/.exec(('proxyPass' in block && block.proxyPass) || '')?.[1]
    return address === undefined ? [] : [{ address, path: [...path, 'proxyPass'] }]
  })
  const servers = upstreamsOf(config).flatMap(({ block, path }) =>
    (block.server ?? []).map(({ address }) => ({ address, path })),
  )
  return [...targets, ...servers]
}

function leadsBack(
  address: string,
  { port, configured }: { port: number; configured: number },
  path: ConfigPath,
): Problem {
  return {
    severity: 'warning',
    code: 'own-port',
    message: `${address} is Sluicegate itself: port ${configured} of the configuration is opened at ${port} on this machine`,
    fix: `open port ${configured} at another one, in the settings or with --http-port and --https-port`,
    path,
  }
}
