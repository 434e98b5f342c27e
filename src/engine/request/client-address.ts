/** The client's address as rules see it: the one real_ip found, or the connection's. */
import { parseIpAddress, unmapped, type IpAddress } from '../../base/ip-address.ts'
import type { Exchange } from './exchange.ts'

/** Bytes, an IPv4 address inside IPv6 as IPv4; `unix:` for unix sockets. */
export type ClientBytes = IpAddress | 'unix:'

/** `$remote_addr`. */
export function clientAddress(x: Exchange): string {
  return x.realAddress ?? x.address.remoteAddress
}

/** The same as bytes. */
export function clientBytes(x: Exchange): ClientBytes {
  return addressOrUnix(clientAddress(x))
}

/** Bytes of an address that a socket told or real_ip has checked. */
export function addressOrUnix(text: string): ClientBytes {
  const address = parseIpAddress(text)
  return address ? unmapped(address) : 'unix:'
}
