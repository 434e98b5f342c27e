import { expect, test } from 'vitest'
import { fakeClock } from '../testing/fake-clock.ts'
import { DoomedFiles } from './doomed.ts'

test('files go a few at a time, those that were spared stay, and the rest goes in the end', () => {
  const clock = fakeClock()
  const removed: string[] = []
  const doomed = new DoomedFiles(clock, (name) => removed.push(name))
  for (let i = 0; i < 120; i++) doomed.add(String(i))
  doomed.spare('3')
  expect([doomed.has('3'), doomed.has('4'), doomed.size, removed]).toEqual([false, true, 119, []])
  clock.advance(1)
  expect([removed.length, removed.includes('3')]).toEqual([50, false])
  doomed.dispose()
  clock.advance(10)
  expect([removed.length, doomed.size]).toEqual([119, 0])
  doomed.add('again')
  clock.advance(1)
  expect(removed.at(-1)).toBe('again')
})
