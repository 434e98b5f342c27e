import { expect, test } from 'vitest'
import type { Upstream } from '../../config/model.ts'
import { defaultLocal } from '../../config/local.ts'
import { VariableTable } from '../request/variable-table.ts'
import { fakeClock } from '../testing/fake-clock.ts'
import { compileUpstream, resolveNames, splitAddress, type UpstreamContext } from './compile-upstream.ts'

const context = (change: Partial<UpstreamContext> = {}): UpstreamContext => ({
  local: defaultLocal,
  addresses: new Map([['localhost', ['127.0.0.1', '::1']]]),
  variables: new VariableTable(),
  clock: fakeClock(),
  resolver: undefined,
  resolverTimeout: 30_000,
  resolverOf: () => {
    throw new Error('no resolver here')
  },
  ...change,
})
const app = (server: Upstream['server']): Upstream => ({ name: 'app', server })

test('a name is dialled at all its addresses, localhost at 127.0.0.1 and ::1', () => {
  const group = compileUpstream(app([{ address: 'localhost:3000' }]), context(), undefined)
  expect(group.peers.map(({ name, dial }) => [name, dial])).toEqual([
    ['127.0.0.1:3000', { host: '127.0.0.1', port: 3000 }],
    ['[::1]:3000', { host: '::1', port: 3000 }],
  ])
  expect(group.status(0, 0).names).toEqual([
    { name: 'localhost', by: 'start', addresses: ['127.0.0.1', '::1'], resolvedAt: Date.UTC(2026, 0, 1) },
  ])
})

test('localhost is what this machine says of it, IPv4 first', async () => {
  const found = (await resolveNames(['localhost', '127.0.0.1', 'unix:/run/x'])).get('localhost')
  expect(found?.[0]).toBe('127.0.0.1')
})

test('a name without an address is told with its line, unless a resolver follows it', () => {
  const gone = app([{ address: 'gone.test:80' }])
  expect(() => compileUpstream(gone, context(), undefined)).toThrow(
    'host not found in upstream "gone.test:80"',
  )
  const followed = app([{ address: 'gone.test:80', resolve: true }])
  expect(() => compileUpstream(followed, context(), undefined)).toThrow(
    'no resolver defined to resolve names at run time in upstream "app"',
  )
})

test('a name that is mapped on this machine stands still, resolve or not', () => {
  const local = { ...defaultLocal, hosts: { 'app.test:80': '127.0.0.1:3000' } }
  const group = compileUpstream(
    app([{ address: 'app.test:80', resolve: true }]),
    context({ local }),
    undefined,
  )
  expect([group.followed, group.peers.map(({ name }) => name)]).toEqual([[], ['127.0.0.1:3000']])
})

test('what was seen of a peer and steered away goes over to the next configuration, unless that says otherwise', () => {
  const first = compileUpstream(
    app([{ address: '127.0.0.1:1', weight: 2 }, { address: '127.0.0.1:2' }]),
    context(),
    undefined,
  )
  first.steer('127.0.0.1:1', { weight: 7 })
  first.steer('127.0.0.1:2', { draining: true })
  for (const peer of first.peers) peer.begins(0)
  const seen = (servers: Upstream['server']): unknown =>
    compileUpstream(app(servers), context(), first).peers.map(({ weight, draining, down, requests }) => ({
      weight,
      draining,
      down,
      requests,
    }))
  expect(seen([{ address: '127.0.0.1:1', weight: 2 }, { address: '127.0.0.1:2' }])).toEqual([
    { weight: 7, draining: false, down: false, requests: 1 },
    { weight: 1, draining: true, down: false, requests: 1 },
  ])
  expect(
    seen([
      { address: '127.0.0.1:1', weight: 3 },
      { address: '127.0.0.1:2', down: true },
    ]),
  ).toEqual([
    { weight: 3, draining: false, down: false, requests: 1 },
    { weight: 1, draining: false, down: true, requests: 1 },
  ])
})

test.each([
  ['[::1]:80', { host: '::1', port: 80 }],
  ['app', { host: 'app', port: 8080 }],
  ['unix:/run/a:b', { host: 'unix:/run/a:b', port: 0 }],
])('%s is taken apart', (address, parts) => {
  expect(splitAddress(address, 8080)).toEqual(parts)
})
