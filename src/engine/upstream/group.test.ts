import { expect, test } from 'vitest'
import type { PeerCheck, UpstreamStatus } from '../../status/peer-status.ts'
import { fakeClock } from '../testing/fake-clock.ts'
import { UpstreamGroup } from './group.ts'
import { peerFailed } from './health.ts'
import { Peer } from './peer.ts'
import { roundRobin } from './round-robin.ts'

interface Made {
  readonly weight?: number
  readonly isBackup?: boolean
  readonly down?: boolean
  readonly maxConns?: number
}

function groupOf(peers: readonly Made[]): UpstreamGroup {
  return new UpstreamGroup({
    name: 'app',
    method: 'round robin',
    lines: peers.map((made, i) => {
      const name = `10.0.0.${i + 1}:80`
      const peer = new Peer({
        name,
        server: `app${i + 1}:80`,
        dial: { host: `10.0.0.${i + 1}`, port: 80 },
        ...made,
      })
      return { peers: [peer], isBackup: made.isBackup === true }
    }),
    balance: roundRobin,
    keepalive: { connections: 0, requests: 0, time: 0, timeout: 0 },
    implicit: false,
    clock: fakeClock(),
  })
}

const shares = ({ peers }: UpstreamStatus): unknown =>
  peers.map(({ configuredShare, expectedShare, share }) => [configuredShare, expectedShare, share])
const unhealthy: PeerCheck = { state: 'unhealthy', passed: 0, failed: 2, inARow: 2 }

test('shares: by the configuration, by who takes requests now, and as they were in the last minute', () => {
  const group = groupOf([{ weight: 3 }, { weight: 1 }, { weight: 4, down: true }, { isBackup: true }])
  const [first, second] = group.peers as [Peer, Peer]
  for (let i = 0; i < 3; i++) first.begins(1000)
  second.begins(30_000)
  expect(shares(group.status(31_000, 0))).toEqual([
    [0.75, 0.75, 0.75],
    [0.25, 0.25, 0.25],
    [0, 0, 0],
    [0, 0, 0],
  ])
  group.steer('10.0.0.1:80', { draining: true })
  expect(shares(group.status(62_000, 0))).toEqual([
    [0.75, 0, 0],
    [0.25, 1, 1],
    [0, 0, 0],
    [0, 0, 0],
  ])
})

test('when no primary peer is live a backup is expected to take all', () => {
  const group = groupOf([{}, {}, { isBackup: true }])
  group.steer('app1:80', { down: true })
  group.steer('app2:80', { down: true })
  expect(group.status(0, 0).peers.map(({ expectedShare }) => expectedShare)).toEqual([0, 0, 1])
})

test('a peer says when it last failed, why, and until when it sits out', () => {
  const group = groupOf([{}, {}])
  const [first] = group.peers as [Peer, Peer]
  peerFailed(first, 61_400, false, 'connect() failed (111: Connection refused)')
  const wall = Date.UTC(2026, 0, 1)
  expect(group.status(62_000, wall).peers[0]).toMatchObject({
    state: 'failed',
    failures: 1,
    lastFailure: 'connect() failed (111: Connection refused)',
    lastFailureAt: wall - 600,
    failedUntil: wall + 10_000,
    effectiveWeight: 0,
  })
  expect(group.status(72_000, wall + 10_000).peers[0]?.state).toBe('up')
})

test('up ends its sitting out', () => {
  const group = groupOf([{}, {}])
  const [first] = group.peers as [Peer, Peer]
  peerFailed(first, 0, false, 'no')
  expect(group.steer('10.0.0.1:80', { down: false })).toBe(1)
  expect([group.status(0, 0).peers[0]?.state, group.steer('10.0.0.9:80', { down: true })]).toEqual(['up', 0])
})

test('what is worst about a peer is its state', () => {
  const group = groupOf([{}, {}])
  const [first, second] = group.peers as [Peer, Peer]
  second.check = unhealthy
  const states: string[] = []
  const look = (): unknown => states.push(group.status(0, 0).peers[0]?.state ?? '')
  first.check = { ...unhealthy, state: 'checking' }
  look()
  first.check = unhealthy
  look()
  first.draining = true
  look()
  first.down = true
  look()
  expect(states).toEqual(['checking', 'unhealthy', 'draining', 'down'])
})

test('addresses of a name come and go; the peer of one that stays is the same', () => {
  const make = (address: string): Peer =>
    new Peer({ name: `${address}:80`, server: 'app.test:80', dial: { host: address, port: 80 } })
  const group = new UpstreamGroup({
    name: 'app',
    method: 'round robin',
    lines: [{ peers: [], isBackup: false, name: 'app.test', make }],
    balance: roundRobin,
    keepalive: { connections: 0, requests: 0, time: 0, timeout: 0 },
    implicit: false,
    clock: fakeClock(),
  })
  expect(group.peers).toEqual([])
  expect(group.setAddresses('app.test', { addresses: ['10.0.0.1', '10.0.0.2'] })).toBe(true)
  const [, stays] = group.peers
  expect(group.setAddresses('app.test', { addresses: ['10.0.0.2', '10.0.0.1'], validUntil: 7 })).toBe(false)
  expect(group.setAddresses('app.test', { addresses: ['10.0.0.2', '10.0.0.3'] })).toBe(true)
  expect([group.peers.map(({ name }) => name), group.peers[0] === stays]).toEqual([
    ['10.0.0.2:80', '10.0.0.3:80'],
    true,
  ])
  // What was steered by the line counts for those that come later, too.
  group.steer('app.test:80', { weight: 5 })
  group.steer('app.test:80', { draining: true })
  group.setAddresses('app.test', { addresses: ['10.0.0.2', '10.0.0.3', '10.0.0.4'] })
  expect(group.peers.map(({ weight, draining }) => [weight, draining])).toEqual(Array(3).fill([5, true]))
  group.steer('app.test:80', { reset: true })
  group.setAddresses('app.test', { addresses: ['10.0.0.2', '10.0.0.3', '10.0.0.5'] })
  expect(group.peers.map(({ weight, draining }) => [weight, draining])).toEqual(Array(3).fill([1, false]))
  group.setAddresses('app.test', { addresses: ['10.0.0.2', '10.0.0.3'] })
  expect(group.setAddresses('app.test', { problem: '2: Server failure' })).toBe(false)
  expect(group.addressesOf('app.test')).toEqual({
    name: 'app.test',
    by: 'resolver',
    addresses: ['10.0.0.2', '10.0.0.3'],
    validUntil: 7,
    problem: '2: Server failure',
  })
})
