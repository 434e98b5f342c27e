import { createHash } from 'node:crypto'
import { isIP } from 'node:net'
import { domainToASCII } from 'node:url'

/** A name no certificate can be issued for; `message` names it, the cause and the way out. */
export class UnusableNameError extends Error {
  override readonly name = 'UnusableNameError'
  readonly serverName: string
  constructor(serverName: string, cause: string) {
    super(`no certificate can be issued for ${JSON.stringify(shortened(serverName))}: ${cause}`)
    this.serverName = serverName
  }
}

/** What a certificate can be issued for, in the one spelling it is looked up by. */
export interface CertificateName {
  readonly kind: 'dns' | 'ip'
  /** Lower case, without a final dot, IDNA as `xn--`; IPv6 compressed, IPv4 in IPv6 as IPv4. */
  readonly text: string
}

/**
 * Reads a host name, a wildcard (`*.shop.localhost`) or an address, with or without brackets.
 * Throws `UnusableNameError`: what arrives here may be whatever a client wrote into its TLS hello.
 */
export function certificateName(serverName: string): CertificateName {
  const address = serverName.replace(/^\[(.*)\]$/, '$1')
  if (isIP(address) !== 0) return { kind: 'ip', text: canonicalAddress(address) }
  return { kind: 'dns', text: hostName(serverName) }
}

/** The spelling under which two texts of one address are equal: `0:0:0:0:0:0:0:1` is `::1`. */
export function canonicalAddress(address: string): string {
  if (isIP(address) !== 6) return address
  const withoutZone = address.replace(/%.*$/, '')
  const compressed = new URL(`http://[${withoutZone}]`).hostname.slice(1, -1)
  // A socket that listens on `::` calls an IPv4 client's address ::ffff:a.b.c.d; the client dialled a.b.c.d.
  const mapped = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/.exec(compressed)
  if (!mapped) return compressed
  return mapped
    .slice(1)
    .map((group) => Number.parseInt(group, 16))
    .flatMap((group) => [group >> 8, group & 0xff])
    .join('.')
}

/** The 4 or 16 bytes of a canonical address, as RFC 5280 §4.2.1.6 wants them in iPAddress. */
export function addressBytes(canonical: string): Uint8Array {
  if (isIP(canonical) === 4) return Uint8Array.from(canonical.split('.'), Number)
  const [head = '', tail] = canonical.split('::')
  const before = head === '' ? [] : head.split(':')
  const after = tail === undefined || tail === '' ? [] : tail.split(':')
  const zeros = Array<string>(8 - before.length - after.length).fill('0')
  const groups = [...before, ...zeros, ...after].map((group) => Number.parseInt(group, 16))
  return Uint8Array.from(groups.flatMap((group) => [group >> 8, group & 0xff]))
}

/**
 * The file a name's certificate is kept in. `*` and `:` are escaped, for Windows; the prefix keeps
 * `con` and `nul` from being devices there; very long names are cut and told apart by a hash.
 */
export function certificateFileName(name: CertificateName): string {
  const escaped = name.text.replaceAll('*', '%2A').replaceAll(':', '%3A')
  // 255 bytes is what common file systems allow, and a file being written has a longer name.
  if (escaped.length <= 200) return `leaf-${escaped}.pem`
  const hash = createHash('sha256').update(name.text).digest('hex').slice(0, 32)
  return `leaf-${escaped.slice(0, 100)}%${hash}.pem`
}

function hostName(serverName: string): string {
  const refuse = (cause: string) => new UnusableNameError(serverName, cause)
  if (serverName.length > 1000) throw refuse('it is far too long for a host name')
  const ascii = toAscii(serverName)
  if (ascii === undefined) throw refuse('it is not an international domain name; check its spelling')
  const name = ascii.toLowerCase().replace(/\.$/, '')
  if (name === '') throw refuse('it is empty; ask by the host name the client wants')
  if (name.length > 253) throw refuse('a host name has at most 253 characters (RFC 1035 §2.3.4)')
  const wildcard = name.startsWith('*.')
  const labels = (wildcard ? name.slice(2) : name).split('.')
  for (const label of labels) {
    if (label === '') throw refuse('it has an empty part between dots')
    if (label.length > 63) throw refuse('a part between dots has at most 63 characters (RFC 1035 §2.3.4)')
    if (label.includes('*')) throw refuse('`*` may only stand alone and first, as in `*.example.com`')
    if (!/^[a-z0-9_-]+$/.test(label)) throw refuse('only letters, digits, `-`, `_` and dots make a host name')
    if (label.startsWith('-') || label.endsWith('-')) throw refuse('a part may not begin or end with `-`')
  }
  const last = labels[labels.length - 1] ?? ''
  if (!/[a-z0-9]/.test(name)) throw refuse('it has no letter or digit; list the real names of this server')
  // The URL Standard reads such a host as a (broken) IPv4 address, so no client could ever match it.
  if (/^\d+$/.test(last)) throw refuse('it ends in a number but is no IPv4 address')
  return name
}

// domainToASCII also reads what is no name at all (`0x7f.1` becomes an address), so plain names pass by it.
function toAscii(text: string): string | undefined {
  if (!/[^ -~]/.test(text)) return text
  if (/[\s%/\\:@?#[\]]/.test(text)) return undefined
  return domainToASCII(text) || undefined
}

function shortened(text: string): string {
  return text.length > 80 ? `${text.slice(0, 77)}...` : text
}
