import { copyFile, mkdir, mkdtempDisposable, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { readIfThere } from '../private-file.ts'
import { linuxSystemStore } from './linux-system.ts'
import type { RunCommand } from './run-command.ts'
import { exited, machineIn } from './testing/machine.ts'
import type { TrustMachine } from './trust-store.ts'

const scratchFolder = () => mkdtempDisposable(join(tmpdir(), 'sluicegate-pki-'))

describe('a Linux system', () => {
  const anchors = 'usr/local/share/ca-certificates'
  const bundle = 'etc/ssl/certs/ca-certificates.crt'

  /** Debian, as far as its two commands go. */
  async function debianIn(folder: string, parts: Partial<TrustMachine> = {}) {
    const bundlePath = join(folder, 'root', bundle)
    let target = ''
    const answer = async (command: string) => {
      const [, , program, ...args] = command.split(' ') // sudo -n PROGRAM …
      if (program === 'install') await copyFile(String(args[2]), String(args[3]))
      if (program === 'rm') await rm(String(args[1]))
      if (program === 'update-ca-certificates')
        await writeFile(bundlePath, `others\n${(await readIfThere(target)) ?? ''}`)
      return exited(0)
    }
    const debian = await machineIn(folder, { answer, ...parts })
    await mkdir(join(debian.root, anchors), { recursive: true })
    await mkdir(join(debian.root, 'etc/ssl/certs'), { recursive: true })
    await writeFile(bundlePath, 'others\n')
    const mark = debian.authority.fingerprint256.replaceAll(':', '').slice(0, 16).toLowerCase()
    target = join(debian.root, anchors, `sluicegate-${mark}.crt`)
    return { ...debian, target }
  }

  test('is made to trust the authority and to forget it, by commands one can read first', async () => {
    await using folder = await scratchFolder()
    const { machine, authority, ran, target, root } = await debianIn(folder.path)
    const store = linuxSystemStore(machine)
    const file = authority.certificateFile
    expect(await store.state(authority)).toEqual({
      state: 'not-trusted',
      reason: `it is not in ${join(root, bundle)}`,
    })
    expect(await store.installCommands(authority)).toEqual([
      `sudo install -m 0644 ${file} ${target}`,
      'sudo update-ca-certificates',
    ])
    expect(await store.uninstallCommands(authority)).toEqual([])

    const trusted = { state: 'trusted', reason: `it is in ${join(root, bundle)}` }
    expect(await store.install(authority)).toEqual(trusted)
    expect(ran.splice(0)).toEqual([
      `sudo -n install -m 0644 ${file} ${target}`,
      'sudo -n update-ca-certificates',
    ])
    expect(await store.installCommands(authority)).toEqual([])
    expect(await store.install(authority)).toEqual(trusted)
    expect(ran).toEqual([])

    expect(await store.uninstallCommands(authority)).toEqual([
      `sudo rm -f ${target}`,
      'sudo update-ca-certificates --fresh',
    ])
    expect(await store.uninstall(authority)).toMatchObject({ state: 'not-trusted' })
    expect(ran).toEqual([`sudo -n rm -f ${target}`, 'sudo -n update-ca-certificates --fresh'])
  })

  test('needs no sudo for an administrator', async () => {
    await using folder = await scratchFolder()
    const { machine, authority, target } = await debianIn(folder.path, { isAdministrator: true })
    expect(await linuxSystemStore(machine).installCommands(authority)).toEqual([
      `install -m 0644 ${authority.certificateFile} ${target}`,
      'update-ca-certificates',
    ])
  })

  test('says when the certificate lies there but was not taken in', async () => {
    await using folder = await scratchFolder()
    const { machine, authority, target } = await debianIn(folder.path)
    await writeFile(target, authority.certificatePem)
    expect(await linuxSystemStore(machine).state(authority)).toEqual({
      state: 'not-trusted',
      reason: `${target} is there, but \`update-ca-certificates\` was not run since`,
    })
  })

  test('that asks for a password one cannot give says what to do by hand', async () => {
    await using folder = await scratchFolder()
    const { machine, authority, target } = await debianIn(folder.path)
    const run: RunCommand = () => Promise.resolve(exited(1, { stderr: 'sudo: a password is required\n' }))
    const commands = `sudo install -m 0644 ${authority.certificateFile} ${target} && sudo update-ca-certificates`
    expect(await linuxSystemStore({ ...machine, run }).install(authority)).toEqual({
      state: 'not-trusted',
      reason: `\`sudo\` ended with 1: sudo: a password is required; in a terminal, run: ${commands}`,
      failedCommand: `sudo install -m 0644 ${authority.certificateFile} ${target}`,
    })
  })

  test('without sudo says so', async () => {
    await using folder = await scratchFolder()
    const { machine, authority } = await debianIn(folder.path)
    const run: RunCommand = () => Promise.resolve({ status: 'missing' })
    const { reason } = await linuxSystemStore({ ...machine, run }).install(authority)
    expect(reason).toMatch(/^the program `sudo` is not installed; in a terminal, run: sudo install /)
  })

  test.each([
    ['etc/pki/ca-trust/source/anchors', 'sudo update-ca-trust extract'],
    ['etc/ca-certificates/trust-source/anchors', 'sudo update-ca-trust'],
    ['etc/pki/trust/anchors', 'sudo update-ca-certificates'],
  ])('with the folder %s is updated by `%s`', async (anchorFolder, update) => {
    await using folder = await scratchFolder()
    const { machine, authority, root } = await machineIn(folder.path, {})
    await mkdir(join(root, anchorFolder), { recursive: true })
    const [install, ...others] = await linuxSystemStore(machine).installCommands(authority)
    expect(install).toContain(` ${join(root, anchorFolder)}/sluicegate-`)
    expect(others).toEqual([update])
  })

  test('of an unknown kind is unavailable, and nothing is run', async () => {
    await using folder = await scratchFolder()
    const { machine, authority, ran } = await machineIn(folder.path, {})
    const store = linuxSystemStore(machine)
    expect(await store.install(authority)).toEqual({
      state: 'unavailable',
      reason: 'this system has no known folder for authorities; install its package `ca-certificates`',
    })
    expect(await store.installCommands(authority)).toEqual([])
    expect(ran).toEqual([])
  })
})
