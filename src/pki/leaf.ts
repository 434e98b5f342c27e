import type { Clock } from '../base/clock.ts'
import type { Authority } from './authority.ts'
import { alternativeNames } from './describe.ts'
import { keyToPem, newKey, parseKeyPair, type KeyPair, type KeyType } from './key-pair.ts'
import { certificateName } from './names.ts'
import { signServer } from './x509.ts'

/** A server's certificate with its private key. */
export interface Leaf {
  readonly certificatePem: string
  readonly keyPem: string
  /** The certificate followed by the authority's, as `ssl_certificate` files are written. */
  readonly chainPem: string
  /** The host names and addresses it is valid for. */
  readonly names: readonly string[]
  readonly keyType: KeyType
  /** Milliseconds since 1970. */
  readonly notBefore: number
  readonly notAfter: number
  /** SHA-256 of the certificate, `AB:CD:…`. */
  readonly fingerprint256: string
}

export interface LeafOptions {
  readonly now: Clock['now']
  readonly keyType: KeyType
  /** How many days it is valid, 1 to 397; fewer where the authority ends before. */
  readonly days?: number
}

const dayMs = 86_400_000

// 398 days is what Apple's platforms accept at most; one less leaves room for how the ends are counted.
const longestDays = 397

/**
 * A new certificate for `names` (host names, `*.` wildcards, addresses), signed by `authority`.
 * It counts from 24 h ago, for clients whose clock is behind. Throws `UnusableNameError` for a name
 * that cannot be, and an Error when the authority has expired.
 *
 * Browsers refuse `*.localhost`, as they do `*.com`: for names under it, issue each one exactly.
 */
export async function issueLeaf(
  authority: Authority,
  names: readonly string[],
  options: LeafOptions,
): Promise<Leaf> {
  const { days = longestDays, keyType } = options
  if (!Number.isInteger(days) || days < 1 || days > longestDays)
    throw new RangeError(`a certificate is issued for 1 to ${longestDays} days, not ${days}`)
  const [first, ...others] = distinct(names.map(certificateName))
  if (!first) throw new RangeError('a certificate needs at least one name')
  const nowMs = options.now()
  if (nowMs >= authority.expiresAt)
    throw new Error(
      `the local certificate authority expired on ${new Date(authority.expiresAt).toISOString()}`,
    )

  const { publicKey, privateKey } = await newKey(keyType)
  const notBefore = nowMs - dayMs
  const certificatePem = await signServer({
    publicKey,
    // Both ends count (RFC 5280 §4.1.2.5), so the last second is the one before the full number of days.
    notAfter: Math.min(notBefore + days * dayMs - 1000, authority.expiresAt),
    notBefore,
    names: [first, ...others],
    subject: {
      organization: 'Sluicegate local certificate',
      // Clients look at the alternative names only; a common name that must be cut would be another host's.
      ...(first.text.length <= 64 && { commonName: first.text }),
    },
    issuer: authority.certificate,
    issuerKey: authority.privateKey,
  })
  return leafOf(authority, parseKeyPair(keyToPem(privateKey) + certificatePem))
}

/** What a certificate that `authority` signed and its key say of themselves. */
export function leafOf(authority: Authority, pair: KeyPair): Leaf {
  const { certificate, certificatePem, keyPem, privateKey } = pair
  return {
    certificatePem,
    keyPem,
    chainPem: certificatePem + authority.certificatePem,
    names: alternativeNames(certificate),
    keyType: privateKey.asymmetricKeyType === 'rsa' ? 'rsa' : 'ec',
    notBefore: Date.parse(certificate.validFrom),
    notAfter: Date.parse(certificate.validTo),
    fingerprint256: certificate.fingerprint256,
  }
}

/**
 * What `tls.createSecureContext` takes. Without the authority: a client either has it or would not
 * believe it, and every handshake is shorter.
 */
export function secureContextOptions(leaf: Leaf): { readonly cert: string; readonly key: string } {
  return { cert: leaf.certificatePem, key: leaf.keyPem }
}

function distinct<T extends { readonly text: string }>(names: readonly T[]): readonly T[] {
  return [...new Map(names.map((name) => [name.text, name])).values()]
}
