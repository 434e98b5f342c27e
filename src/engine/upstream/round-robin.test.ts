import { expect, test } from 'vitest'
import type { Exchange } from '../request/exchange.ts'
import { peerFailed, peerSucceeded } from './health.ts'
import { Peer } from './peer.ts'
import { roundRobin } from './round-robin.ts'

const x = {} as Exchange

function peers(...weights: number[]): Peer[] {
  return peersWith({}, ...weights)
}

function peersWith(settings: { maxFails?: number; maxConns?: number }, ...weights: number[]): Peer[] {
  return weights.map(
    (weight, i) => new Peer({ name: 'abcdef'[i] ?? '', server: '', dial: { path: '' }, weight, ...settings }),
  )
}

function sequence(primary: Peer[], backup: Peer[], count: number, now = 0): string {
  const balancer = roundRobin(primary, backup)
  return Array.from({ length: count }, () => balancer.begin(x).next(now)?.name ?? '-').join('')
}

test.each([
  [[1, 1, 1], 'abcabc'],
  [[5, 1, 1], 'aabacaaaabacaa'],
  [[3, 1, 1], 'abacaabaca'],
  [[2, 3], 'babab'],
])('weights %j give the smooth sequence %s', (weights, expected) => {
  expect(sequence(peers(...weights), [], expected.length)).toBe(expected)
})

test('one exchange tries each peer once, then the backup', () => {
  const choice = roundRobin(peers(1, 1), [
    new Peer({ name: 'z', server: '', dial: { path: '' }, isBackup: true }),
  ]).begin(x)
  expect([choice.next(0)?.name, choice.next(0)?.name, choice.next(0)?.name, choice.next(0)]).toEqual([
    'a',
    'b',
    'z',
    undefined,
  ])
})

test('down and full peers are passed over', () => {
  const [a, b, c] = peersWith({ maxConns: 1 }, 1, 1, 1) as [Peer, Peer, Peer]
  a.down = true
  b.connections = 1
  expect(sequence([a, b, c], [], 3)).toBe('ccc')
})

test('a failed peer sits out fail_timeout, then its turns come back', () => {
  const [a, b] = peers(1, 1) as [Peer, Peer]
  peerFailed(a, 0, false, 'refused')
  expect(sequence([a, b], [], 3, 5_000)).toBe('bbb')
  expect(sequence([a, b], [], 4, 11_000)).toContain('a')
})

test('failures are forgotten by a success in a later window', () => {
  const [a] = peersWith({ maxFails: 2 }, 1) as [Peer]
  peerFailed(a, 0, false, 'refused')
  a.checked = 20_000
  peerSucceeded(a)
  expect(a.fails).toBe(0)
})

test('a single peer is never taken out', () => {
  const [a] = peers(1) as [Peer]
  peerFailed(a, 0, true, 'refused')
  expect([a.fails, sequence([a], [], 2)]).toEqual([0, 'aa'])
})

test('a failing peer loses weight and earns it back', () => {
  const [a, b] = peersWith({ maxFails: 2 }, 4, 4) as [Peer, Peer]
  peerFailed(a, 0, false, 'refused')
  expect(a.effectiveWeight).toBe(2)
  sequence([a, b], [], 4)
  expect(a.effectiveWeight).toBe(4)
})
