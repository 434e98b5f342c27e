import { expect, test } from 'vitest'
import { ConnectionCounts, type ConnectionCount } from './connection-counts.ts'

const counts = (size = 64 * 1024): ConnectionCounts => new ConnectionCounts('one', size)
const enter = (from: ConnectionCounts, key: string, limit = 2): ConnectionCount => {
  const count = from.enter(key, limit)
  if (typeof count === 'string') throw new Error(count)
  return count
}

test('so many of a key may be there at a time, and one that leaves makes room', () => {
  const one = counts()
  const first = enter(one, 'a')
  enter(one, 'a')
  expect([one.enter('a', 2), one.enter('b', 2)]).toEqual(['over', expect.objectContaining({ count: 1 })])
  one.leave(first)
  expect([one.enter('a', 2), one.keys]).toEqual([expect.objectContaining({ count: 2, rejected: 1 }), 2])
})

test('a key that nobody has any more is forgotten, and its memory given back', () => {
  const one = counts()
  const before = one.used
  one.leave(enter(one, 'a'))
  expect([one.keys, one.used]).toEqual([0, before])
})

test('a key that was reset begins anew; those that were in do not count when they leave', () => {
  const one = counts()
  const old = enter(one, 'a')
  expect([one.reset('a'), one.reset('a')]).toEqual([true, false])
  const present = enter(one, 'a')
  one.leave(old)
  expect([present.count, one.keys]).toEqual([1, 1])
})

test('where the zone is full a new key is told so, and those that are known go on', () => {
  const one = counts(8 * 4096)
  let keys = 0
  while (typeof one.enter(`k${keys}`, 1) !== 'string') keys++
  expect([one.enter('another', 1), typeof one.enter('k0', 2)]).toEqual(['full', 'object'])
  expect(one.capacity(16)).toBe(keys)
})

test('the busiest keys come first, with what they were refused', () => {
  const one = counts()
  for (const key of ['a', 'b', 'b', 'c']) enter(one, key)
  one.enter('b', 2)
  expect(one.hottest(2, '$arg_k')).toEqual([
    { key: 'b', load: 2, delayed: 0, rejected: 1 },
    { key: 'a', load: 1, delayed: 0, rejected: 0 },
  ])
})
