import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { fakeClock, type FakeClock } from '../testing/fake-clock.ts'
import { UpstreamConnection } from './connection.ts'
import { IdleConnections } from './idle-connections.ts'
import { Peer } from './peer.ts'

let server: Server
const accepted: Socket[] = []

beforeAll(async () => {
  server = createServer((socket) => void accepted.push(socket.on('error', () => undefined).resume()))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
})
afterAll(() => {
  for (const socket of accepted) socket.destroy()
  server.close()
})

const peerOf = (name: string): Peer => new Peer({ name, server: name, dial: { path: '' } })
const first = peerOf('a:80')
const second = peerOf('b:80')

function connection(clock: FakeClock, peer = first, kind = ''): Promise<UpstreamConnection> {
  return new Promise((resolve) => {
    const { port } = server.address() as AddressInfo
    const socket = connect(port, '127.0.0.1', () => resolve(made))
    const made = new UpstreamConnection(socket, peer, kind, clock)
    socket.on('data', (piece: Buffer) => made.take(piece))
  })
}

const pool = (
  clock: FakeClock,
  settings: Partial<ConstructorParameters<typeof IdleConnections>[0]> = {},
): IdleConnections =>
  new IdleConnections(
    { connections: 2, requests: 1000, time: 3_600_000, timeout: 60_000, ...settings },
    clock,
  )
const gone = (c: UpstreamConnection): Promise<void> =>
  new Promise((resolve) => c.socket.on('close', () => resolve()))

test('the connection used last is taken first, and only once', async () => {
  const clock = fakeClock()
  const idle = pool(clock)
  const [a, b] = [await connection(clock), await connection(clock)]
  idle.put(a)
  idle.put(b)
  expect([idle.take(first, ''), idle.take(first, ''), idle.take(first, '')]).toEqual([b, a, undefined])
  a.destroy()
  b.destroy()
})

test('a connection serves only its own peer, with its own TLS settings', async () => {
  const clock = fakeClock()
  const idle = pool(clock)
  const plain = await connection(clock)
  const tls = await connection(clock, first, 'tls')
  idle.put(plain)
  idle.put(tls)
  expect([idle.take(second, ''), idle.take(first, 'other'), idle.count(first), idle.count(second)]).toEqual([
    undefined,
    undefined,
    2,
    0,
  ])
  expect([idle.take(first, 'tls') === tls, idle.take(first, '') === plain]).toEqual([true, true])
  plain.destroy()
  tls.destroy()
})

test('when there are too many the one that was idle longest is closed', async () => {
  const clock = fakeClock()
  const idle = pool(clock)
  const all = [await connection(clock), await connection(clock), await connection(clock)]
  for (const each of all) idle.put(each)
  expect([idle.count(first), all.map(({ socket }) => socket.destroyed)]).toEqual([2, [true, false, false]])
  idle.dispose()
  expect([idle.count(first), all.map(({ socket }) => socket.destroyed)]).toEqual([0, [true, true, true]])
})

test.each([
  ['has served its requests', { requests: 3 }, 0, true],
  ['has a request left', { requests: 4 }, 0, false],
  ['is too old', { time: 5000 }, 5001, true],
  ['is not too old', { time: 5000 }, 5000, false],
  ['has no place', { connections: 0 }, 0, true],
])('a connection that %s: closed instead of kept', async (_what, settings, age, closed) => {
  const clock = fakeClock()
  const idle = pool(clock, settings)
  const c = await connection(clock)
  c.requests = 3
  clock.advance(age)
  idle.put(c)
  expect([c.socket.destroyed, idle.count(first)]).toEqual([closed, closed ? 0 : 1])
  c.destroy()
})

test('nobody gets a connection that was idle for its time-out', async () => {
  const clock = fakeClock()
  const idle = pool(clock)
  const c = await connection(clock)
  idle.put(c)
  clock.advance(59_999)
  expect(c.socket.destroyed).toBe(false)
  clock.advance(1)
  await gone(c)
  expect(idle.take(first, '')).toBeUndefined()
})

test.each(['closes', 'speaks'])(
  'a connection whose peer %s while it is idle leaves the pool',
  async (what) => {
    const clock = fakeClock()
    const idle = pool(clock)
    const before = accepted.length
    const c = await connection(clock)
    while (accepted.length === before) await new Promise((resolve) => setImmediate(resolve))
    idle.put(c)
    const over = gone(c)
    if (what === 'closes') accepted[before]?.end()
    else accepted[before]?.write('unasked')
    await over
    expect(idle.count(first)).toBe(0)
  },
)
