import { mkdtempDisposable, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { describeCertificate } from './describe.ts'
import { UnusableNameError } from './names.ts'
import { CertificateStore, type CertificateStoreOptions } from './store.ts'

const scratchFolder = () => mkdtempDisposable(join(tmpdir(), 'sluicegate-pki-'))
const dayMs = 86_400_000
const startMs = Date.UTC(2026, 2, 4, 12, 0, 0)

/** A store on its own clock, with what it told its listeners. */
function open(folder: string, options: Partial<CertificateStoreOptions> & { nowMs?: number } = {}) {
  const clock = { nowMs: options.nowMs ?? startMs }
  const warnings: string[] = []
  const renewals: string[] = []
  const store = new CertificateStore(folder, {
    now: () => clock.nowMs,
    authorityName: 'ada@laptop',
    onWarning: (message) => void warnings.push(message),
    ...options,
  })
  const stopListening = store.onRenew((name, leaf) => void renewals.push(`${name} ${leaf.fingerprint256}`))
  return { store, clock, warnings, renewals, stopListening }
}

const leafFile = (folder: string, name: string) => join(folder, 'leaves', `leaf-${name}.pem`)

describe('the certificate of a name', () => {
  test('is issued once, for exactly that name, and kept where only its owner reads', async () => {
    await using folder = await scratchFolder()
    const { store, renewals } = open(folder.path)
    const leaf = await store.forName('a.shop.localhost')
    expect(leaf.names).toEqual(['a.shop.localhost'])
    expect(await store.forName('A.shop.localhost.')).toBe(leaf)
    const file = leafFile(folder.path, 'a.shop.localhost')
    expect((await stat(file)).mode & 0o777).toBe(0o600)
    expect((await stat(join(folder.path, 'leaves'))).mode & 0o777).toBe(0o700)
    expect(await readFile(file, 'utf8')).toBe(leaf.keyPem + leaf.certificatePem)
    expect(renewals).toEqual([])
  })

  test('is the same after a restart', async () => {
    await using folder = await scratchFolder()
    const before = await open(folder.path).store.forName('a.test')
    expect(await open(folder.path).store.forName('a.test')).toEqual(before)
  })

  test('is shared by all who ask for it at once, and so is the authority', async () => {
    await using folder = await scratchFolder()
    const { store } = open(folder.path)
    const leaves = await Promise.all(
      Array.from({ length: 50 }, (_, i) => store.forName(i % 2 ? 'a.test' : 'b.test')),
    )
    expect(new Set(leaves.map((leaf) => leaf.fingerprint256)).size).toBe(2)
    expect((await readdir(folder.path)).sort()).toEqual(['authority.crt', 'authority.pem', 'leaves'])
    expect(await readdir(join(folder.path, 'leaves'))).toHaveLength(2)
  })

  test('has the kind of key the store is for, also when another kind was kept', async () => {
    await using folder = await scratchFolder()
    const ec = await open(folder.path).store.forName('a.test')
    const rsa = await open(folder.path, { keyType: 'rsa' }).store.forName('a.test')
    expect([ec.keyType, rsa.keyType]).toEqual(['ec', 'rsa'])
    expect(describeCertificate(rsa.certificatePem).keyType).toBe('rsa')
  })

  test('is not issued for what is no name', async () => {
    await using folder = await scratchFolder()
    const { store } = open(folder.path)
    await expect(store.forName('../../etc/passwd')).rejects.toThrow(UnusableNameError)
    await expect(store.remove('a b')).rejects.toThrow(UnusableNameError)
    expect(await readdir(folder.path)).toEqual([])
  })
})

describe('renewal', () => {
  test('happens when less than 30 days are left, and is told', async () => {
    await using folder = await scratchFolder()
    const { store, clock, renewals, stopListening } = open(folder.path)
    const first = await store.forName('a.test')
    clock.nowMs = first.notAfter - 30 * dayMs
    expect(await store.forName('a.test')).toBe(first)
    expect(renewals).toEqual([])
    clock.nowMs += 1
    const second = await store.forName('a.test')
    expect(second.notBefore).toBe(Math.floor((clock.nowMs - dayMs) / 1000) * 1000)
    expect(renewals).toEqual([`a.test ${second.fingerprint256}`])
    expect(await open(folder.path, { nowMs: clock.nowMs }).store.forName('a.test')).toEqual(second)
    stopListening()
    clock.nowMs = second.notAfter
    await store.forName('a.test')
    expect(renewals).toHaveLength(1)
  })

  test('of everything that is due is done on request', async () => {
    await using folder = await scratchFolder()
    const { store, clock, renewals } = open(folder.path)
    const old = await store.forName('old.test')
    clock.nowMs += 200 * dayMs
    await store.forName('young.test')
    expect(await store.renewDue()).toEqual([])
    clock.nowMs = old.notAfter - 29 * dayMs
    expect((await store.list()).map(({ name, state }) => [name, state])).toEqual([
      ['old.test', 'renewal-due'],
      ['young.test', 'valid'],
    ])
    expect(await store.renewDue()).toEqual(['old.test'])
    expect(renewals).toEqual([`old.test ${(await store.forName('old.test')).fingerprint256}`])
    expect((await store.list()).map(({ state }) => state)).toEqual(['valid', 'valid'])
  })

  test('a certificate is listed as due to its last moment, and as expired from its end on', async () => {
    await using folder = await scratchFolder()
    const { store, clock } = open(folder.path)
    const { notAfter } = await store.forName('a.test')
    const states = []
    for (const nowMs of [notAfter - 30 * dayMs, notAfter - 30 * dayMs + 1, notAfter - 1, notAfter]) {
      clock.nowMs = nowMs
      states.push(...(await store.list()).map(({ state }) => state))
    }
    expect(states).toEqual(['valid', 'renewal-due', 'renewal-due', 'expired'])
  })

  test('is not tried again and again for what ends with its authority', async () => {
    await using folder = await scratchFolder()
    const { store, clock } = open(folder.path)
    const { authority } = await store.authority()
    clock.nowMs = authority.expiresAt - 10 * dayMs
    const leaf = await store.forName('a.test')
    expect(leaf.notAfter).toBe(authority.expiresAt)
    clock.nowMs += 5 * dayMs
    expect(await store.forName('a.test')).toBe(leaf)
  })

  test('of the authority keeps certificates valid and lets new ones last', async () => {
    await using folder = await scratchFolder()
    const { store, clock } = open(folder.path)
    const before = (await store.authority()).authority
    clock.nowMs = before.expiresAt - 10 * dayMs
    const short = await store.forName('a.test')
    const after = (await store.renewAuthority()).authority
    expect((await store.authority()).authority).toBe(after)
    expect((await store.list()).map(({ state }) => state)).toEqual(['renewal-due'])
    const long = await store.forName('a.test')
    expect(long.notAfter).toBeGreaterThan(short.notAfter)
    expect(after.expiresAt).toBe(clock.nowMs + 3650 * dayMs)
  })

  test('a new authority follows an expired one without a restart, once for all who ask', async () => {
    await using folder = await scratchFolder()
    const { store, clock, renewals } = open(folder.path)
    const old = await store.authority()
    await store.forName('a.test')
    clock.nowMs = old.authority.expiresAt
    const [leaf, ...others] = await Promise.all([1, 2, 3].map(() => store.forName('a.test')))
    const { authority, recovered } = await store.authority()
    expect(recovered).toContain('it expired on')
    expect(leaf?.chainPem).toBe(String(leaf?.certificatePem) + authority.certificatePem)
    expect(others).toEqual([leaf, leaf])
    expect(renewals).toHaveLength(1)
    expect((await readdir(folder.path)).filter((name) => name.includes('expired'))).toHaveLength(1)
  })

  test('a certificate of the future, from a clock that was wrong, is replaced', async () => {
    await using folder = await scratchFolder()
    const { store, clock } = open(folder.path)
    await store.authority()
    clock.nowMs += 300 * dayMs
    const future = await store.forName('a.test')
    clock.nowMs = startMs
    const present = await store.forName('a.test')
    expect(present.fingerprint256).not.toBe(future.fingerprint256)
    expect(present.notBefore).toBe(startMs - dayMs)
  })
})

describe('what is damaged on disk', () => {
  test.each([
    ['an empty file', () => ''],
    ['a file cut in half', (text: string) => text.slice(0, text.length / 2)],
    ['a file without its end', (text: string) => text.slice(0, -10)],
    ['the certificate alone', (text: string) => text.slice(text.indexOf('-----BEGIN CERT'))],
    ['noise', () => '\0\x01\x02'],
  ])('%s is replaced by a new certificate', async (_, damage) => {
    await using folder = await scratchFolder()
    const first = await open(folder.path).store.forName('a.test')
    const file = leafFile(folder.path, 'a.test')
    await writeFile(file, damage(await readFile(file, 'utf8')))
    const { store, renewals } = open(folder.path)
    expect((await store.list()).map(({ name, state }) => [name, state])).toEqual([['a.test', 'damaged']])
    const second = await store.forName('a.test')
    expect(second.fingerprint256).not.toBe(first.fingerprint256)
    expect(renewals).toEqual([`a.test ${second.fingerprint256}`])
    expect(await open(folder.path).store.forName('a.test')).toEqual(second)
  })

  test('a certificate in the file of another name is replaced', async () => {
    await using folder = await scratchFolder()
    const { store } = open(folder.path)
    await store.forName('a.test')
    await store.forName('b.test')
    await writeFile(leafFile(folder.path, 'a.test'), await readFile(leafFile(folder.path, 'b.test')))
    expect((await open(folder.path).store.forName('a.test')).names).toEqual(['a.test'])
  })

  test('a certificate of a lost authority is replaced', async () => {
    await using folder = await scratchFolder()
    await open(folder.path).store.forName('a.test')
    await rm(join(folder.path, 'authority.pem'))
    const { store } = open(folder.path)
    expect((await store.list()).map(({ state }) => state)).toEqual(['other-authority'])
    const { authority } = await store.authority()
    expect((await store.forName('a.test')).chainPem).toContain(authority.certificatePem)
    expect((await store.list()).map(({ state }) => state)).toEqual(['valid'])
  })

  test('a disk that takes nothing leaves the certificates in memory, with a warning', async () => {
    await using folder = await scratchFolder()
    const { store, warnings } = open(folder.path)
    await store.authority()
    await writeFile(join(folder.path, 'leaves'), 'a file where the folder should be')
    const leaf = await store.forName('a.test')
    expect(await store.forName('a.test')).toBe(leaf)
    expect(warnings).toEqual([
      expect.stringMatching(/^the kept certificate of a\.test could not be read: ENOTDIR/),
      expect.stringMatching(/^the new certificate of a\.test could not be kept on disk: EEXIST/),
    ])
  })

  test('an authority that could not be loaded is tried again', async () => {
    await using folder = await scratchFolder()
    const { store } = open(join(folder.path, 'pki'))
    await writeFile(join(folder.path, 'pki'), 'a file where the folder should be')
    await expect(store.forName('a.test')).rejects.toThrow('EEXIST')
    await rm(join(folder.path, 'pki'))
    expect((await store.forName('a.test')).names).toEqual(['a.test'])
  })
})

describe('listing and removing', () => {
  test('all kinds of names are listed and removed again', async () => {
    await using folder = await scratchFolder()
    const { store } = open(folder.path)
    const long = `${'abc.'.repeat(60)}test`
    const names = ['*.shop.test', '::1', '127.0.0.1', long, 'con']
    for (const name of names) await store.forName(name)
    await writeFile(join(folder.path, 'leaves', 'leaf-not ours.pem'), '')
    await writeFile(join(folder.path, 'leaves', 'README'), '')
    const listed = await store.list()
    expect(listed.map(({ name }) => name)).toEqual([...names].sort())
    const con = await store.forName('con')
    expect(listed.find(({ name }) => name === 'con')).toEqual({
      name: 'con',
      state: 'valid',
      notBefore: con.notBefore,
      notAfter: con.notAfter,
      keyType: 'ec',
      fingerprint256: con.fingerprint256,
    })
    for (const name of names) expect(await store.remove(name)).toBe(true)
    expect(await store.list()).toEqual([])
    expect(await store.remove('con')).toBe(false)
  })

  test('a removed name gets a new certificate', async () => {
    await using folder = await scratchFolder()
    const { store } = open(folder.path)
    const first = await store.forName('a.test')
    await store.remove('a.test')
    expect((await store.forName('a.test')).fingerprint256).not.toBe(first.fingerprint256)
  })

  test('a removal while the certificate is being issued leaves nothing behind', async () => {
    await using folder = await scratchFolder()
    const { store } = open(folder.path)
    const issuing = store.forName('a.test')
    expect(await Promise.all([store.remove('a.test'), issuing.then(() => true)])).toEqual([true, true])
    expect(await store.list()).toEqual([])
  })
})

describe('bounds', () => {
  test('memory holds the names used last', async () => {
    await using folder = await scratchFolder()
    const { store } = open(folder.path, { memoryEntries: 2 })
    const a = await store.forName('a.test')
    const b = await store.forName('b.test')
    await store.forName('a.test')
    await store.forName('c.test')
    expect(await store.forName('a.test')).toBe(a)
    const again = await store.forName('b.test')
    expect(again).not.toBe(b) // read from disk
    expect(again).toEqual(b)
  })

  test('the disk keeps the names issued last', async () => {
    await using folder = await scratchFolder()
    const { store } = open(folder.path, { diskEntries: 10 })
    for (let i = 0; i < 10; i++) {
      await store.forName(`n${i}.test`)
      await utimes(leafFile(folder.path, `n${i}.test`), new Date(i * 1000), new Date(i * 1000))
    }
    expect(await store.list()).toHaveLength(10)
    await store.forName('n10.test')
    expect((await store.list()).map(({ name }) => name).sort()).toEqual(
      [2, 3, 4, 5, 6, 7, 8, 9, 10].map((i) => `n${i}.test`).sort(),
    )
  })
})
