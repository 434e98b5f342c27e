import { execFile, spawnSync } from 'node:child_process'
import { X509Certificate } from 'node:crypto'
import { mkdtempDisposable, writeFile } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect, createSecureContext, createServer, type TLSSocket } from 'node:tls'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { loadOrCreateAuthority, renewAuthority, type Authority } from './authority.ts'
import { describeCertificate } from './describe.ts'
import type { KeyType } from './key-pair.ts'
import { issueLeaf, secureContextOptions, type Leaf } from './leaf.ts'

const dayMs = 86_400_000
const startMs = Date.UTC(2026, 2, 4, 12, 0, 0)
const keyTypes: readonly KeyType[] = ['ec', 'rsa']

let folder: Awaited<ReturnType<typeof mkdtempDisposable>>
let authority: Authority

beforeAll(async () => {
  folder = await mkdtempDisposable(join(tmpdir(), 'sluicegate-pki-'))
  authority = (await loadOrCreateAuthority(folder.path, { now: () => startMs, name: 'ada@laptop' })).authority
})
afterAll(() => folder.remove())

const issue = (names: readonly string[], keyType: KeyType = 'ec', nowMs = startMs, days?: number) =>
  issueLeaf(authority, names, { now: () => nowMs, keyType, ...(days !== undefined && { days }) })

describe('a server’s certificate', () => {
  test.each(keyTypes)('with an %s key says what it is for', async (keyType) => {
    const leaf = await issue(
      ['App.localhost', 'app.localhost', '*.shop.localhost', '127.0.0.1', '[::1]'],
      keyType,
    )
    const names = ['app.localhost', '*.shop.localhost', '127.0.0.1', '::1']
    expect({ ...leaf, certificatePem: '', keyPem: '', chainPem: '', fingerprint256: '' }).toEqual({
      certificatePem: '',
      keyPem: '',
      chainPem: '',
      fingerprint256: '',
      names,
      keyType,
      notBefore: startMs - dayMs,
      notAfter: startMs - dayMs + 397 * dayMs - 1000,
    })
    expect(describeCertificate(leaf.certificatePem)).toMatchObject({
      subject: 'O=Sluicegate local certificate, CN=app.localhost',
      issuer: `O=Sluicegate local authority, OU=ada@laptop, CN=${authority.name}`,
      names,
      fingerprint256: leaf.fingerprint256,
      keySize: keyType === 'ec' ? 'P-256' : '2048 bits',
      isAuthority: false,
    })
    expect(leaf.chainPem).toBe(leaf.certificatePem + authority.certificatePem)
    expect(new X509Certificate(leaf.certificatePem).keyUsage).toEqual(['1.3.6.1.5.5.7.3.1'])
  })

  test('is valid for as many days as asked, both ends included', async () => {
    const { notBefore, notAfter } = await issue(['a.test'], 'ec', startMs, 10)
    expect(notAfter - notBefore).toBe(10 * dayMs - 1000)
  })

  test('ends with its authority at the latest', async () => {
    const { notAfter } = await issue(['a.test'], 'ec', authority.expiresAt - 5 * dayMs)
    expect(notAfter).toBe(authority.expiresAt)
  })

  test.each([0, 398, 1.5, Number.NaN])('is not issued for %d days', async (days) => {
    await expect(issue(['a.test'], 'ec', startMs, days)).rejects.toThrow('for 1 to 397 days')
  })

  test('is not issued without a name, for what is no name, or by an expired authority', async () => {
    await expect(issue([])).rejects.toThrow('at least one name')
    await expect(issue(['a.test', 'a b'])).rejects.toThrow('only letters, digits')
    await expect(issue(['a.test'], 'ec', authority.expiresAt)).rejects.toThrow(
      'authority expired on 2036-03-01',
    )
  })

  test('has no common name where it would have to be cut', async () => {
    const long = `${'a'.repeat(60)}.${'b'.repeat(60)}.test`
    const { certificatePem } = await issue([long])
    expect(describeCertificate(certificatePem)).toMatchObject({
      subject: 'O=Sluicegate local certificate',
      names: [long],
    })
  })
})

const openssl = spawnSync('openssl', ['version'])
const noOpenssl = openssl.status === 0 ? false : 'openssl is not installed'
if (noOpenssl) console.warn(`skipped: ${noOpenssl}`)

describe.skipIf(noOpenssl)('openssl', () => {
  async function verify(
    leaf: Leaf,
    check: readonly string[],
    trusted = authority,
    nowMs = startMs,
  ): Promise<string> {
    const file = join(folder.path, `${leaf.fingerprint256.slice(0, 20)}.pem`)
    await writeFile(file, leaf.certificatePem)
    const ca = join(folder.path, `ca-${trusted.fingerprint256.slice(0, 20)}.pem`)
    await writeFile(ca, trusted.certificatePem)
    const strict = ['-x509_strict', '-purpose', 'sslserver', '-attime', String(Math.floor(nowMs / 1000))]
    // Without the system's authorities, and by the one given alone.
    const only = ['-no-CApath', '-no-CAstore', '-CAfile', ca]
    const result = await promisify(execFile)('openssl', ['verify', ...strict, ...check, ...only, file]).catch(
      (error: unknown) => error as { stdout: string; stderr: string },
    )
    return result.stdout + result.stderr
  }

  describe.each(keyTypes)('verifies an %s certificate strictly', (keyType) => {
    test.each([
      ['app.localhost', ['-verify_hostname', 'app.localhost']],
      ['*.shop.test', ['-verify_hostname', 'cart.shop.test']],
      ['xn--bcher-kva.test', ['-verify_hostname', 'xn--bcher-kva.test']],
      ['127.0.0.1', ['-verify_ip', '127.0.0.1']],
      ['::1', ['-verify_ip', '::1']],
      ['2001:db8::1:0:0:1', ['-verify_ip', '2001:db8:0:0:1:0:0:1']],
    ])('for %s', async (name, check) => {
      expect(await verify(await issue([name], keyType), check)).toMatch(/: OK\n$/)
    })
  })

  async function extensions(pem: string): Promise<readonly string[]> {
    const file = join(folder.path, 'described.pem')
    await writeFile(file, pem)
    const text = (await promisify(execFile)('openssl', ['x509', '-in', file, '-noout', '-text'])).stdout
    const [, section = ''] = /X509v3 extensions:\n([^]*?)\n {4}Signature Algorithm/.exec(text) ?? []
    // Key identifiers differ each time.
    return section
      .split('\n')
      .map((line) => line.trim().replace(/^([0-9A-F]{2}:){19}[0-9A-F]{2}$/, '(20 bytes)'))
  }

  test('finds in an authority exactly the extensions of one', async () => {
    expect(await extensions(authority.certificatePem)).toEqual([
      'X509v3 Basic Constraints: critical',
      'CA:TRUE, pathlen:0',
      'X509v3 Key Usage: critical',
      'Certificate Sign, CRL Sign',
      'X509v3 Subject Key Identifier:',
      '(20 bytes)',
    ])
  })

  test.each([
    ['ec', 'Digital Signature'],
    ['rsa', 'Digital Signature, Key Encipherment'],
  ] as const)('finds in an %s certificate exactly those of a TLS server', async (keyType, usage) => {
    const { certificatePem } = await issue(['a.test', '127.0.0.1', '::1'], keyType)
    expect(await extensions(certificatePem)).toEqual([
      'X509v3 Basic Constraints: critical',
      'CA:FALSE',
      'X509v3 Key Usage: critical',
      usage,
      'X509v3 Extended Key Usage:',
      'TLS Web Server Authentication',
      'X509v3 Subject Alternative Name:',
      'DNS:a.test, IP Address:127.0.0.1, IP Address:0:0:0:0:0:0:0:1',
      'X509v3 Subject Key Identifier:',
      '(20 bytes)',
      'X509v3 Authority Key Identifier:',
      '(20 bytes)',
    ])
  })

  test('refuses it for another name, before and after its time, and by another authority', async () => {
    const leaf = await issue(['app.localhost'])
    const stranger = await loadOrCreateAuthority(join(folder.path, 'stranger'), { now: () => startMs })
    const check = ['-verify_hostname', 'app.localhost']
    expect(await verify(leaf, ['-verify_hostname', 'other.localhost'])).toContain('hostname mismatch')
    expect(await verify(leaf, check, authority, leaf.notBefore - 1000)).toContain('not yet valid')
    expect(await verify(leaf, check, authority, leaf.notBefore)).toContain('OK')
    expect(await verify(leaf, check, authority, leaf.notAfter - 1000)).toContain('OK')
    expect(await verify(leaf, check, authority, leaf.notAfter)).toContain('has expired')
    expect(await verify(leaf, check, stranger.authority)).toContain('unable to get local issuer certificate')
  })

  test('verifies what was signed before a renewal by the renewed authority, and the reverse', async () => {
    const renewedFolder = join(folder.path, 'renewed')
    const { authority: old } = await loadOrCreateAuthority(renewedFolder, { now: () => startMs })
    const before = await issueLeaf(old, ['a.test'], { now: () => startMs, keyType: 'ec' })
    const { authority: renewed } = await renewAuthority(renewedFolder, { now: () => startMs + dayMs })
    const after = await issueLeaf(renewed, ['a.test'], { now: () => startMs + dayMs, keyType: 'ec' })
    const nowMs = startMs + dayMs
    expect(await verify(before, [], renewed, nowMs)).toContain('OK')
    expect(await verify(after, [], old, nowMs)).toContain('OK')
  })
})

describe('over TLS', () => {
  const now = () => Date.now() // the client of node:tls looks at the machine's clock
  const sites = ['app.localhost', 'api.localhost', '*.shop.test']
  let trusted: Authority
  let leaves: ReadonlyMap<string, Leaf>
  const server = createServer({
    SNICallback: (serverName, answer) => {
      const leaf = leaves.get(serverName.replace(/^[^.]+(?=\.shop\.test$)/, '*'))
      answer(null, leaf && createSecureContext(secureContextOptions(leaf)))
    },
  })

  beforeAll(async () => {
    trusted = (await loadOrCreateAuthority(join(folder.path, 'tls'), { now, name: 'ada@laptop' })).authority
    const issued = sites.map((site, i) =>
      issueLeaf(trusted, [site], { now, keyType: i === 0 ? 'rsa' : 'ec' }),
    )
    leaves = new Map((await Promise.all(issued)).map((leaf) => [String(leaf.names[0]), leaf]))
    // Who asks by address sends no name.
    const byAddress = await issueLeaf(trusted, ['127.0.0.1'], { now, keyType: 'ec' })
    server.setSecureContext(secureContextOptions(byAddress))
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  })
  afterAll(() => new Promise((done) => server.close(done)))

  function handshake(servername: string | undefined, ca: string): Promise<string> {
    const { port } = server.address() as AddressInfo
    return new Promise((resolve, reject) => {
      const socket: TLSSocket = connect({ host: '127.0.0.1', port, servername, ca }, () => {
        resolve(String(socket.getPeerCertificate().subjectaltname))
        socket.destroy()
      })
      socket.on('error', reject)
    })
  }

  test.each([
    ['app.localhost', 'DNS:app.localhost'],
    ['api.localhost', 'DNS:api.localhost'],
    ['cart.shop.test', 'DNS:*.shop.test'],
    [undefined, 'IP Address:127.0.0.1'],
  ])('a client that trusts the authority and asks for %s believes %s', async (serverName, names) => {
    expect(await handshake(serverName, trusted.certificatePem)).toBe(names)
  })

  test('a client that trusts another authority does not', async () => {
    await expect(handshake('app.localhost', authority.certificatePem)).rejects.toThrow(
      /unable to (verify the first|get local issuer) certificate/,
    )
  })
})
