/** Self-signed certificates for the cases that speak TLS; what they prove is never trust, only who answered. */
import { generateKeyPair } from 'node:crypto'
import { promisify } from 'node:util'
import forge from 'node-forge'

export type Certificate = { certificate: string; key: string }

const made = new Map<string, Promise<Certificate>>()

/** A certificate for these names, as PEM; made once per run and set of names. */
export function certificateFor(hosts: string[]): Promise<Certificate> {
  const id = hosts.join(' ')
  const known = made.get(id) ?? makeCertificate(hosts)
  made.set(id, known)
  return known
}

async function makeCertificate(hosts: string[]): Promise<Certificate> {
  const pair = await promisify(generateKeyPair)('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  })
  const certificate = forge.pki.createCertificate()
  certificate.publicKey = forge.pki.publicKeyFromPem(pair.publicKey)
  certificate.serialNumber = '01'
  const day = 24 * 60 * 60 * 1000
  certificate.validity.notBefore = new Date(Date.now() - day)
  certificate.validity.notAfter = new Date(Date.now() + day)
  const name = [{ name: 'commonName', value: hosts[0] ?? 'localhost' }]
  certificate.setSubject(name)
  certificate.setIssuer(name)
  // 2 is the GeneralName choice dNSName (RFC 5280 §4.2.1.6).
  certificate.setExtensions([
    { name: 'subjectAltName', altNames: hosts.map((value) => ({ type: 2, value })) },
  ])
  certificate.sign(forge.pki.privateKeyFromPem(pair.privateKey), forge.md.sha256.create())
  return { certificate: forge.pki.certificateToPem(certificate), key: pair.privateKey }
}
