import { X509Certificate } from 'node:crypto'
import { canonicalAddress } from './names.ts'

/** What a person wants to know of a certificate; JSON-safe. */
export interface CertificateDescription {
  /** `O=Sluicegate, CN=app.localhost`, most general part first. */
  readonly subject: string
  readonly issuer: string
  /** The host names and addresses it is valid for: subjectAltName, as clients check it, never the common name. */
  readonly names: readonly string[]
  /** Milliseconds since 1970. */
  readonly notBefore: number
  readonly notAfter: number
  /** Node's name for the kind of key: `ec`, `rsa`, `ed25519` … */
  readonly keyType: string
  /** `P-256` or `2048 bits`; empty where the kind says it all. */
  readonly keySize: string
  /** SHA-256 of the whole certificate, `AB:CD:…`. */
  readonly fingerprint256: string
  readonly serialNumber: string
  readonly isAuthority: boolean
  readonly isSelfSigned: boolean
}

/** Describes the first certificate in PEM text; throws an Error when there is none that can be read. */
export function describeCertificate(pem: string): CertificateDescription {
  return describe(readCertificate(pem))
}

function readCertificate(pem: string): X509Certificate {
  try {
    return new X509Certificate(pem)
  } catch (cause) {
    const why = pem.includes('-----BEGIN CERTIFICATE-----')
      ? 'the certificate is damaged'
      : 'there is no `-----BEGIN CERTIFICATE-----` in it; a certificate is expected as PEM text'
    throw new Error(`not a certificate: ${why}`, { cause })
  }
}

function describe(certificate: X509Certificate): CertificateDescription {
  return {
    subject: oneLine(certificate.subject),
    issuer: oneLine(certificate.issuer),
    names: alternativeNames(certificate),
    notBefore: Date.parse(certificate.validFrom),
    notAfter: Date.parse(certificate.validTo),
    keyType: certificate.publicKey.asymmetricKeyType ?? 'unknown',
    keySize: keySize(certificate),
    fingerprint256: certificate.fingerprint256,
    serialNumber: certificate.serialNumber,
    isAuthority: certificate.ca,
    isSelfSigned: certificate.checkIssued(certificate),
  }
}

/** The host names and addresses a certificate is valid for, in their canonical spelling. */
export function alternativeNames(certificate: X509Certificate): readonly string[] {
  // Node quotes as JSON what holds a comma or a quote, so that one name cannot pretend to be two.
  const entries = (certificate.subjectAltName ?? '').matchAll(
    /(?:^|, )(DNS|IP Address):("(?:[^"\\]|\\.)*"|[^,]*)/g,
  )
  return [...entries].map(([, kind, text = '']) => {
    const value = text.startsWith('"') ? String(JSON.parse(text)) : text
    return kind === 'DNS' ? value : canonicalAddress(value.toLowerCase())
  })
}

// Node gives one attribute a line; an absent name is undefined, whatever its type says.
function oneLine(name: string | undefined): string {
  return (name ?? '').split('\n').join(', ')
}

const curves: Readonly<Record<string, string>> = {
  prime256v1: 'P-256',
  secp384r1: 'P-384',
  secp521r1: 'P-521',
}

function keySize(certificate: X509Certificate): string {
  const details = certificate.publicKey.asymmetricKeyDetails
  if (details?.modulusLength !== undefined) return `${details.modulusLength} bits`
  if (details?.namedCurve !== undefined) return curves[details.namedCurve] ?? details.namedCurve
  return ''
}
