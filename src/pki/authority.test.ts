import { chmod, mkdir, mkdtempDisposable, readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { loadOrCreateAuthority, renewAuthority } from './authority.ts'
import { describeCertificate } from './describe.ts'
import { newKey, keyToPem } from './key-pair.ts'
import { issueLeaf } from './leaf.ts'

const scratchFolder = () => mkdtempDisposable(join(tmpdir(), 'sluicegate-pki-'))
const startMs = Date.UTC(2026, 2, 4, 12, 0, 0)
const dayMs = 86_400_000
const at = (ms: number) => ({ now: () => ms, name: 'ada@laptop' })
const modeOf = async (path: string) => (await stat(path)).mode & 0o777

test('a new authority says whose it is, lasts ten years and is kept where only its owner reads', async () => {
  await using scratch = await scratchFolder()
  const folder = join(scratch.path, 'pki')
  const { authority, created, recovered } = await loadOrCreateAuthority(folder, at(startMs))
  expect({ created, recovered }).toEqual({ created: true, recovered: undefined })
  expect(authority.name).toMatch(/^Sluicegate [0-9a-f]{8} ada@laptop$/)
  expect(describeCertificate(authority.certificatePem)).toEqual({
    subject: `O=Sluicegate local authority, OU=ada@laptop, CN=${authority.name}`,
    issuer: `O=Sluicegate local authority, OU=ada@laptop, CN=${authority.name}`,
    names: [],
    notBefore: startMs - dayMs,
    notAfter: startMs + 3650 * dayMs,
    keyType: 'ec',
    keySize: 'P-256',
    fingerprint256: authority.fingerprint256,
    serialNumber: expect.stringMatching(/^[4-7][0-9A-F]{31}$/) as unknown,
    isAuthority: true,
    isSelfSigned: true,
  })
  expect(authority.expiresAt).toBe(startMs + 3650 * dayMs)
  expect(await modeOf(folder)).toBe(0o700)
  expect(await modeOf(join(folder, 'authority.pem'))).toBe(0o600)
  expect((await readdir(folder)).sort()).toEqual(['authority.crt', 'authority.pem'])
})

test('the second start finds the same authority', async () => {
  await using folder = await scratchFolder()
  const first = await loadOrCreateAuthority(folder.path, at(startMs))
  const second = await loadOrCreateAuthority(folder.path, at(startMs + dayMs))
  expect(second).toMatchObject({
    created: false,
    authority: { fingerprint256: first.authority.fingerprint256 },
  })
  expect(second.recovered).toBeUndefined()
  expect(second.authority.name).toBe(first.authority.name)
})

test('without a name it is called after the user and the host', async () => {
  await using folder = await scratchFolder()
  const { authority } = await loadOrCreateAuthority(folder.path, { now: () => startMs })
  expect(authority.name).toMatch(/^Sluicegate [0-9a-f]{8} [^@]+@[^@]+$/)
})

test('a name of any length and letters makes a certificate that can be read back', async () => {
  await using folder = await scratchFolder()
  const name = `Jörg "J", von ${'x'.repeat(100)}`
  const { authority } = await loadOrCreateAuthority(folder.path, { now: () => startMs, name })
  expect(authority.name).toMatch(/^Sluicegate [0-9a-f]{8} Jörg "J", von x{30}$/)
})

test('programs that start at once on an empty folder agree on one authority', async () => {
  await using folder = await scratchFolder()
  const loaded = await Promise.all(
    Array.from({ length: 6 }, () => loadOrCreateAuthority(folder.path, at(startMs))),
  )
  expect(new Set(loaded.map(({ authority }) => authority.fingerprint256)).size).toBe(1)
  expect(loaded.filter(({ created }) => created)).toHaveLength(1)
})

test('rights that were opened are closed again', async () => {
  await using folder = await scratchFolder()
  await loadOrCreateAuthority(folder.path, at(startMs))
  await chmod(folder.path, 0o755)
  await chmod(join(folder.path, 'authority.pem'), 0o644)
  await loadOrCreateAuthority(folder.path, at(startMs))
  expect(await modeOf(folder.path)).toBe(0o700)
  expect(await modeOf(join(folder.path, 'authority.pem'))).toBe(0o600)
})

test('a lost or torn public copy is written again and loses no trust', async () => {
  await using folder = await scratchFolder()
  const { authority } = await loadOrCreateAuthority(folder.path, at(startMs))
  await writeFile(authority.certificateFile, authority.certificatePem.slice(0, 100))
  const again = await loadOrCreateAuthority(folder.path, at(startMs))
  expect(again.recovered).toBeUndefined()
  expect(await readFile(authority.certificateFile, 'utf8')).toBe(authority.certificatePem)
})

describe('an authority that cannot be used is kept aside and replaced', async () => {
  const strangerKey = keyToPem((await newKey('ec')).privateKey)
  const certificateIn = (text: string) => text.slice(text.indexOf('-----BEGIN CERTIFICATE'))
  const keyIn = (text: string) => text.slice(0, text.indexOf('-----BEGIN CERTIFICATE'))

  test.each([
    ['empty', () => '', 'it holds no whole private key'],
    ['cut in the key', (text: string) => text.slice(0, 100), 'it holds no whole private key'],
    ['without certificate', keyIn, 'it holds no whole certificate'],
    ['cut in the certificate', (text: string) => text.slice(0, -60), 'it holds no whole certificate'],
    ['without key', certificateIn, 'it holds no whole private key'],
    [
      'of two pairs',
      (text: string) => strangerKey + certificateIn(text),
      'its private key belongs to another',
    ],
    [
      'scribbled over',
      (text: string) => text.replace(/(BEGIN CERTIFICATE-----\n)[^]{20}/, '$1AAAAAAAAAAAAAAAAAAAA'),
      'its certificate cannot be read',
    ],
  ])('%s', async (_, damage, cause) => {
    await using folder = await scratchFolder()
    const file = join(folder.path, 'authority.pem')
    const first = await loadOrCreateAuthority(folder.path, at(startMs))
    const damaged = damage(await readFile(file, 'utf8'))
    await writeFile(file, damaged)
    const second = await loadOrCreateAuthority(folder.path, at(startMs))
    expect(second.created).toBe(true)
    expect(second.recovered).toContain(cause)
    expect(second.recovered).toContain('authority.pem.damaged-2026-03-04T12-00-00Z')
    expect(second.authority.fingerprint256).not.toBe(first.authority.fingerprint256)
    expect(second.authority.name).not.toBe(first.authority.name)
    expect(await readFile(`${file}.damaged-2026-03-04T12-00-00Z`, 'utf8')).toBe(damaged)
    const third = await loadOrCreateAuthority(folder.path, at(startMs))
    expect(third.authority.fingerprint256).toBe(second.authority.fingerprint256)
    expect(third.recovered).toBeUndefined()
  })

  test('a server’s certificate in its place', async () => {
    await using folder = await scratchFolder()
    const { authority } = await loadOrCreateAuthority(folder.path, at(startMs))
    const leaf = await issueLeaf(authority, ['a.test'], { now: () => startMs, keyType: 'ec' })
    await writeFile(join(folder.path, 'authority.pem'), leaf.keyPem + leaf.certificatePem)
    const { recovered } = await loadOrCreateAuthority(folder.path, at(startMs))
    expect(recovered).toContain('its certificate is not an authority’s')
  })

  test('expired', async () => {
    await using folder = await scratchFolder()
    const first = await loadOrCreateAuthority(folder.path, at(startMs))
    const lastMoment = await loadOrCreateAuthority(folder.path, at(first.authority.expiresAt - 1))
    expect(lastMoment.authority.fingerprint256).toBe(first.authority.fingerprint256)
    const after = await loadOrCreateAuthority(folder.path, at(first.authority.expiresAt))
    expect(after.recovered).toContain('it expired on 2036-03-01')
    expect(await readdir(folder.path)).toContain('authority.pem.expired-2036-03-01T12-00-00Z')
  })
})

test('a file that cannot be read is an error, not a reason for a new authority', async () => {
  await using folder = await scratchFolder()
  await mkdir(join(folder.path, 'authority.pem'))
  await expect(loadOrCreateAuthority(folder.path, at(startMs))).rejects.toThrow(
    /authority in .*authority\.pem cannot be read/,
  )
})

test('a renewed authority has the key, the name and ten more years; the old one is kept', async () => {
  await using folder = await scratchFolder()
  const before = (await loadOrCreateAuthority(folder.path, at(startMs))).authority
  const laterMs = startMs + 3000 * dayMs
  const { authority: after, created } = await renewAuthority(folder.path, at(laterMs))
  expect(created).toBe(false)
  expect(after.name).toBe(before.name)
  expect(after.expiresAt).toBe(laterMs + 3650 * dayMs)
  expect(after.certificate.publicKey.equals(before.certificate.publicKey)).toBe(true)
  expect(after.fingerprint256).not.toBe(before.fingerprint256)
  const loaded = await loadOrCreateAuthority(folder.path, at(laterMs))
  expect(loaded.authority.fingerprint256).toBe(after.fingerprint256)
  expect(await readFile(after.certificateFile, 'utf8')).toBe(after.certificatePem)
  const kept = (await readdir(folder.path)).filter((name) => name.includes('.replaced-'))
  expect(kept).toHaveLength(1)
  expect(await readFile(join(folder.path, String(kept[0])), 'utf8')).toContain(before.certificatePem)
})
