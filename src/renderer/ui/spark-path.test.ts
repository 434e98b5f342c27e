import { expect, test } from 'vitest'
import { sparkPath } from './spark-path.ts'

test('the largest value touches the top and 0 lies on the bottom', () => {
  expect(sparkPath([0, 5, 10], 100, 20)).toEqual({
    line: 'M0 19.25L50 10.25L100 1.25',
    area: 'M0 19.25L50 10.25L100 1.25V20H0Z',
  })
})

test('without values there is a flat line', () => {
  expect(sparkPath([], 80, 16)).toEqual({ line: 'M0 15.25H80', area: '' })
})

test('zeros alone stay on the bottom', () => {
  expect(sparkPath([0, 0], 10, 10).line).toBe('M0 9.25L10 9.25')
})
