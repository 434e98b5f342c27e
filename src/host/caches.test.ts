// The caches as the window sees them: over the contract, with the real engine and an origin behind it.
import { createServer, get, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { defaultLocal } from '../config/local.ts'
import type { HostClient } from '../contract/contract.ts'
import type { CacheZoneStatus } from '../status/cache-zone-status.ts'
import { startHost, type Host } from './index.ts'
import { removeScratch, scratchFolder } from './testing/scratch.ts'

const hosts: Host[] = []
const servers: Server[] = []
afterEach(async () => {
  for (const host of hosts.splice(0)) await host.stop()
  for (const server of servers.splice(0)) server.close()
  await removeScratch()
})

async function start(): Promise<{ client: HostClient; ask: (path: string) => Promise<number> }> {
  const origin = createServer((request, answer) => {
    const cookie = request.url === '/cookie' ? { 'Set-Cookie': 'a=b' } : {}
    answer.writeHead(200, {
      'Cache-Control': 'max-age=60',
      ETag: '"one"',
      Vary: 'Accept-Language',
      ...cookie,
    })
    answer.end('0123456789')
  })
  servers.push(origin)
  await new Promise<void>((resolve) => origin.listen(0, '127.0.0.1', resolve))
  const folder = await scratchFolder()
  const host = await startHost({ folder, face: 'browser', trustStores: [] })
  hosts.push(host)
  await host.start()
  const client = host.connect()
  const text = `http {
    proxy_cache_path ${folder}/pictures keys_zone=pictures:1m;
    server {
      listen 80;
      location / {
        proxy_pass http://127.0.0.1:${(origin.address() as AddressInfo).port};
        proxy_cache pictures;
        proxy_cache_key $uri;
      }
    }
  }`
  const local = await client.call('local.apply', {
    baseRevision: 0,
    local: { ...defaultLocal, bind: '127.0.0.1', ports: { '80': 0 } },
  })
  if (local.outcome !== 'applied') throw new Error(`local overlay: ${JSON.stringify(local)}`)
  const { config } = await client.call('nginx.import', { files: [{ name: 'n.conf', text }], main: 'n.conf' })
  const applied = await client.call('config.apply', { baseRevision: await revision(client), config })
  if (applied.outcome !== 'applied') throw new Error(`configuration: ${JSON.stringify(applied)}`)
  const { listeners } = await client.call('proxy.start')
  const port = listeners[0]?.port ?? 0
  const ask = (path: string): Promise<number> =>
    new Promise((resolve, reject) => {
      get({ port, host: '127.0.0.1', path, agent: false, headers: { Host: 'localhost' } }, (answer) => {
        answer.resume()
        answer.on('end', () => resolve(answer.statusCode ?? 0))
      }).on('error', reject)
    })
  return { client, ask }
}

function revision(client: HostClient): Promise<number> {
  return new Promise((resolve, reject) => {
    client.watch('config.watch', (state) => resolve(state.revision), reject)
  })
}

/** What is told once this holds. */
function told(client: HostClient, holds: (zone: CacheZoneStatus) => boolean): Promise<CacheZoneStatus> {
  return new Promise((resolve, reject) => {
    const stop = client.watch(
      'caches.watch',
      ([zone]) => {
        if (!zone || !holds(zone)) return
        resolve(zone)
        queueMicrotask(() => stop())
      },
      reject,
    )
  })
}

test('what is stored is seen, inspected and purged, and what a purge removed is counted and told', async () => {
  const { client, ask } = await start()
  for (const path of ['/a', '/a', '/b', '/cookie']) expect(await ask(path)).toBe(200)
  expect(await told(client, ({ verdicts }) => verdicts.MISS === 3)).toMatchObject({
    name: 'pictures',
    entries: 2,
    recent: {
      verdicts: { MISS: 3, HIT: 1 },
      missed: [{ reason: 'key-not-there', count: 3 }],
      notStored: [{ reason: 'set-cookie', count: 1 }],
    },
  })
  const page = await client.call('caches.list', {
    zone: 'pictures',
    filter: { prefix: '/a' },
    offset: 0,
    limit: 10,
  })
  expect(page).toMatchObject({
    total: 1,
    size: 10,
    entries: [
      {
        key: '/a',
        host: 'localhost',
        status: 200,
        hits: 1,
        vary: 'Accept-Language',
        etag: '"one"',
        fresh: true,
      },
    ],
  })
  const [entry] = page.entries
  const detail = await client.call('caches.get', { zone: 'pictures', key: '/a', variant: entry?.variant })
  expect(detail?.head).toContain('Cache-Control: max-age=60\r\n')
  const purge = (what: Parameters<typeof client.call<'caches.purge'>>[1]['what']) =>
    client.call('caches.purge', { zone: 'pictures', what })
  expect(await purge({ by: 'key', key: '/nothing' })).toMatchObject({
    removed: 0,
    message: 'Nothing is stored under the key "/nothing" in cache "pictures", so nothing was removed.',
  })
  expect(await purge({ by: 'key', key: '/a' })).toMatchObject({ removed: 1, size: 10 })
  expect(await purge({ by: 'host', host: 'localhost' })).toMatchObject({ removed: 1 })
  expect(await told(client, ({ purged }) => purged === 2)).toMatchObject({ entries: 0, stored: 2 })
})

test('a cache that does not run, and a purge of no key, are refused', async () => {
  const { client } = await start()
  const other = { zone: 'other', what: { by: 'all' } } as const
  await expect(client.call('caches.purge', other)).rejects.toMatchObject({ code: 'not-found' })
  const list = { zone: 'other', filter: {}, offset: 0, limit: 10 }
  await expect(client.call('caches.list', list)).rejects.toMatchObject({ code: 'not-found' })
  const empty = { zone: 'pictures', what: { by: 'key', key: '' } } as const
  await expect(client.call('caches.purge', empty)).rejects.toMatchObject({ code: 'invalid-input' })
  expect(await client.call('caches.get', { zone: 'pictures', key: '/a' })).toBeNull()
})
