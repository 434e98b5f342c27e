/** Upstream blocks and the implicit ones of `proxy_pass`, compiled to groups of peers. */
import { lookup } from 'node:dns/promises'
import { isIP } from 'node:net'
import type { Clock } from '../../base/clock.ts'
import type { UpstreamServer } from '../../config/directives/upstream.ts'
import { localHost, type Local } from '../../config/local.ts'
import type { Upstream } from '../../config/model.ts'
import type { PeerName } from '../../status/peer-status.ts'
import type { Balancer } from '../upstream/balancer.ts'
import { balancerOf, methodName } from '../upstream/methods.ts'
import {
  UpstreamGroup,
  type FollowedName,
  type KeepaliveSettings,
  type ServerLine,
} from '../upstream/group.ts'
import { Peer, type Dial } from '../upstream/peer.ts'
import type { NameResolver } from '../upstream/resolver.ts'
import { roundRobin } from '../upstream/round-robin.ts'
import type { VariableTable } from '../request/variable-table.ts'

/** Host names and the addresses they had when the configuration was read. */
export type Addresses = ReadonlyMap<string, readonly string[]>

/** Splits `host:port`, `[::1]:80`, `unix:/path`. */
export function splitAddress(address: string, defaultPort: number): { host: string; port: number } {
  if (address.startsWith('unix:')) return { host: address, port: 0 }
  const match = /^(\[[^\]]*\]|[^:]*)(?::(\d+))?$/.exec(address)
  return {
    host: (match?.[1] ?? address).replace(/^\[|\]$/g, ''),
    port: match?.[2] === undefined ? defaultPort : Number(match[2]),
  }
}

/** Looks the names up, as nginx does once when it reads its configuration. Names that have no address are absent. */
export async function resolveNames(names: Iterable<string>): Promise<Addresses> {
  const found = await Promise.all(
    [...new Set(names)]
      .filter((name) => !name.startsWith('unix:') && !isIP(name))
      .map(async (name): Promise<[string, string[]]> => {
        try {
          const addresses = await lookup(name, { all: true, order: 'ipv4first' })
          return [name, [...new Set(addresses.map(({ address }) => address))]]
        } catch {
          return [name, []] // told where it is used, with the directive's place
        }
      }),
  )
  return new Map(found)
}

function dialsOf(
  address: string,
  defaultPort: number,
  local: Local,
  addresses: Addresses,
): { name: string; dial: Dial }[] {
  const here = localHost(local, address)
  const { host, port } = splitAddress(here, defaultPort)
  if (host.startsWith('unix:')) return [{ name: host, dial: { path: host.slice(5) } }]
  const found = isIP(host) ? [host] : (addresses.get(host) ?? [])
  return found.map((ip) => dialOf(ip, port))
}

/** What the names of `server` lines stand for, as they were looked up at this apply. */
function namesOf(
  servers: readonly string[],
  defaultPort: number,
  local: Local,
  addresses: Addresses,
  wall: number,
): PeerName[] {
  const hosts = servers.map((address) => splitAddress(localHost(local, address), defaultPort).host)
  return [...new Set(hosts)].flatMap((name): PeerName[] => {
    const found = addresses.get(name)
    return found ? [{ name, by: 'start', addresses: found, resolvedAt: Math.round(wall) }] : []
  })
}

/** What compiling an upstream block needs. */
export interface UpstreamContext {
  readonly local: Local
  readonly addresses: Addresses
  readonly variables: VariableTable
  readonly clock: Clock
  /** The `resolver` and `resolver_timeout` of http. */
  readonly resolver: readonly string[] | undefined
  readonly resolverTimeout: number
  resolverOf(words: readonly string[]): NameResolver
}

/** The name that a `server` line with `resolve` follows; one that is mapped on this machine stands still. */
export function followedName(server: UpstreamServer, local: Local): string | undefined {
  if (!server.resolve || localHost(local, server.address) !== server.address) return undefined
  const { host } = splitAddress(server.address, 80)
  return host.startsWith('unix:') || isIP(host) ? undefined : host
}

function linesOf(
  servers: readonly UpstreamServer[],
  { local, addresses }: UpstreamContext,
  previous: UpstreamGroup | undefined,
): ServerLine[] {
  const before = new Map(previous?.peers.map((peer) => [`${peer.server} ${peer.name}`, peer]))
  return servers.map((server): ServerLine => {
    const line = lineOf(server, local, addresses, previous)
    for (const peer of line.peers) {
      const old = before.get(`${peer.server} ${peer.name}`)
      if (old) peer.remember(old)
    }
    return line
  })
}

function lineOf(
  server: UpstreamServer,
  local: Local,
  addresses: Addresses,
  previous: UpstreamGroup | undefined,
): ServerLine {
  const isBackup = server.backup === true
  const name = followedName(server, local)
  if (name === undefined) {
    const peers = dialsOf(server.address, 80, local, addresses).map((dial) => peerOf(server, dial))
    return { peers, isBackup }
  }
  const peers = (previous?.addressesOf(name)?.addresses ?? []).map(makerOf(server))
  return { peers, isBackup, name, make: makerOf(server) }
}

// Lives as long as its group, and must not hold the one before it.
function makerOf(server: UpstreamServer): (address: string) => Peer {
  const { port } = splitAddress(server.address, 80)
  return (address) => peerOf(server, dialOf(address, port))
}

function peerOf(server: UpstreamServer, { name, dial }: { name: string; dial: Dial }): Peer {
  return new Peer({
    name,
    server: server.address,
    dial,
    isBackup: server.backup === true,
    weight: server.weight ?? 1,
    maxConns: server.maxConns ?? 0,
    maxFails: server.maxFails ?? 1,
    failTimeout: server.failTimeout ?? 10_000,
    down: server.down === true,
    draining: server.drain === true,
    route: server.route,
  })
}

function dialOf(ip: string, port: number): { name: string; dial: Dial } {
  return { name: ip.includes(':') ? `[${ip}]:${port}` : `${ip}:${port}`, dial: { host: ip, port } }
}

/** One upstream block. `previous`: the group of the same name in the cycle before. */
export function compileUpstream(
  upstream: Upstream,
  context: UpstreamContext,
  previous: UpstreamGroup | undefined,
): UpstreamGroup {
  const { local, addresses, variables, clock } = context
  const servers = upstream.server ?? []
  if (servers.length === 0) throw new Error('no servers are inside upstream')
  const still = servers.filter((server) => followedName(server, local) === undefined)
  const missing = still.find((server) => dialsOf(server.address, 80, local, addresses).length === 0)
  if (missing) throw new HostNotFound(`host not found in upstream "${missing.address}"`, missing.address)
  if (servers.every(({ backup }) => backup)) throw new Error('no servers are inside upstream')
  const keepalive: KeepaliveSettings = {
    connections: upstream.keepalive ?? 0,
    requests: upstream.keepaliveRequests ?? 1000,
    time: upstream.keepaliveTime ?? 3_600_000,
    timeout: upstream.keepaliveTimeout ?? 60_000,
  }
  const followed = followedNames(upstream, context)
  const started = namesOf(
    still.map(({ address }) => address),
    80,
    local,
    addresses,
    clock.now(),
  )
  const known = followed.map(
    ({ name }): PeerName => previous?.addressesOf(name) ?? { name, by: 'resolver', addresses: [] },
  )
  const same = previous !== undefined && JSON.stringify(previous.keepalive) === JSON.stringify(keepalive)
  return new UpstreamGroup({
    name: upstream.name,
    method: methodName(upstream),
    lines: linesOf(servers, context, previous),
    balance: balanceOf(upstream, variables),
    keepalive,
    check: local.checks?.[upstream.name],
    implicit: false,
    names: [...started, ...known],
    followed,
    clock,
    idle: same ? previous.idle : undefined,
  })
}

// Lives as long as its group, and must not hold the one before it.
function balanceOf(
  upstream: Upstream,
  variables: VariableTable,
): (primary: readonly Peer[], backup: readonly Peer[]) => Balancer {
  return (primary, backup) => balancerOf(upstream, primary, backup, variables)
}

function followedNames(upstream: Upstream, context: UpstreamContext): FollowedName[] {
  const names = new Set(
    (upstream.server ?? []).flatMap((server) => followedName(server, context.local) ?? []),
  )
  if (names.size === 0) return []
  const words = upstream.resolver ?? context.resolver
  if (!words)
    throw new Error(`no resolver defined to resolve names at run time in upstream "${upstream.name}"`)
  const resolver = context.resolverOf(words)
  const timeout = upstream.resolverTimeout ?? context.resolverTimeout
  return [...names].map((name) => ({ name, resolver, resolverKey: words.join(' '), timeout }))
}

/** A name that has no address. */
export class HostNotFound extends Error {
  readonly address: string
  constructor(message: string, address: string) {
    super(message)
    this.address = address
  }
}

/** The group of a `proxy_pass` that names a host itself. */
export function implicitGroup(
  host: string,
  port: number,
  local: Local,
  addresses: Addresses,
  clock: Clock,
  previous: UpstreamGroup | undefined,
): UpstreamGroup {
  const named = host.includes(':') ? `[${host}]` : host
  const address = host.startsWith('unix:') ? host : `${named}:${port}`
  const bare = local.hosts[address] === undefined && local.hosts[host] !== undefined ? host : address
  const dials = dialsOf(bare, port, local, addresses)
  if (dials.length === 0) throw new HostNotFound(`host not found in upstream "${host}"`, address)
  const before = new Map(previous?.peers.map((peer) => [peer.name, peer]))
  const peers = dials.map(({ name, dial }) => {
    const peer = new Peer({ name, server: address, dial })
    const old = before.get(name)
    if (old) peer.remember(old)
    return peer
  })
  return new UpstreamGroup({
    name: address,
    method: 'round robin',
    lines: [{ peers, isBackup: false }],
    balance: roundRobin,
    keepalive: { connections: 0, requests: 0, time: 0, timeout: 0 },
    implicit: true,
    names: namesOf([bare], port, local, addresses, clock.now()),
    clock,
  })
}
