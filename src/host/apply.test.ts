import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { systemClock } from '../base/clock.ts'
import { defaultLocal } from '../config/local.ts'
import type { Config } from '../config/model.ts'
import type { ConfigState, LocalState } from '../contract/configuration.ts'
import { Saved } from './apply.ts'
import { openConfigStore, openLocalStore } from './config-store.ts'
import { Proxy } from './proxy.ts'
import { fakeEngine } from './testing/fake-engine.ts'
import { removeScratch, scratchFolder } from './testing/scratch.ts'

afterEach(removeScratch)

const config = (name: string): Config => ({
  http: { servers: [{ listen: [{ address: '*', port: 80 }], serverName: [name] }] },
})
const silent = { exchange: () => undefined, log: () => undefined }

async function start(options: { running?: boolean } = {}) {
  const folder = await scratchFolder()
  const now = () => Date.UTC(2026, 0, 1)
  const engine = fakeEngine({ reporter: silent, prefix: folder })
  const proxy = new Proxy(engine, systemClock)
  const configs = await openConfigStore(folder, now)
  const saved = new Saved(configs, await openLocalStore(folder, now), proxy)
  if (options.running ?? true) await proxy.start(saved.wanted)
  const configStates: ConfigState[] = []
  const localStates: LocalState[] = []
  saved.watchConfig((state) => configStates.push(state))
  saved.watchLocal((state) => localStates.push(state))
  return { folder, engine, proxy, configs, saved, configStates, localStates }
}

test('what is applied runs, is saved, and is told to those who watch', async () => {
  const { saved, engine, configs, configStates } = await start()
  expect(await saved.applyConfig({ baseRevision: 0, config: config('a'), note: 'first' })).toEqual({
    outcome: 'applied',
    revision: 1,
    problems: [],
  })
  expect(engine.running?.config).toEqual(config('a'))
  expect(configs.current).toMatchObject({ revision: 1, value: config('a'), note: 'first' })
  expect(configStates.map(({ revision }) => revision)).toEqual([0, 1])
})

test('who changes what is no longer there gets a conflict, and nothing happens', async () => {
  const { saved, engine } = await start()
  await saved.applyConfig({ baseRevision: 0, config: config('a') })
  expect(await saved.applyConfig({ baseRevision: 0, config: config('b') })).toEqual({
    outcome: 'conflict',
    revision: 1,
  })
  expect(engine.running?.config).toEqual(config('a'))
})

test('of two that apply at once, one wins and the other gets a conflict', async () => {
  const { saved, configs } = await start()
  const outcomes = await Promise.all(
    ['a', 'b'].map((name) => saved.applyConfig({ baseRevision: 0, config: config(name) })),
  )
  expect(outcomes.map(({ outcome }) => outcome)).toEqual(['applied', 'conflict'])
  expect(configs.current.value).toEqual(config('a'))
})

test('a configuration with mistakes is refused before the engine sees it', async () => {
  const { saved, engine, configs } = await start()
  const broken: Config = { http: { upstreams: [{ name: 'empty' }] } }
  const before = engine.applies
  expect(await saved.applyConfig({ baseRevision: 0, config: broken })).toMatchObject({
    outcome: 'invalid',
    problems: [{ message: 'no servers are inside upstream' }],
  })
  expect({ applies: engine.applies - before, revision: configs.current.revision }).toEqual({
    applies: 0,
    revision: 0,
  })
})

test('what the engine refuses changes nothing, on disk as well', async () => {
  const { saved, engine, folder, proxy } = await start()
  await saved.applyConfig({ baseRevision: 0, config: config('a') })
  const problem = { severity: 'error' as const, code: 'x', message: 'cannot be run' }
  engine.refuseWith = [problem]
  expect(await saved.applyConfig({ baseRevision: 1, config: config('b') })).toEqual({
    outcome: 'invalid',
    problems: [problem],
  })
  expect(engine.running?.config).toEqual(config('a'))
  expect(proxy.state.state).toBe('running')
  expect(await readdir(join(folder, 'config'))).toEqual(['1.json'])
  engine.refuseWith = []
  expect(await saved.applyConfig({ baseRevision: 1, config: config('b') })).toMatchObject({ revision: 2 })
})

test('when it cannot be saved, the engine goes on with what it ran', async () => {
  const { saved, engine, folder, configStates } = await start()
  await saved.applyConfig({ baseRevision: 0, config: config('a') })
  await rm(join(folder, 'config'), { recursive: true })
  await expect(saved.applyConfig({ baseRevision: 1, config: config('b') })).rejects.toMatchObject({
    code: 'state-folder',
  })
  expect(engine.running?.config).toEqual(config('a'))
  expect(configStates.at(-1)?.revision).toBe(1)
})

test('applying what is there makes no new revision', async () => {
  const { saved, engine } = await start()
  await saved.applyConfig({ baseRevision: 0, config: config('a') })
  const before = engine.applies
  expect(await saved.applyConfig({ baseRevision: 1, config: config('a') })).toMatchObject({
    outcome: 'applied',
    revision: 1,
  })
  expect(engine.applies).toBe(before)
})

test('while the proxy is stopped, what is applied is saved and runs when it starts', async () => {
  const { saved, engine, proxy } = await start({ running: false })
  expect(await saved.applyConfig({ baseRevision: 0, config: config('a') })).toMatchObject({
    outcome: 'applied',
  })
  expect(engine.running).toBe(undefined)
  await proxy.start(saved.wanted)
  expect(engine.running?.config).toEqual(config('a'))
})

test('a proxy that failed to start runs when a change lets it', async () => {
  const { saved, engine, proxy } = await start({ running: false })
  engine.refuseWith = [
    { severity: 'error', code: 'bind', message: 'bind() to 127.0.0.1:1 failed (98: Address already in use)' },
  ]
  const failed = await proxy.start(saved.wanted)
  expect([failed.state, failed.problems[0]?.code]).toEqual(['failed', 'port-in-use'])
  engine.refuseWith = []
  const local = { ...defaultLocal, ports: { '80': 9080 } }
  await saved.applyLocal({ baseRevision: 0, local })
  expect([proxy.state.state, proxy.state.problems]).toEqual(['running', []])
})

test('a mistake of the engine is a problem like others: it stops the change, not the program', async () => {
  const { saved, engine, proxy, configs } = await start()
  await saved.applyConfig({ baseRevision: 0, config: config('a') })
  engine.apply = () => Promise.reject(new Error('undefined is not a function'))
  expect(await saved.applyConfig({ baseRevision: 1, config: config('b') })).toMatchObject({
    outcome: 'invalid',
    problems: [
      { code: 'internal', message: expect.stringContaining('undefined is not a function') as string },
    ],
  })
  expect([configs.current.revision, proxy.state.state]).toEqual([1, 'running'])
  await proxy.stop()
  expect(await proxy.start(saved.wanted)).toMatchObject({ state: 'failed', problems: [{ code: 'internal' }] })
})

test('switches are changed one after the other, whoever clicks', async () => {
  const { saved, localStates } = await start()
  const switchOff = (route: string) => saved.editLocal((local) => ({ ...local, off: [...local.off, route] }))
  await Promise.all([switchOff('a'), switchOff('b')])
  expect(localStates.map(({ revision, local }) => [revision, local.off])).toEqual([
    [0, []],
    [1, ['a']],
    [2, ['a', 'b']],
  ])
})

test('a route that is switched off and renamed stays off, and its old name is forgotten', async () => {
  const { saved, engine, localStates } = await start()
  await saved.applyConfig({ baseRevision: 0, config: config('a') })
  await saved.editLocal((local) => ({ ...local, off: ['http\u001fservers\u001f80 a'] }))
  await saved.applyConfig({ baseRevision: 1, config: config('b') })
  expect(engine.running?.local.off).toEqual(['http\u001fservers\u001f80 b'])
  // The overlay is saved by the change behind it.
  await saved.editLocal((local) => local)
  expect(localStates.at(-1)?.local.off).toEqual(['http\u001fservers\u001f80 b'])
})
