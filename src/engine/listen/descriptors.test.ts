import { expect, test } from 'vitest'
import { descriptorLimit, Descriptors } from './descriptors.ts'

test.each([
  // limit, descriptor, enough
  [80, 20, true],
  [80, 69, true],
  [80, 70, false],
  [80, 79, false],
  [1_000_000, 999_900, true],
  [1_000_000, 999_950, false],
  [undefined, 1_000_000, true],
])('of %s descriptors, number %s leaves enough: %s', (limit, descriptor, enough) => {
  expect(new Descriptors(limit).isEnough(descriptor)).toBe(enough)
})

test('that there are none is told once, until there is room again', () => {
  const descriptors = new Descriptors(80)
  expect([descriptors.shallTell(), descriptors.shallTell()]).toEqual([true, false])
  descriptors.isEnough(65)
  expect(descriptors.shallTell()).toBe(false)
  descriptors.isEnough(40)
  expect(descriptors.shallTell()).toBe(true)
})

test.runIf(process.platform === 'linux')('Linux tells the limit', () => {
  expect(descriptorLimit()).toBeGreaterThan(10)
})
