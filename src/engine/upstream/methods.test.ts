import { expect, test } from 'vitest'
import type { Choice } from './balancer.ts'
import { ConsistentHashChoice, ringOf } from './consistent-hash.ts'
import { HashChoice } from './hash.ts'
import { peerFailed, peerSucceeded } from './health.ts'
import { IpHashChoice } from './ip-hash.ts'
import { pickLeastConn } from './least-conn.ts'
import { Peer } from './peer.ts'
import { RandomChoice } from './random.ts'
import { FallbackChoice, OnlyChoice, pickSmooth, totalWeight } from './round-robin.ts'

const peersOf = (...weights: number[]): Peer[] =>
  weights.map(
    (weight, i) =>
      new Peer({ name: `10.0.0.${i + 1}:80`, server: `10.0.0.${i + 1}:80`, dial: { path: '' }, weight }),
  )

/** The last digit of each chosen peer's address; `-` for none. */
const named = (peer: Peer | undefined): string => peer?.name.slice(7, -3) ?? '-'
const turns = (begin: () => Choice, times: number, now = 0): string =>
  Array.from({ length: times }, () => named(begin().next(now))).join('')
const roundRobin = (peers: Peer[], backup: Peer[] = []): Choice =>
  new FallbackChoice(peers, backup, pickSmooth)

test.each([
  [[5, 1, 1], '1121311'],
  [[1, 1, 1], '123123'],
  [[2, 3], '2121221212'],
  [[3, 1, 1], '1213112131'],
])('weights %j take smooth turns', (weights, expected) => {
  const peers = peersOf(...weights)
  expect(turns(() => roundRobin(peers), expected.length)).toBe(expected)
})

test('a peer that failed max_fails times sits out fail_timeout, counted in whole seconds', () => {
  const peers = peersOf(1, 1)
  const [first] = peers as [Peer, Peer]
  expect(peerFailed(first, 500, false, 'no')).toBe(true)
  expect(turns(() => roundRobin(peers), 3, 10_999)).toBe('222')
  expect(turns(() => roundRobin(peers), 4, 11_000)).toContain('1')
})

test('its weight grows back after a failure, and a good answer in a new window forgets the failures', () => {
  const peers = peersOf(4, 1)
  const [first] = peers as [Peer, Peer]
  peerFailed(first, 0, false, 'no')
  expect(first.effectiveWeight).toBe(0)
  // Until the one request it gets in the new window is answered it gets no other.
  expect(turns(() => roundRobin(peers), 5, 11_000)).toBe('21222')
  peerSucceeded(first)
  expect([first.fails, turns(() => roundRobin(peers), 6, 11_000)]).toEqual([0, '211121'])
})

test('backup peers stand in when the others are used up, each peer once an exchange', () => {
  const choice = roundRobin(peersOf(1, 1), [
    new Peer({ name: '10.0.0.9:80', server: 'b', dial: { path: '' }, isBackup: true }),
  ])
  expect(choice.tries).toBe(3)
  expect([1, 2, 3, 4].map(() => named(choice.next(0))).join('')).toBe('129-')
})

test('a peer alone is asked whatever its failures, but not while it is down or full', () => {
  const [peer] = peersOf(1) as [Peer]
  const choice = new OnlyChoice(peer)
  peer.fails = 5
  expect([choice.tries, named(choice.next(0))]).toEqual([1, '1'])
  peer.down = true
  expect([choice.tries, named(choice.next(0))]).toEqual([0, '-'])
})

test('least_conn takes the least busy for its weight, and turns among equals', () => {
  const peers = peersOf(2, 1, 1)
  const [first, second, third] = peers as [Peer, Peer, Peer]
  const begin = (): Choice => new FallbackChoice(peers, [], pickLeastConn)
  expect(turns(begin, 4)).toBe('1231')
  first.connections = 2
  second.connections = 1
  third.connections = 2
  expect(turns(begin, 1)).toBe('1')
  first.connections = 3
  expect(turns(begin, 2)).toBe('22')
})

test('hash finds the peers that Cache::Memcached finds, and others when one is tried', () => {
  const peers = peersOf(1, 1, 1)
  const of = (key: string): Choice => new HashChoice(peers, totalWeight(peers), key)
  expect(['a', 'b', 'c', 'abc'].map((key) => named(of(key).next(0))).join('')).toBe('3133')
  const choice = of('a')
  expect(new Set([1, 2, 3].map(() => named(choice.next(0)))).size).toBe(3)
  expect(choice.next(0)).toBeUndefined()
})

test('consistent hash moves only the keys of a peer that goes', () => {
  const peers = peersOf(1, 2, 1)
  const [, second] = peers as [Peer, Peer, Peer]
  const ring = ringOf(peers)
  const keys = Array.from({ length: 300 }, (_, i) => `key${i}`)
  const all = (): string[] => keys.map((key) => named(new ConsistentHashChoice(peers, ring, key).next(0)))
  const before = all()
  second.down = true
  const after = all()
  expect(ring.hashes.length).toBe(640)
  expect(before.filter((name, i) => name !== '2' && name !== after[i])).toEqual([])
  expect(before.filter((name) => name === '2').length).toBeGreaterThan(90)
})

test('a server whose name has several addresses shares its points among them', () => {
  const two = ['10.0.0.1:80', '10.0.0.2:80'].map(
    (name) => new Peer({ name, server: 'app:80', dial: { path: '' } }),
  )
  const ring = ringOf(two)
  const turnsOf = Array.from({ length: 4 }, () =>
    named(new ConsistentHashChoice(two, ring, 'one key').next(0)),
  )
  expect(turnsOf.join('')).toBe('1212')
})

test('ip_hash sends one /24 to one peer, an IPv6 address by all its bytes, unix sockets to one', () => {
  const peers = peersOf(1, 1, 1)
  const of = (bytes: string): string => named(new IpHashChoice(peers, 3, bytes).next(0))
  expect([of('\x7f\0\0\x01'), of('\x7f\0\0\xff'), of('unix:')]).toEqual(['3', '3', of('\0\0\0\0')])
  expect(of(`${'\0'.repeat(15)}\x01`)).not.toBe(of(`${'\0'.repeat(15)}\x02`))
})

test('random goes by weight, and the less busy of two different ones is taken', () => {
  const peers = peersOf(3, 1)
  const [first] = peers as [Peer, Peer]
  const pick = (two: boolean, ...chances: number[]): string =>
    named(new RandomChoice(peers, 4, two, () => chances.shift() ?? 0).next(0))
  expect([pick(false, 0), pick(false, 0.74), pick(false, 0.75)]).toEqual(['1', '1', '2'])
  first.connections = 4
  expect([pick(true, 0, 0, 0.8), pick(true, 0.8, 0)]).toEqual(['2', '2'])
})

test('what cannot be found by a key in 20 looks is found by turns', () => {
  const peers = peersOf(1, 1, 1)
  const [first, second] = peers as [Peer, Peer, Peer]
  first.down = true
  second.down = true
  const never = new RandomChoice(peers, 3, false, () => 0)
  expect(named(never.next(0))).toBe('3')
})

test('what is steered counts from the next choice on and stays until the configuration says something else', () => {
  const peers = peersOf(1, 1)
  const [first, second] = peers as [Peer, Peer]
  first.steer({ weight: 3 })
  expect(turns(() => roundRobin(peers), 4)).toBe('1121')
  second.steer({ draining: true })
  expect(turns(() => roundRobin(peers), 3)).toBe('111')
  const init = { name: first.name, server: first.server, dial: first.dial }
  const same = new Peer({ ...init, weight: 1 })
  same.remember(first)
  const other = new Peer({ ...init, weight: 7 })
  other.remember(first)
  expect([same.weight, other.weight]).toEqual([3, 7])
})
