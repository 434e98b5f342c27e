// The host as its clients see it: over its contract, with an engine that has no sockets.
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { defaultLocal } from '../config/local.ts'
import { pathKey } from '../config/path.ts'
import type { HostClient, HostContract } from '../contract/contract.ts'
import type { ItemOf, StreamName } from '../contract/definition.ts'
import type { TrafficBatch } from '../contract/traffic.ts'
import { fakeClock } from '../engine/testing/fake-clock.ts'
import { startHost, type Host } from './index.ts'
import { FolderInUseError } from './state-folder.ts'
import { fakeEngine, finishedExchange, type FakeEngine } from './testing/fake-engine.ts'
import { removeScratch, scratchFolder } from './testing/scratch.ts'

const hosts: Host[] = []
afterEach(async () => {
  for (const host of hosts.splice(0)) await host.stop()
  await removeScratch()
})

async function start(folder: string) {
  const clock = fakeClock()
  let engine: FakeEngine | undefined
  const host = await startHost({
    folder,
    face: 'browser',
    clock,
    trustStores: [],
    createEngine: (options) => (engine = fakeEngine(options)),
  })
  hosts.push(host)
  await host.start()
  if (!engine) throw new Error('the host made no engine')
  return { host, engine, clock, client: host.connect() }
}

function first<K extends StreamName<HostContract>>(
  client: HostClient,
  name: K,
): Promise<ItemOf<HostContract[K]>> {
  return new Promise((resolve, reject) => {
    client.watch(name, resolve, reject)
  })
}

const conf = `http {
  upstream api { server 127.0.0.1:3001; }
  server {
    listen 80;
    server_name app.localhost;
    some_module on;
    location / { proxy_pass http://api; }
  }
}`
const importOf = (text: string) => ({
  files: [{ name: '/etc/nginx/nginx.conf', text }],
  main: '/etc/nginx/nginx.conf',
})

test('without a configuration the proxy runs and nothing listens', async () => {
  const { client } = await start(await scratchFolder())
  expect(await first(client, 'config.watch')).toMatchObject({
    revision: 0,
    config: { http: {} },
    problems: [],
  })
  expect(await first(client, 'local.watch')).toEqual({ revision: 0, local: defaultLocal })
  expect(await first(client, 'proxy.watch')).toMatchObject({ state: 'running', listeners: [] })
  expect(await client.call('about.get')).toMatchObject({
    face: 'browser',
    version: expect.any(String) as string,
  })
})

test('import, apply, switch off, export', async () => {
  const { client, engine } = await start(await scratchFolder())
  const imported = await client.call('nginx.import', importOf(conf))
  expect(imported.report.filter(({ outcome }) => outcome === 'kept')).toEqual([
    { directive: 'some_module on', file: '/etc/nginx/nginx.conf', line: 6, outcome: 'kept' },
  ])
  expect(engine.running?.config).toEqual({ http: {} })
  expect(await client.call('config.apply', { baseRevision: 0, config: imported.config })).toMatchObject({
    outcome: 'applied',
    revision: 1,
  })
  const route = pathKey(['http', 'servers', '80 app.localhost', 'locations', '/'])
  expect(await client.call('local.switch', { route, on: false })).toMatchObject({ outcome: 'applied' })
  expect(engine.running?.local.off).toEqual([route])
  const { text } = await client.call('nginx.export', {})
  expect(text).toContain('location / {')
  expect((await client.call('nginx.export', { local: true })).text).not.toContain('location / {')
  expect(await client.call('local.switch', { route, on: true })).toMatchObject({ outcome: 'applied' })
  expect(engine.running?.local.off).toEqual([])
})

test('what is wrong in an imported text is said with file and line, and changes nothing', async () => {
  const { client } = await start(await scratchFolder())
  const places = async (text: string) =>
    (await client.call('nginx.import', importOf(text))).problems
      .filter(({ severity }) => severity === 'error')
      .map(({ message, file, line }) => [message, file, line])
  const file = '/etc/nginx/nginx.conf'
  expect(await places(conf.replace('http://api', 'api'))).toEqual([['invalid URL prefix', file, 7]])
  expect(await places(conf.replace('{ server 127.0.0.1:3001; }', '{ }'))).toEqual([
    ['no servers are inside upstream', file, 2],
  ])
  expect(await places(conf.replace('listen 80', 'listen eighty:x'))).toEqual([
    ['invalid port in "eighty:x" of the "listen" directive', file, 4],
  ])
  expect(await first(client, 'config.watch')).toMatchObject({ revision: 0 })
})

test('everything is there again after a restart', async () => {
  const folder = await scratchFolder()
  const { client, host } = await start(folder)
  const { config } = await client.call('nginx.import', importOf(conf))
  await client.call('config.apply', { baseRevision: 0, config, note: 'imported' })
  await client.call('preferences.set', { name: 'theme', value: 'dark' })
  await host.stop()
  const again = await start(folder)
  expect(again.engine.running?.config).toEqual(config)
  expect(await first(again.client, 'preferences.watch')).toEqual({ theme: 'dark' })
  expect(await again.client.call('config.history')).toEqual([
    { revision: 1, savedAt: expect.any(Number) as number, note: 'imported' },
  ])
  expect(await again.client.call('config.revision', { revision: 1 })).toEqual({ config })
  expect(await again.client.call('config.revision', { revision: 9 })).toBe(null)
})

test('a state file cut in half is kept aside, the last good revision runs, and the window is told', async () => {
  const folder = await scratchFolder()
  const { client, host } = await start(folder)
  const { config } = await client.call('nginx.import', importOf(conf))
  await client.call('config.apply', { baseRevision: 0, config })
  await client.call('config.apply', { baseRevision: 1, config: { http: {} } })
  await host.stop()
  const file = join(folder, 'config', '2.json')
  const whole = await readFile(file, 'utf8')
  await writeFile(file, whole.slice(0, whole.length / 2))
  const again = await start(folder)
  expect(again.engine.running?.config).toEqual(config)
  const { recovered } = await first(again.client, 'config.watch')
  expect(recovered).toContain('revision 2 is damaged')
  expect(again.host.recovered()).toBe(recovered)
  expect((await readdir(join(folder, 'config'))).some((name) => name.startsWith('2.json.damaged-'))).toBe(
    true,
  )
})

test('two programs do not share a state folder', async () => {
  const folder = await scratchFolder()
  await start(folder)
  await expect(start(folder)).rejects.toThrow(FolderInUseError)
})

test('a folder that cannot be used lets go of its lock', async () => {
  const folder = await scratchFolder()
  await mkdir(join(folder, 'config'), { recursive: true })
  await mkdir(join(folder, 'config', '1.json'))
  await expect(start(folder)).rejects.toThrow('EISDIR')
  expect(await readdir(folder)).not.toContain('lock')
})

test('exchanges become rows, details and counters; they can be forgotten', async () => {
  const { client, engine, clock } = await start(await scratchFolder())
  const batches: TrafficBatch[] = []
  client.watch('traffic.watch', (batch) => batches.push(batch))
  await client.call('about.get')
  engine.options.reporter.exchange(finishedExchange({ id: 1, route: 'r', status: 502 }))
  clock.advance(100)
  await client.call('about.get')
  expect(batches.map(({ reset, records }) => [reset, records.map(({ id }) => id)])).toEqual([
    [true, []],
    [false, [1]],
  ])
  expect((await client.call('traffic.get', { id: 1 }))?.request.startLine).toBe('GET / HTTP/1.1')
  expect((await first(client, 'throughput.watch')).routes).toMatchObject([
    { route: 'r', requests: 1, errors: 1 },
  ])
  await client.call('traffic.clear')
  expect(await client.call('traffic.get', { id: 1 })).toBe(null)
})

test('the log is watched', async () => {
  const { client, engine } = await start(await scratchFolder())
  engine.options.reporter.log('error', 'connect() failed', 7)
  expect((await first(client, 'log.watch')).entries).toMatchObject([
    { severity: 'error', message: 'connect() failed', exchange: 7 },
  ])
})

test('stop and start', async () => {
  const { client, engine } = await start(await scratchFolder())
  expect(await client.call('proxy.stop')).toMatchObject({ state: 'stopped' })
  expect(engine.running).toBe(undefined)
  expect(await client.call('proxy.start')).toMatchObject({ state: 'running' })
  expect(engine.running).toBeDefined()
})

test('the engine gets a certificate that the window then lists', async () => {
  const { client, engine, clock } = await start(await scratchFolder())
  const pem = await engine.options.certificates?.forName('app.localhost')
  expect(pem?.cert).toContain('BEGIN CERTIFICATE')
  const listed = new Promise((resolve) => {
    client.watch('certificates.watch', (state) => {
      if (state.authority) resolve(state.leaves.map(({ names }) => names))
    })
  })
  await client.call('about.get')
  clock.advance(1)
  expect(await listed).toEqual([['app.localhost']])
  expect((await client.call('certificates.authority')).pem).toContain('BEGIN CERTIFICATE')
  await expect(client.call('certificates.trust', { store: 'none', trust: true })).rejects.toMatchObject({
    code: 'not-found',
  })
})

test('nothing but a valid configuration gets in', async () => {
  const { client } = await start(await scratchFolder())
  const config = { http: { servers: 'all' } } as never
  await expect(client.call('config.apply', { baseRevision: 0, config })).rejects.toMatchObject({
    code: 'invalid-input',
  })
})

test('a key of a limit is forgotten on request, and one that is not there is told', async () => {
  const { client } = await start(await scratchFolder())
  await client.call('limits.reset', { zone: 'one', key: '127.0.0.1' })
  await expect(client.call('limits.reset', { zone: 'one', key: '::1' })).rejects.toMatchObject({
    code: 'not-found',
    message: 'no key ::1 in a limit zone one that runs now',
  })
  expect(await first(client, 'limits.watch')).toEqual([])
})
