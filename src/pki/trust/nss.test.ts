import { execFile, spawnSync } from 'node:child_process'
import { mkdir, mkdtempDisposable, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, test } from 'vitest'
import { loadOrCreateAuthority, renewAuthority } from '../authority.ts'
import { chromiumStore, firefoxStore } from './nss.ts'
import { runCommand } from './run-command.ts'
import { machineIn } from './testing/machine.ts'

const scratchFolder = () => mkdtempDisposable(join(tmpdir(), 'sluicegate-pki-'))

describe('browsers with NSS', () => {
  test('without its program say which one to install, and what would be run', async () => {
    await using folder = await scratchFolder()
    const { machine, authority, home } = await machineIn(folder.path, {
      run: () => Promise.resolve({ status: 'missing' }),
    })
    const store = chromiumStore(machine)
    expect(await store.install(authority)).toEqual({
      state: 'unavailable',
      reason:
        'the program `certutil` is not installed; install it with `apt-get install libnss3-tools` (Fedora: nss-tools, Arch: nss)',
    })
    const database = join(home, '.pki/nssdb')
    expect(await store.installCommands(authority)).toEqual([
      `mkdir -p -m 0700 ${database}`,
      `certutil -d sql:${database} -N --empty-password`,
      `certutil -d sql:${database} -A -t C,, -n '${authority.name}' -i ${authority.certificateFile}`,
    ])
  })

  test('Firefox without a profile is unavailable', async () => {
    await using folder = await scratchFolder()
    const { machine, authority } = await machineIn(folder.path, {})
    expect(await firefoxStore(machine).install(authority)).toEqual({
      state: 'unavailable',
      reason: 'no profile of Firefox was found; start it once',
    })
  })
})

const hasCertutil = spawnSync('certutil', ['-H']).error === undefined
if (!hasCertutil) console.warn('skipped: certutil of NSS is not installed (apt-get install libnss3-tools)')

describe.skipIf(!hasCertutil)('a real NSS database', () => {
  // NSS judges by the machine's clock.
  const now = () => Date.now()
  const listing = async (database: string) =>
    (await promisify(execFile)('certutil', ['-d', `sql:${database}`, '-L'])).stdout
  const realMachine = async (folder: string) => {
    const made = await machineIn(folder, { run: runCommand })
    const options = { now, name: 'Ada "the" Lovelace’s laptop' }
    return { ...made, authority: (await loadOrCreateAuthority(join(folder, 'real'), options)).authority }
  }

  test('of Chromium is made where there is none, believes the authority and forgets it', async () => {
    await using folder = await scratchFolder()
    const { machine, authority, home } = await realMachine(folder.path)
    const database = join(home, '.pki/nssdb')
    const store = chromiumStore(machine)
    expect(await store.state(authority)).toEqual({
      state: 'not-trusted',
      reason: `${database}: there is no database yet; installing makes it`,
    })
    expect(await store.uninstallCommands(authority)).toEqual([])
    expect(await store.install(authority)).toEqual({ state: 'trusted', reason: `it is in ${database}` })
    expect(await listing(database)).toMatch(/Lovelace’s laptop\s+C,,/)
    expect(await store.installCommands(authority)).toEqual([])
    expect(await store.uninstall(authority)).toMatchObject({ state: 'not-trusted' })
    expect(await listing(database)).not.toContain('Lovelace')
    expect(await store.uninstallCommands(authority)).toEqual([])
  })

  test('that knows the authority without believing it is corrected', async () => {
    await using folder = await scratchFolder()
    const { machine, authority, home } = await realMachine(folder.path)
    const store = chromiumStore(machine)
    await store.install(authority)
    const database = `sql:${join(home, '.pki/nssdb')}`
    await promisify(execFile)('certutil', ['-d', database, '-M', '-t', ',,', '-n', authority.name])
    const { state, reason } = await store.state(authority)
    expect(state).toBe('not-trusted')
    expect(reason).toContain('it is in there, but not believed')
    expect(await store.install(authority)).toMatchObject({ state: 'trusted' })
  })

  test('believes a renewed authority beside the old one, and forgets both', async () => {
    await using folder = await scratchFolder()
    const { machine, authority, home } = await realMachine(folder.path)
    const store = chromiumStore(machine)
    await store.install(authority)
    const renewed = (await renewAuthority(join(folder.path, 'real'), { now })).authority
    expect(await store.state(renewed)).toEqual({
      state: 'not-trusted',
      reason: `${join(home, '.pki/nssdb')}: an older certificate of this authority is in there`,
    })
    expect(await store.install(renewed)).toMatchObject({ state: 'trusted' })
    expect(await store.uninstall(renewed)).toMatchObject({ state: 'not-trusted' })
    expect(await listing(join(home, '.pki/nssdb'))).not.toContain('Lovelace')
  })

  test('of each Firefox profile is changed, and one that lacks the authority is named', async () => {
    await using folder = await scratchFolder()
    const { machine, authority, home } = await realMachine(folder.path)
    const profiles = ['.mozilla/firefox/a.default', 'snap/firefox/common/.mozilla/firefox/b.default']
    const databases = profiles.map((profile) => join(home, profile))
    for (const database of databases) {
      await mkdir(database, { recursive: true })
      await promisify(execFile)('certutil', ['-d', `sql:${database}`, '-N', '--empty-password'])
    }
    await mkdir(join(home, '.mozilla/firefox/Crash Reports'))
    const store = firefoxStore(machine)
    expect(await store.install(authority)).toEqual({
      state: 'trusted',
      reason: `it is in ${databases.join(', ')}`,
    })
    await promisify(execFile)('certutil', ['-d', `sql:${String(databases[1])}`, '-D', '-n', authority.name])
    const { state, reason } = await store.state(authority)
    expect(state).toBe('not-trusted')
    expect(reason).toBe(`${String(databases[1])}: it is not in there`)
    expect(await store.installCommands(authority)).toHaveLength(1)
  })

  test('that is damaged says so', async () => {
    await using folder = await scratchFolder()
    const { machine, authority, home } = await realMachine(folder.path)
    const database = join(home, '.pki/nssdb')
    await mkdir(database, { recursive: true })
    await writeFile(join(database, 'cert9.db'), 'no database')
    const { state, reason } = await chromiumStore(machine).state(authority)
    expect(state).toBe('not-trusted')
    expect(reason).toMatch(/: it cannot be read \(certutil: function failed: SEC_ERROR_/)
  })

  test('with a password says that it could not be changed', async () => {
    await using folder = await scratchFolder()
    const { machine, authority, home } = await realMachine(folder.path)
    const database = join(home, '.mozilla/firefox/a.default')
    const password = join(folder.path, 'password')
    await mkdir(database, { recursive: true })
    await writeFile(password, 'secret\n')
    await promisify(execFile)('certutil', ['-d', `sql:${database}`, '-N', '-f', password])
    const report = await firefoxStore(machine).install(authority)
    expect(report.state).toBe('not-trusted')
    expect(report.reason).toMatch(/^`certutil` ended with 255: .*; in a terminal, run: certutil -d sql:/)
    expect(report.failedCommand).toContain(' -A -t C,, ')
  })
})
