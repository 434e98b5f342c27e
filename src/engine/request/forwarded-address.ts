/** The client behind proxies that are believed (ngx_http_get_forwarded_addr). */
import {
  formatIpAddress,
  inNetwork,
  parseIpAddress,
  unmapped,
  type IpAddress,
  type Network,
} from '../../base/ip-address.ts'
import type { ClientBytes } from './client-address.ts'

/** Which addresses are believed. */
export interface Trusted {
  readonly networks: readonly Network[]
  readonly unix: boolean
}

/** An address as `$remote_addr` shows it; port 0 where none was told. */
export interface ForwardedAddress {
  readonly address: string
  readonly port: number
}

interface Found {
  readonly bytes: IpAddress
  readonly port: number
}

/** Whether an address is believed. */
export function isTrusted(trusted: Trusted, address: ClientBytes): boolean {
  return address === 'unix:'
    ? trusted.unix
    : trusted.networks.some((network) => inNetwork(network, unmapped(address)))
}

/**
 * Walks back through the values of fields, the last one first, for as long as who said it is believed.
 * Undefined: the connection's own address stands. Without `recursive` only the last address counts.
 */
export function forwardedAddress(
  client: ClientBytes,
  values: readonly string[],
  trusted: Trusted,
  recursive: boolean,
): ForwardedAddress | undefined {
  let found: Found | undefined
  for (let i = values.length - 1; i >= 0; i--) {
    const walked = walk(found?.bytes ?? client, values[i] ?? '', trusted, recursive)
    found = walked.found ?? found
    if (!recursive || !walked.whole) break
  }
  return found && { address: formatIpAddress(found.bytes), port: found.port }
}

// `whole`: all of the value was walked through, so the value before it may be looked at.
function walk(
  from: ClientBytes,
  value: string,
  trusted: Trusted,
  recursive: boolean,
): { found: Found | undefined; whole: boolean } {
  let found: Found | undefined
  const parts = value.split(/[ ,]+/)
  if (parts.at(-1) === '' && parts.length > 1) parts.pop()
  for (let at = parts.length - 1; at >= 0; at--) {
    if (!isTrusted(trusted, found?.bytes ?? from)) return { found, whole: false }
    // White space in front of the first address ends the walk as it does in nginx.
    const next = parseWithPort(parts[at] ?? '')
    if (!next) return { found, whole: false }
    found = next
    if (!recursive) break
  }
  return { found, whole: true }
}

// ngx_parse_addr_port
function parseWithPort(text: string): Found | undefined {
  const plain = parseIpAddress(text)
  if (plain) return { bytes: plain, port: 0 }
  const match = /^(?:\[([^\]]*)\]|([^:]*)):0*(\d{1,5})$/.exec(text)
  const port = Number(match?.[3] ?? 0)
  const bytes = parseIpAddress(match?.[1] ?? match?.[2] ?? '')
  return bytes && port >= 1 && port <= 65_535 ? { bytes, port } : undefined
}
