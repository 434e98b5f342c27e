// X.509 certificates (RFC 5280), encoded with node-forge's ASN.1 and signed by node:crypto:
// forge alone knows no ECDSA and computes RSA in JavaScript.
import { createHash, randomBytes, sign, X509Certificate, type KeyObject } from 'node:crypto'
import { promisify } from 'node:util'
import forge from 'node-forge'
import { addressBytes, type CertificateName } from './names.ts'

const { asn1 } = forge
type Node = forge.asn1.Asn1

const signAsync = promisify<string, Buffer, KeyObject, Buffer>(sign)

const oid = {
  commonName: '2.5.4.3',
  organization: '2.5.4.10',
  organizationalUnit: '2.5.4.11',
  subjectKeyIdentifier: '2.5.29.14',
  keyUsage: '2.5.29.15',
  subjectAltName: '2.5.29.17',
  basicConstraints: '2.5.29.19',
  authorityKeyIdentifier: '2.5.29.35',
  extendedKeyUsage: '2.5.29.37',
  serverAuth: '1.3.6.1.5.5.7.3.1',
  sha256WithRsa: '1.2.840.113549.1.1.11',
  ecdsaWithSha256: '1.2.840.10045.4.3.2',
} as const

/** Who a certificate is about. RFC 5280 allows 64 characters each; longer ones are cut. */
export interface Subject {
  readonly commonName?: string
  readonly organization: string
  readonly organizationalUnit?: string
}

/** A certificate's key and life, in milliseconds since 1970; written with whole seconds. */
interface Common {
  readonly publicKey: KeyObject
  readonly notBefore: number
  readonly notAfter: number
}

/**
 * A certificate authority's own certificate, as PEM. `subject` is either said, or taken from the
 * certificate it renews.
 */
export async function signAuthority(
  request: Common & { readonly privateKey: KeyObject; readonly subject: Subject | X509Certificate },
): Promise<string> {
  const { subject } = request
  const name = subject instanceof X509Certificate ? subjectOf(subject) : distinguishedName(subject)
  return certificate({
    ...request,
    issuer: name,
    subject: name,
    signWith: request.privateKey,
    extensions: [
      extension(oid.basicConstraints, true, sequence(boolean(true), integer('\x00'))),
      extension(oid.keyUsage, true, keyUsage('keyCertSign', 'cRLSign')),
      extension(oid.subjectKeyIdentifier, false, octets(keyIdentifier(request.publicKey))),
    ],
  })
}

/** A TLS server's certificate for `names`, signed by an authority, as PEM. */
export async function signServer(
  request: Common & {
    readonly names: readonly CertificateName[]
    readonly subject: Subject
    readonly issuer: X509Certificate
    readonly issuerKey: KeyObject
  },
): Promise<string> {
  const usage = request.publicKey.asymmetricKeyType === 'rsa' ? (['keyEncipherment'] as const) : []
  return certificate({
    ...request,
    issuer: subjectOf(request.issuer),
    subject: distinguishedName(request.subject),
    signWith: request.issuerKey,
    extensions: [
      extension(oid.basicConstraints, true, sequence()),
      extension(oid.keyUsage, true, keyUsage('digitalSignature', ...usage)),
      extension(oid.extendedKeyUsage, false, sequence(objectId(oid.serverAuth))),
      extension(oid.subjectAltName, false, sequence(...request.names.map(generalName))),
      extension(oid.subjectKeyIdentifier, false, octets(keyIdentifier(request.publicKey))),
      extension(
        oid.authorityKeyIdentifier,
        false,
        sequence(tagged(0, subjectKeyIdentifierOf(request.issuer))),
      ),
    ],
  })
}

async function certificate(request: {
  readonly issuer: Node
  readonly subject: Node
  readonly notBefore: number
  readonly notAfter: number
  readonly publicKey: KeyObject
  readonly signWith: KeyObject
  readonly extensions: readonly Node[]
}): Promise<string> {
  const algorithm = signatureAlgorithm(request.signWith)
  const toBeSigned = sequence(
    tagged(0, [integer('\x02')]), // version 3
    integer(randomSerial()),
    algorithm,
    request.issuer,
    sequence(time(request.notBefore), time(request.notAfter)),
    request.subject,
    asn1.fromDer(bytes(request.publicKey.export({ type: 'spki', format: 'der' }))),
    tagged(3, [sequence(...request.extensions)]),
  )
  const signature = await signAsync('sha256', der(toBeSigned), request.signWith)
  return pem(der(sequence(toBeSigned, algorithm, bitString(0, signature))))
}

// 16 bytes: positive, never zero, 126 bits of chance; RFC 5280 §4.1.2.2 allows 20.
function randomSerial(): string {
  const serial = randomBytes(16)
  serial.writeUInt8((serial.readUInt8(0) & 0x7f) | 0x40, 0)
  return bytes(serial)
}

function signatureAlgorithm(key: KeyObject): Node {
  switch (key.asymmetricKeyType) {
    case 'ec':
      return sequence(objectId(oid.ecdsaWithSha256)) // without parameters, RFC 5758 §3.2
    case 'rsa':
      return sequence(objectId(oid.sha256WithRsa), universal(asn1.Type.NULL, '')) // with NULL, RFC 4055 §5
    default:
      throw new Error(`an authority's key is EC or RSA, not ${key.asymmetricKeyType ?? key.type}`)
  }
}

// RFC 5280 §4.1.2.5: UTCTime to the end of 2049, GeneralizedTime from 2050 on.
function time(ms: number): Node {
  const date = new Date(ms)
  return date.getUTCFullYear() < 2050
    ? universal(asn1.Type.UTCTIME, asn1.dateToUtcTime(date))
    : universal(asn1.Type.GENERALIZEDTIME, asn1.dateToGeneralizedTime(date))
}

function distinguishedName(subject: Subject): Node {
  const attribute = (type: string, value: string | undefined) =>
    value === undefined ? [] : [set(sequence(objectId(type), utf8([...value].slice(0, 64).join(''))))]
  return sequence(
    ...attribute(oid.organization, subject.organization),
    ...attribute(oid.organizationalUnit, subject.organizationalUnit),
    ...attribute(oid.commonName, subject.commonName),
  )
}

const usageBits = { digitalSignature: 0, keyEncipherment: 2, keyCertSign: 5, cRLSign: 6 } as const

function keyUsage(...usages: readonly (keyof typeof usageBits)[]): Node {
  const bits = usages.map((usage) => usageBits[usage])
  const byte = bits.reduce<number>((all, bit) => all | (0x80 >> bit), 0)
  return bitString(7 - Math.max(...bits), Uint8Array.of(byte)) // DER drops trailing zero bits
}

// dNSName [2] and iPAddress [7] of RFC 5280 §4.2.1.6
function generalName(name: CertificateName): Node {
  return name.kind === 'ip' ? tagged(7, bytes(addressBytes(name.text))) : tagged(2, name.text)
}

// Any unique number will do (RFC 5280 §4.2.1.2); a hash of the whole SubjectPublicKeyInfo is RFC 7093's method 4.
function keyIdentifier(publicKey: KeyObject): string {
  const spki = publicKey.export({ type: 'spki', format: 'der' })
  return bytes(createHash('sha256').update(spki).digest().subarray(0, 20))
}

// The fields of TBSCertificate in RFC 5280 §4.1 order; a version-1 certificate has no [0] in front.
function fieldsOf(certificate: X509Certificate): readonly Node[] {
  const [toBeSigned] = children(asn1.fromDer(bytes(certificate.raw)))
  const fields = children(toBeSigned)
  return fields[0] && isTagged(fields[0], 0) ? fields.slice(1) : fields
}

// Taken over as it is encoded: chains are built by comparing these bytes.
function subjectOf(certificate: X509Certificate): Node {
  const subject = fieldsOf(certificate)[4]
  if (!subject) throw new Error('the certificate has no subject')
  return subject
}

// An authority made elsewhere may have computed its identifier another way, so it is read, not computed.
function subjectKeyIdentifierOf(certificate: X509Certificate): string {
  const extensions = fieldsOf(certificate).find((field) => isTagged(field, 3))
  for (const each of extensions ? children(children(extensions)[0]) : []) {
    const [id, ...rest] = children(each)
    if (typeof id?.value !== 'string' || asn1.derToOid(id.value) !== oid.subjectKeyIdentifier) continue
    const wrapped = rest[rest.length - 1]?.value
    if (typeof wrapped !== 'string') continue
    const value = asn1.fromDer(wrapped).value
    if (typeof value === 'string') return value
  }
  throw new Error('the authority has no subject key identifier')
}

// forge keeps a context tag where it keeps universal types.
function isTagged(node: Node, tag: number): boolean {
  return node.tagClass === asn1.Class.CONTEXT_SPECIFIC && Number(node.type) === tag
}

function children(node: Node | undefined): readonly Node[] {
  if (!node || typeof node.value === 'string')
    throw new Error('the certificate is not built as RFC 5280 says')
  return node.value
}

function extension(id: string, critical: boolean, value: Node): Node {
  const wrapped = octets(asn1.toDer(value).getBytes())
  return critical ? sequence(objectId(id), boolean(true), wrapped) : sequence(objectId(id), wrapped)
}

const sequence = (...nodes: readonly Node[]): Node =>
  asn1.create(asn1.Class.UNIVERSAL, asn1.Type.SEQUENCE, true, [...nodes])
const set = (node: Node): Node => asn1.create(asn1.Class.UNIVERSAL, asn1.Type.SET, true, [node])
const universal = (type: forge.asn1.Type, value: string): Node =>
  asn1.create(asn1.Class.UNIVERSAL, type, false, value)
const tagged = (tag: 0 | 2 | 3 | 7, value: string | Node[]): Node =>
  asn1.create(asn1.Class.CONTEXT_SPECIFIC, tag, typeof value !== 'string', value)
const objectId = (id: string): Node => universal(asn1.Type.OID, asn1.oidToDer(id).getBytes())
const integer = (value: string): Node => universal(asn1.Type.INTEGER, value)
const boolean = (value: boolean): Node => universal(asn1.Type.BOOLEAN, value ? '\xff' : '\x00')
const octets = (value: string): Node => universal(asn1.Type.OCTETSTRING, value)
const utf8 = (value: string): Node => universal(asn1.Type.UTF8, bytes(Buffer.from(value, 'utf8')))
const bitString = (unusedBits: number, value: Uint8Array): Node =>
  universal(asn1.Type.BITSTRING, String.fromCharCode(unusedBits) + bytes(value))

// forge speaks in strings of one byte a character
const bytes = (value: Uint8Array): string => Buffer.from(value).toString('latin1')
const der = (node: Node): Buffer => Buffer.from(asn1.toDer(node).getBytes(), 'latin1')

function pem(certificate: Buffer): string {
  const lines = certificate.toString('base64').match(/.{1,64}/g) ?? []
  return ['-----BEGIN CERTIFICATE-----', ...lines, '-----END CERTIFICATE-----', ''].join('\n')
}
