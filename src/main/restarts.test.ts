import { expect, test } from 'vitest'
import { restartPause } from './restarts.ts'

test('pauses double, and the sixth ending within a minute is the last', () => {
  const endings: number[] = []
  const pauses = [0, 1000, 2000, 4000, 8000, 16_000].map((at) => {
    endings.push(at)
    return restartPause(endings, at)
  })
  expect(pauses).toEqual([250, 500, 1000, 2000, 4000, undefined])
})

test('what was more than a minute ago does not count', () => {
  expect(restartPause([0, 1, 2, 3, 4, 70_000], 70_000)).toBe(250)
})
