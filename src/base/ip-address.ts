/** IP addresses and networks as bytes, read and written as nginx does (ngx_inet.c). */

/** 4 or 16 bytes in network order. */
export type IpAddress = Uint8Array

/** The bytes of an address; undefined where the text is none. An IPv6 address stands without brackets. */
export function parseIpAddress(text: string): IpAddress | undefined {
  return parseIpv4(text) ?? parseIpv6(text)
}

function parseIpv4(text: string): IpAddress | undefined {
  const parts = text.split('.')
  // nginx reads no digits as 0 and any number of leading zeros; 255.255.255.255 is its own "no address".
  if (parts.length !== 4 || !parts.every((part) => /^\d*$/.test(part) && Number(part) <= 255))
    return undefined
  const bytes = Uint8Array.from(parts, Number)
  return bytes.every((byte) => byte === 255) ? undefined : bytes
}

function parseIpv6(text: string): IpAddress | undefined {
  const sides = text.split('::')
  if (sides.length > 2) return undefined
  const [left, right] = sides.map(groupsOf)
  if (!left) return undefined
  if (sides.length === 1) return left.length === 16 ? Uint8Array.from(left) : undefined
  if (!right || left.length + right.length > 14) return undefined
  return Uint8Array.from([...left, ...new Array<number>(16 - left.length - right.length).fill(0), ...right])
}

// Groups between colons as bytes; the last one may be an IPv4 address.
function groupsOf(text: string): number[] | undefined {
  if (text === '') return []
  const groups = text.split(':')
  const bytes: number[] = []
  for (const [index, group] of groups.entries()) {
    if (/^[0-9a-fA-F]{1,4}$/.test(group)) {
      const word = parseInt(group, 16)
      bytes.push(word >> 8, word & 255)
      continue
    }
    const four = index === groups.length - 1 && group.includes('.') ? parseIpv4(group) : undefined
    if (!four) return undefined
    bytes.push(...four)
  }
  return bytes
}

/** As `$remote_addr` shows it: lower case, the longest run of zeros as `::`. */
export function formatIpAddress(address: IpAddress): string {
  if (address.length === 4) return address.join('.')
  const words = Array.from(
    { length: 8 },
    (_none, i) => ((address[2 * i] ?? 0) << 8) | (address[2 * i + 1] ?? 0),
  )
  const run = longestZeros(words)
  // Addresses that hold an IPv4 address show it with dots (ngx_inet6_ntop).
  const dotted =
    run.start === 0 &&
    ((run.length === 5 && words[5] === 0xffff) ||
      run.length === 6 ||
      (run.length === 7 && address[14] !== 0 && address[15] !== 1))
  const shown = dotted ? words.slice(0, 6) : words
  const hex = (part: readonly number[]): string => part.map((word) => word.toString(16)).join(':')
  const tail = dotted ? address.slice(12).join('.') : undefined
  if (run.length < 2) return hex(shown)
  const end = hex(shown.slice(run.start + run.length))
  return `${hex(shown.slice(0, run.start))}::${[end, tail].filter((part) => part).join(':')}`
}

function longestZeros(words: readonly number[]): { start: number; length: number } {
  let best = { start: -1, length: 1 }
  let length = 0
  for (const [index, word] of words.entries()) {
    length = word === 0 ? length + 1 : 0
    if (length > best.length) best = { start: index - length + 1, length }
  }
  return best
}

/** The IPv4 address inside `::ffff:1.2.3.4`; any other address is itself. */
export function unmapped(address: IpAddress): IpAddress {
  const mapped =
    address.length === 16 &&
    address[10] === 255 &&
    address[11] === 255 &&
    address.subarray(0, 10).every((byte) => byte === 0)
  return mapped ? address.subarray(12) : address
}

/** A network: addresses that are equal in the first `bits` bits. */
export interface Network {
  readonly address: IpAddress
  readonly bits: number
}

/** `10.0.0.0/8` or one address; undefined where the text is no network. `lowBits`: it had bits beyond its prefix. */
export function parseNetwork(text: string): { network: Network; lowBits: boolean } | undefined {
  const slash = text.indexOf('/')
  const address = parseIpAddress(slash < 0 ? text : text.slice(0, slash))
  if (!address) return undefined
  const prefix = slash < 0 ? String(8 * address.length) : text.slice(slash + 1)
  const bits = Number(prefix)
  if (!/^\d+$/.test(prefix) || bits > 8 * address.length) return undefined
  const masked = address.map((byte, index) => byte & maskByte(bits, index))
  return {
    network: { address: masked, bits },
    lowBits: masked.some((byte, index) => byte !== address[index]),
  }
}

/** Whether an address lies in a network; IPv4 and IPv6 are never in each other's. */
export function inNetwork({ address: network, bits }: Network, address: IpAddress): boolean {
  if (network.length !== address.length) return false
  for (let index = 0; 8 * index < bits; index++)
    if (((address[index] ?? 0) & maskByte(bits, index)) !== network[index]) return false
  return true
}

function maskByte(bits: number, index: number): number {
  const own = Math.min(8, Math.max(0, bits - 8 * index))
  return (0xff << (8 - own)) & 0xff
}
