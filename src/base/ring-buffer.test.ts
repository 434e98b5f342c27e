import { expect, test } from 'vitest'
import { RingBuffer } from './ring-buffer.ts'

test('holds the newest values, oldest first', () => {
  const ring = new RingBuffer<string>(3)
  expect([ring.length, ring.first, ring.next, [...ring]]).toEqual([0, 0, 0, []])
  expect(['a', 'b', 'c', 'd', 'e'].map((value) => ring.push(value))).toEqual([
    undefined,
    undefined,
    undefined,
    'a',
    'b',
  ])
  expect([ring.length, ring.first, ring.next, [...ring]]).toEqual([3, 2, 5, ['c', 'd', 'e']])
})

test('a value is found by its number for as long as it is held', () => {
  const ring = new RingBuffer<string>(2)
  for (const value of ['a', 'b', 'c']) ring.push(value)
  expect([-1, 0, 1, 2, 3].map((number) => ring.at(number))).toEqual([
    undefined,
    undefined,
    'b',
    'c',
    undefined,
  ])
  expect([ring.since(-5), ring.since(0), ring.since(2), ring.since(3), ring.since(9)]).toEqual([
    ['b', 'c'],
    ['b', 'c'],
    ['c'],
    [],
    [],
  ])
})

test('numbers go on after the values were forgotten', () => {
  const ring = new RingBuffer<string>(2)
  for (const value of ['a', 'b', 'c']) ring.push(value)
  ring.clear()
  expect([ring.length, ring.first, ring.next, ring.at(2)]).toEqual([0, 3, 3, undefined])
  expect(ring.push('d')).toBe(undefined)
  expect([ring.length, ring.at(3), [...ring]]).toEqual([1, 'd', ['d']])
})

test('a capacity below one is a mistake', () => {
  expect(() => new RingBuffer(0)).toThrow('not 0')
  expect(() => new RingBuffer(Number.NaN)).toThrow('not NaN')
})
