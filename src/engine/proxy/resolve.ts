/** Names in variables, resolved while a request waits (ngx_http_upstream_resolve_handler). */
import { isIP } from 'node:net'
import type { Exchange } from '../request/exchange.ts'
import { logError } from '../request/error-log.ts'
import { UpstreamGroup } from '../upstream/group.ts'
import { Peer } from '../upstream/peer.ts'
import { roundRobin } from '../upstream/round-robin.ts'
import type { ProxySettings, ProxyTarget } from './settings.ts'

/** A group of the addresses a name has now; undefined, with a log line, where there is no way to know. */
export async function resolveTarget(
  x: Exchange,
  settings: ProxySettings,
  target: ProxyTarget,
): Promise<UpstreamGroup | undefined> {
  const known = groupAtHand(x, target)
  if (known) return known
  const host = target.name.replace(/^\[|\]$/g, '')
  if (!settings.resolver) {
    logError(x, 'error', `no resolver defined to resolve ${target.name}`)
    return undefined
  }
  const { addresses } = await settings.resolver.resolve(host, settings.resolverTimeout)
  return groupOf(x, target, turned(addresses), target.portNumber)
}

// Whoever comes begins with another one (ngx_resolver_export).
function turned(addresses: readonly string[]): readonly string[] {
  const from = Math.floor(Math.random() * addresses.length)
  return [...addresses.slice(from), ...addresses.slice(0, from)]
}

/** The group of a name that need not be looked up: an address, a socket, or one that is mapped on this machine. */
export function groupAtHand(x: Exchange, target: ProxyTarget): UpstreamGroup | undefined {
  const mapped = x.cycle.hosts[`${target.name}:${target.portNumber}`] ?? x.cycle.hosts[target.name]
  if (mapped !== undefined)
    return groupOf(
      x,
      target,
      [mapped.replace(/:\d+$/, '')],
      Number(/:(\d+)$/.exec(mapped)?.[1] ?? target.portNumber),
    )
  const host = target.name.replace(/^\[|\]$/g, '')
  if (isIP(host)) return groupOf(x, target, [host], target.portNumber)
  return target.name.startsWith('unix:') ? groupOf(x, target, [target.name], 0) : undefined
}

function groupOf(
  x: Exchange,
  target: ProxyTarget,
  addresses: readonly string[],
  port: number,
): UpstreamGroup {
  const peers = addresses.map(
    (address) =>
      new Peer({
        name: address.startsWith('unix:')
          ? address
          : address.includes(':')
            ? `[${address}]:${port}`
            : `${address}:${port}`,
        server: target.name,
        dial: address.startsWith('unix:') ? { path: address.slice(5) } : { host: address, port },
      }),
  )
  return new UpstreamGroup({
    name: target.name,
    method: 'round robin',
    lines: [{ peers, isBackup: false }],
    balance: roundRobin,
    keepalive: { connections: 0, requests: 0, time: 0, timeout: 0 },
    implicit: true,
    clock: x.cycle.clock,
  })
}
