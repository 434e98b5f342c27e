import { expect, test } from 'vitest'
import { leastZoom, mostZoom, scrollFor, zoomBy, zoomToFit } from './zoom.ts'

test('in and out again is life size, and there is an end both ways', () => {
  expect(zoomBy(zoomBy(1, 1), -1)).toBe(1)
  let zoom = 1
  for (let count = 0; count < 30; count++) zoom = zoomBy(zoom, 1)
  expect(zoom).toBe(mostZoom)
  for (let count = 0; count < 60; count++) zoom = zoomBy(zoom, -1)
  expect(zoom).toBe(leastZoom)
})

test('a small map is not blown up, a large one fits', () => {
  expect(zoomToFit({ width: 400, height: 300 }, { width: 1000, height: 600 })).toBe(1)
  expect(zoomToFit({ width: 2000, height: 600 }, { width: 1000, height: 600 })).toBe(0.5)
})

test('what is under the pointer stays there', () => {
  // The point at 300 of the content, 100 from the edge while scrolled by 200.
  expect(scrollFor(200, 100, 1, 2)).toBe(500)
})
