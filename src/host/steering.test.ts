import { afterEach, expect, test } from 'vitest'
import type { Config } from '../config/model.ts'
import type { PeerSteer } from '../contract/zones.ts'
import { startHost, type Host } from './index.ts'
import { scratchFolder } from './testing/scratch.ts'

let host: Host | undefined
afterEach(async () => {
  await host?.stop({ graceful: false })
  host = undefined
})

const config: Config = {
  http: {
    upstreams: [
      {
        name: 'app',
        server: [
          { address: '127.0.0.1:9001', weight: 3 },
          { address: '127.0.0.1:9002', down: true },
        ],
      },
    ],
    servers: [
      {
        listen: [{ address: '127.0.0.1', port: 1 }],
        locations: [
          { modifier: '', pattern: '/', proxyPass: 'http://app' },
          { modifier: '', pattern: '/here', proxyPass: 'http://127.0.0.1:9003' },
        ],
      },
    ],
  },
}

async function steering() {
  host = await startHost({ folder: await scratchFolder(), face: 'browser' })
  const client = host.connect()
  await client.call('local.apply', {
    baseRevision: 0,
    local: { ports: { '1': 0 }, hosts: {}, off: [], certificates: 'never', bind: '127.0.0.1' },
  })
  await client.call('config.apply', { baseRevision: 0, config })
  await host.start()
  const handlers = host.handlers
  return {
    client,
    steer: (change: Partial<PeerSteer>) =>
      client.call('upstreams.steer', { upstream: 'app', peer: '127.0.0.1:9001', ...change }),
    peers: () => {
      let seen: unknown
      handlers['upstreams.watch'](undefined, (groups) => {
        seen = groups
          .find(({ name }) => name === 'app')
          ?.peers.map(({ weight, configuredWeight, state, steered }) => ({
            weight,
            configuredWeight,
            state,
            ...(steered && { steered }),
          }))
      })()
      return seen
    },
    saved: () => {
      let seen: unknown
      let revision = -1
      handlers['config.watch'](undefined, (state) => {
        revision = state.revision
        seen = state.config.http?.upstreams?.[0]?.server
      })()
      return { revision, servers: seen }
    },
  }
}

const second = { weight: 1, configuredWeight: 1, state: 'down' }

test('a weight counts at once, shows as steered, and goes back to the configured one', async () => {
  const { steer, peers, saved } = await steering()
  expect(await steer({ weight: 7 })).toEqual({ peers: 1 })
  expect(peers()).toEqual([{ weight: 7, configuredWeight: 3, state: 'up', steered: { weight: 7 } }, second])
  await steer({ draining: true })
  expect(peers()).toEqual([
    { weight: 7, configuredWeight: 3, state: 'draining', steered: { weight: 7, state: 'draining' } },
    second,
  ])
  await steer({ reset: true })
  expect(peers()).toEqual([{ weight: 3, configuredWeight: 3, state: 'up' }, second])
  expect(saved().revision).toBe(1)
})

test('what was steered can be kept: drain becomes down, for nginx has no drain', async () => {
  const { steer, peers, saved } = await steering()
  await steer({ weight: 7 })
  expect(await steer({ draining: true, keep: true })).toMatchObject({
    peers: 1,
    kept: { outcome: 'applied', revision: 2 },
  })
  expect(saved()).toEqual({
    revision: 2,
    servers: [
      { address: '127.0.0.1:9001', weight: 7, down: true },
      { address: '127.0.0.1:9002', down: true },
    ],
  })
  expect(peers()).toEqual([{ weight: 7, configuredWeight: 7, state: 'down' }, second])
})

test('up can be kept for a peer that is down in the configuration, and keep alone keeps what was steered before', async () => {
  const { steer, peers, saved } = await steering()
  await steer({ peer: '127.0.0.1:9002', down: false, draining: false })
  await steer({ peer: '127.0.0.1:9002', weight: 2 })
  await steer({ peer: '127.0.0.1:9002', keep: true })
  expect(saved().servers).toEqual([
    { address: '127.0.0.1:9001', weight: 3 },
    { address: '127.0.0.1:9002', weight: 2 },
  ])
  expect(peers()).toEqual([
    { weight: 3, configuredWeight: 3, state: 'up' },
    { weight: 2, configuredWeight: 2, state: 'up' },
  ])
})

test.each<[string, Partial<PeerSteer>, string, string]>([
  ['a weight of 0', { weight: 0 }, 'invalid-input', 'a weight is a whole number from 1 to 1000000'],
  ['a weight that is text', { weight: 'heavy' as never }, 'invalid-input', 'a weight is a whole number'],
  ['half a weight', { weight: 1.5 }, 'invalid-input', 'a weight is a whole number'],
  ['nothing', {}, 'invalid-input', 'nothing to steer: give weight, down, draining, reset or keep'],
  [
    'an unknown upstream',
    { upstream: 'api', down: true },
    'not-found',
    'no upstream api runs now; there are app, 127.0.0.1:9003',
  ],
  [
    'an unknown peer',
    { peer: '127.0.0.1:9', keep: true, weight: 2 },
    'not-found',
    'no peer 127.0.0.1:9 in the upstream app; it has 127.0.0.1:9001, 127.0.0.1:9002',
  ],
  [
    'an upstream without a block, to be kept',
    { upstream: '127.0.0.1:9003', peer: '127.0.0.1:9003', weight: 2, keep: true },
    'invalid-input',
    'there is no upstream block to keep this in',
  ],
])('%s is refused, and nothing changes', async (_what, change, code, message) => {
  const { steer, peers, saved } = await steering()
  const before = [peers(), saved()]
  await expect(steer(change)).rejects.toMatchObject({
    code,
    message: expect.stringContaining(message) as string,
  })
  expect([peers(), saved()]).toEqual(before)
})

const check = {
  path: '/health',
  method: 'GET' as const,
  ssl: false,
  interval: 60_000,
  timeout: 1000,
  status: '200',
  rises: 1,
  falls: 1,
}

test('an active check is kept in the overlay, and the exported text comes with a note instead of it', async () => {
  const { client } = await steering()
  expect(await client.call('upstreams.check', { upstream: 'app', check })).toMatchObject({
    outcome: 'applied',
  })
  const { text, notes } = await client.call('nginx.export', {})
  expect([text.includes('health'), notes.map(({ message }) => message)]).toEqual([
    false,
    ['the active check of upstream "app" is of this machine and not in the exported file'],
  ])
  const renamed = {
    http: { ...config.http, upstreams: [{ ...config.http?.upstreams?.[0], name: 'shop' }], servers: [] },
  }
  expect(await client.call('config.check', { config: renamed })).toMatchObject({
    problems: [
      {
        severity: 'note',
        message: 'there is an active check for upstream "app", and no upstream of that name',
      },
    ],
  })
  await client.call('upstreams.check', { upstream: 'app', check: null })
  expect((await client.call('nginx.export', {})).notes).toEqual([])
})

test.each<[string, object, string]>([
  ['an upstream that is not there', { upstream: 'api', check }, 'no upstream block is called api'],
  [
    'a path without its slash',
    { upstream: 'app', check: { ...check, path: 'health' } },
    'a path that begins with /',
  ],
  ['a status that is none', { upstream: 'app', check: { ...check, status: 'ok' } }, 'statuses such as 200'],
  [
    'a body that is no expression',
    { upstream: 'app', check: { ...check, body: '~ (' } },
    'no regular expression',
  ],
])('a check of %s is refused', async (_what, input, message) => {
  const { client } = await steering()
  await expect(client.call('upstreams.check', input as never)).rejects.toThrow(message)
})
