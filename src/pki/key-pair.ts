import { createPrivateKey, generateKeyPair, X509Certificate, type KeyObject } from 'node:crypto'
import { promisify } from 'node:util'

const generate = promisify(generateKeyPair)

/** EC is P-256, RSA has 2048 bits: what every client in use today accepts. */
export type KeyType = 'ec' | 'rsa'

/** A certificate and the private key that belongs to it. */
export interface KeyPair {
  readonly certificatePem: string
  readonly certificate: X509Certificate
  readonly keyPem: string
  readonly privateKey: KeyObject
}

/** A new key; computed beside the event loop, so that no exchange waits for it. */
export async function newKey(type: KeyType): Promise<{ publicKey: KeyObject; privateKey: KeyObject }> {
  return type === 'ec' ? generate('ec', { namedCurve: 'P-256' }) : generate('rsa', { modulusLength: 2048 })
}

/** A private key as PKCS#8 PEM. */
export function keyToPem(key: KeyObject): string {
  return key.export({ type: 'pkcs8', format: 'pem' }).toString()
}

/** Reads one certificate and its private key from PEM text; throws an Error that says what is wrong with them. */
export function parseKeyPair(text: string): KeyPair {
  const keyPem = /-----BEGIN ((?:EC |RSA )?PRIVATE KEY)-----[^-]+-----END \1-----/.exec(text)?.[0]
  const certificatePem = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/.exec(text)?.[0]
  if (keyPem === undefined) throw new Error('it holds no whole private key')
  if (certificatePem === undefined) throw new Error('it holds no whole certificate')
  const privateKey = parsed('private key', () => createPrivateKey(keyPem))
  const certificate = parsed('certificate', () => new X509Certificate(certificatePem))
  if (!certificate.checkPrivateKey(privateKey))
    throw new Error('its private key belongs to another certificate')
  return { certificatePem: `${certificatePem}\n`, certificate, keyPem: `${keyPem}\n`, privateKey }
}

function parsed<T>(what: string, parse: () => T): T {
  try {
    return parse()
  } catch (cause) {
    throw new Error(`its ${what} cannot be read`, { cause })
  }
}
