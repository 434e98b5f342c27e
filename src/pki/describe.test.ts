import { X509Certificate } from 'node:crypto'
import { expect, test } from 'vitest'
import { describeCertificate } from './describe.ts'
import { newKey } from './key-pair.ts'
import { certificateName } from './names.ts'
import { signAuthority, signServer } from './x509.ts'

const startMs = Date.UTC(2049, 11, 31)
const endMs = Date.UTC(2050, 0, 2, 3, 4, 5) // the two spellings of time in one certificate: UTCTime ends with 2049

async function serverCertificate(options: {
  keyType: 'ec' | 'rsa'
  names: readonly string[]
}): Promise<string> {
  const life = { notBefore: startMs, notAfter: endMs }
  const issuerKeys = await newKey('rsa')
  const issuer = await signAuthority({
    ...life,
    ...issuerKeys,
    subject: { organization: 'Acme', commonName: 'Root' },
  })
  const { publicKey } = await newKey(options.keyType)
  return signServer({
    ...life,
    publicKey,
    names: options.names.map(certificateName),
    subject: { organization: 'Acme, "Ltd"', commonName: 'a.test' },
    issuer: new X509Certificate(issuer),
    issuerKey: issuerKeys.privateKey,
  })
}

test('a server’s certificate is described', async () => {
  const pem = await serverCertificate({
    keyType: 'rsa',
    names: ['a.test', '*.b.test', '127.0.0.1', '2001:db8::7'],
  })
  const { serialNumber, fingerprint256, ...rest } = describeCertificate(pem)
  expect(rest).toEqual({
    subject: 'O=Acme\\, \\"Ltd\\", CN=a.test',
    issuer: 'O=Acme, CN=Root',
    names: ['a.test', '*.b.test', '127.0.0.1', '2001:db8::7'],
    notBefore: startMs,
    notAfter: endMs,
    keyType: 'rsa',
    keySize: '2048 bits',
    isAuthority: false,
    isSelfSigned: false,
  })
  expect(fingerprint256).toMatch(/^([0-9A-F]{2}:){31}[0-9A-F]{2}$/)
  expect(serialNumber).toMatch(/^[4-7][0-9A-F]{31}$/)
})

test('of several certificates the first is described', async () => {
  const first = await serverCertificate({ keyType: 'ec', names: ['one.test'] })
  const second = await serverCertificate({ keyType: 'ec', names: ['two.test'] })
  expect(describeCertificate(first + second)).toMatchObject({
    names: ['one.test'],
    keyType: 'ec',
    keySize: 'P-256',
  })
})

test('two certificates never have the same serial number', async () => {
  const pems = await Promise.all([1, 2, 3].map(() => serverCertificate({ keyType: 'ec', names: ['a.test'] })))
  expect(new Set(pems.map((pem) => describeCertificate(pem).serialNumber)).size).toBe(3)
})

test.each([
  ['', 'there is no `-----BEGIN CERTIFICATE-----` in it'],
  ['hello', 'there is no `-----BEGIN CERTIFICATE-----` in it'],
  ['-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n', 'the certificate is damaged'],
  ['-----BEGIN CERTIFICATE-----\nMIIB', 'the certificate is damaged'],
])('%j is not a certificate: %s', (text, why) => {
  expect(() => describeCertificate(text)).toThrow(`not a certificate: ${why}`)
})
