/**
 * The PROXY protocol, versions 1 and 2: what a proxy in front says of the client, once, before anything else
 * (ngx_proxy_protocol.c). https://www.haproxy.org/download/1.8/doc/proxy-protocol.txt
 */
import { formatIpAddress } from '../../base/ip-address.ts'
import { latin1 } from '../wire/latin1.ts'

/** Who connected to the proxy in front, and where. Addresses as they were sent. */
export interface ProxyProtocol {
  readonly address: string
  readonly port: number
  readonly serverAddress: string
  readonly serverPort: number
}

/** `header` undefined: the proxy says nothing of the client; `next`: where the client's own bytes begin. */
export type ProxyProtocolRead =
  | { readonly kind: 'read'; readonly header: ProxyProtocol | undefined; readonly next: number }
  | { readonly kind: 'bad'; readonly reason: string }

const signature = Buffer.from('\r\n\r\n\0\r\nQUIT\n', 'latin1')
const fixedSize = 16

/** Reads a header from the first bytes of a connection; as in nginx they must hold all of it. */
export function readProxyProtocol(bytes: Buffer): ProxyProtocolRead {
  const second = bytes.length >= fixedSize && bytes.subarray(0, signature.length).equals(signature)
  return second ? readSecond(bytes) : readFirst(latin1(bytes, 0, bytes.length))
}

function readFirst(text: string): ProxyProtocolRead {
  const bad = { kind: 'bad', reason: `broken header: "${text}"` } as const
  if (text.length < 8 || !text.startsWith('PROXY ')) return bad
  if (text.startsWith('UNKNOWN', 6)) {
    const end = text.indexOf('\r\n', 13)
    return end < 0 ? bad : { kind: 'read', header: undefined, next: end + 2 }
  }
  const match = /^PROXY TCP[46] ([0-9A-Fa-f.:]*) ([0-9A-Fa-f.:]*) (\d+) (\d+)\r\n/.exec(text)
  if (!match) return bad
  const [all, address = '', serverAddress = '', from, to] = match
  const header = { address, serverAddress, port: Number(from), serverPort: Number(to) }
  if (header.port > 65_535 || header.serverPort > 65_535) return bad
  return { kind: 'read', header, next: all.length }
}

function readSecond(bytes: Buffer): ProxyProtocolRead {
  const version = (bytes[12] ?? 0) >> 4
  if (version !== 2) return { kind: 'bad', reason: `unknown PROXY protocol version: ${version}` }
  const next = fixedSize + bytes.readUInt16BE(14)
  if (bytes.length < next) return { kind: 'bad', reason: 'header is too large' }
  const nothing = { kind: 'read', header: undefined, next } as const
  const command = (bytes[12] ?? 0) & 15
  const transport = (bytes[13] ?? 0) & 15
  const size = { 1: 4, 2: 16 }[(bytes[13] ?? 0) >> 4]
  // A health check of the proxy itself, datagrams, unix sockets: allowed, and they say nothing.
  if (command !== 1 || transport !== 1 || size === undefined) return nothing
  const ports = fixedSize + 2 * size
  // nginx has no sentence for this one.
  if (next < ports + 4) return { kind: 'bad', reason: 'broken header' }
  return {
    kind: 'read',
    header: {
      address: formatIpAddress(bytes.subarray(fixedSize, fixedSize + size)),
      serverAddress: formatIpAddress(bytes.subarray(fixedSize + size, ports)),
      port: bytes.readUInt16BE(ports),
      serverPort: bytes.readUInt16BE(ports + 2),
    },
    next,
  }
}
