import { expect, test } from 'vitest'
import { Lru } from './lru.ts'

function recording(
  limit: number,
  weigh?: (value: string) => number,
): { lru: Lru<string, string>; out: string[] } {
  const out: string[] = []
  return { lru: new Lru({ limit, weigh, onEvict: (key, value) => out.push(`${key}=${value}`) }), out }
}

test('the least recently used is pushed out', () => {
  const { lru, out } = recording(2)
  lru.set('a', '1')
  lru.set('b', '2')
  expect(lru.get('a')).toBe('1')
  lru.set('c', '3')
  expect(out).toEqual(['b=2'])
  expect([...lru]).toEqual([
    ['a', '1'],
    ['c', '3'],
  ])
})

test('peeking and asking whether it is there are no uses', () => {
  const { lru, out } = recording(2)
  lru.set('a', '1')
  lru.set('b', '2')
  expect([lru.peek('a'), lru.has('a'), lru.peek('x'), lru.has('x'), lru.get('x')]).toEqual([
    '1',
    true,
    undefined,
    false,
    undefined,
  ])
  lru.set('c', '3')
  expect(out).toEqual(['a=1'])
})

test('values count by their weight, and one too heavy is not kept', () => {
  const { lru, out } = recording(10, (value) => value.length)
  lru.set('a', '1234')
  lru.set('b', '1234')
  expect(lru.weight).toBe(8)
  lru.set('c', '12345678')
  expect(out).toEqual(['a=1234', 'b=1234'])
  lru.set('d', '12345678901')
  expect(out).toEqual(['a=1234', 'b=1234', 'd=12345678901'])
  expect([lru.size, lru.weight]).toEqual([1, 8])
})

test('a value that is replaced is told of and weighs no more', () => {
  const { lru, out } = recording(10, (value) => value.length)
  lru.set('a', '12345')
  lru.set('a', '12')
  lru.set('a', '12')
  expect(out).toEqual(['a=12345'])
  expect([lru.size, lru.weight]).toEqual([1, 2])
})

test('what is deleted weighs no more and is not told of', () => {
  const { lru, out } = recording(10, (value) => value.length)
  lru.set('a', '12345')
  lru.set('b', '1')
  expect([lru.delete('a'), lru.delete('a')]).toEqual([true, false])
  expect(lru.weight).toBe(1)
  lru.clear()
  expect([lru.size, lru.weight, out]).toEqual([0, 0, []])
})
