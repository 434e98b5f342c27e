import { X509Certificate } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { afterEach, expect, test } from 'vitest'
import { systemClock } from '../base/clock.ts'
import type { CertificatesState } from '../contract/program.ts'
import type { TrustReport, TrustStore } from '../pki/trust/trust-store.ts'
import { Certificates } from './certificates.ts'
import { removeScratch, scratchFolder } from './testing/scratch.ts'

const opened: Certificates[] = []
afterEach(async () => {
  for (const one of opened.splice(0)) one.dispose()
  await removeScratch()
})

/** A trust store that does what it is told, or refuses. */
function store(id: TrustStore['id'], { refuses = false } = {}): TrustStore {
  let trusted = false
  const report = (): TrustReport => ({
    state: trusted ? 'trusted' : 'not-trusted',
    reason: refuses ? 'refused' : '',
  })
  const set = async (value: boolean): Promise<TrustReport> => {
    if (!refuses) trusted = value
    return report()
  }
  return {
    id,
    label: `store ${id}`,
    state: async () => report(),
    installCommands: async () => ['first', 'second'],
    uninstallCommands: async () => [],
    install: () => set(true),
    uninstall: () => set(false),
  }
}

async function certificates(...trustStores: TrustStore[]): Promise<Certificates> {
  const made = new Certificates({
    folder: await scratchFolder(),
    clock: systemClock,
    warn: (message) => {
      throw new Error(message)
    },
    trustStores,
  })
  opened.push(made)
  return made
}

/** The first state that a watcher gets and that fits. */
function until(from: Certificates, fits: (state: CertificatesState) => boolean): Promise<CertificatesState> {
  return new Promise((resolve) => {
    let stop = (): void => undefined
    let found = false
    stop = from.watch((state) => {
      if (found || !fits(state)) return
      found = true
      resolve(state)
      queueMicrotask(() => stop())
    })
  })
}

test('a name gets a certificate of the authority, also as a file for a real nginx', async () => {
  const made = await certificates()
  const { cert, key } = await made.source.forName('app.localhost')
  const authority = new X509Certificate((await made.authority()).pem)
  expect(new X509Certificate(cert).verify(authority.publicKey)).toBe(true)
  const file = await readFile(await made.fileFor('app.localhost'), 'utf8')
  expect([file.includes(cert), file.includes(key)]).toEqual([true, true])
})

test('the window sees authority, leaves and trust, and that a name was added', async () => {
  const made = await certificates(store('linux-system'))
  const state = await until(made, ({ authority }) => authority !== undefined)
  expect(state.stores).toEqual([
    {
      id: 'linux-system',
      name: 'store linux-system',
      state: 'not-trusted',
      reason: '',
      command: 'first && second',
    },
  ])
  const added = until(made, ({ leaves }) => leaves.some(({ names }) => names.includes('new.localhost')))
  await made.source.forName('new.localhost')
  expect((await added).leaves).toHaveLength(1)
})

test('trust is set in one store, and what came of it is told', async () => {
  const made = await certificates(store('linux-system'), store('nss-firefox', { refuses: true }))
  expect(await made.setTrust('linux-system', true)).toEqual({ ok: true, message: '' })
  expect(await made.setTrust('nss-firefox', true)).toEqual({ ok: false, message: 'refused' })
  const state = await until(made, ({ stores }) => stores.length > 0)
  expect(state.stores.map((one) => [one.id, one.state])).toEqual([
    ['linux-system', 'trusted'],
    ['nss-firefox', 'not-trusted'],
  ])
  expect(await made.setTrust('linux-system', false)).toEqual({ ok: true, message: '' })
})
