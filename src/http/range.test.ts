import { expect, test } from 'vitest'
import { contentRange, ifRangeHolds, parseRange, unsatisfiedRange, type RangeResult } from './range.ts'

const cases: [field: string, result: RangeResult | [number, number][]][] = [
  ['bytes=0-0', [[0, 1]]],
  ['bytes=0-99', [[0, 100]]],
  ['bytes=10-19', [[10, 20]]],
  ['bytes=10-', [[10, 100]]],
  ['bytes=-10', [[90, 100]]],
  ['bytes=-100', [[0, 100]]],
  ['bytes=-1000', [[0, 100]]],
  ['bytes=0-1000', [[0, 100]]],
  ['bytes=99-', [[99, 100]]],
  ['Bytes=1-2', [[1, 3]]],
  ['bytes= 1 - 2 , 5-6', [[1, 3], [5, 7]]],
  ['bytes=0-0,-1', [[0, 1], [99, 100]]],
  ['bytes=0-0,200-300', [[0, 1]]],
  ['bytes=100-', 'unsatisfiable'],
  ['bytes=200-300', 'unsatisfiable'],
  ['bytes=-0', 'unsatisfiable'],
  ['bytes=5-4', 'unsatisfiable'],
  ['bytes=x-', 'unsatisfiable'],
  ['bytes=-', 'unsatisfiable'],
  ['bytes=1', 'unsatisfiable'],
  ['bytes=1-2-3', 'unsatisfiable'],
  ['bytes=1-2;', 'unsatisfiable'],
  ['bytes=1-2,', 'unsatisfiable'],
  ['bytes=1-2,,3-4', 'unsatisfiable'],
  ['bytes=- 5', 'unsatisfiable'],
  ['bytes=1-\t2', 'unsatisfiable'],
  ['bytes=99999999999999999999-', 'unsatisfiable'],
  ['bytes=0-99999999999999999999', 'unsatisfiable'],
  ['bytes=0-60,40-99', 'ignored'],
  ['bytes=0-1,2-3,4-5,6-7', 'ignored'],
  ['bytes=', 'ignored'],
  ['items=0-5', 'ignored'],
  ['bytes 0-5', 'ignored'],
] // prettier-ignore
test.each(cases)('of 100 bytes %j asks for %j', (field, result) => {
  const expected = typeof result === 'string' ? result : result.map((range) => ('start' in range ? range : { start: range[0], end: range[1] })) // prettier-ignore
  expect(parseRange(field, 100, 3)).toEqual(expected)
})

test('of nothing no range can be had, and the whole is sent', () => {
  expect(parseRange('bytes=0-', 0, 3)).toBe('ignored')
  expect(parseRange('bytes=-5', 0, 3)).toBe('ignored')
  expect(parseRange('bytes=1-', 0, 3)).toBe('unsatisfiable')
})

test('where ranges are switched off every one is ignored', () => {
  expect(parseRange('bytes=0-1', 100, 0)).toBe('ignored')
})

test('Content-Range counts to the last byte', () => {
  expect(contentRange({ start: 10, end: 20 }, 100)).toBe('bytes 10-19/100')
  expect(unsatisfiedRange(100)).toBe('bytes */100')
})

const changed = Date.UTC(1994, 10, 6, 8, 49, 37)
test.each([
  ['"a"', '"a"', undefined, true],
  ['"a"', '"b"', changed, false],
  ['"a"', undefined, changed, false],
  ['W/"a"', 'W/"a"', undefined, true],
  ['W/"a"', '"a"', undefined, false],
  ['Sun, 06 Nov 1994 08:49:37 GMT', '"a"', changed, true],
  ['Sun, 06 Nov 1994 08:49:38 GMT', '"a"', changed, false],
  ['Sun, 06 Nov 1994 08:49:37 GMT', '"a"', undefined, false],
  ['"', '"', undefined, false],
  ['yesterday', undefined, undefined, false],
])('If-Range %j holds for %j changed at %j: %j', (ifRange, etag, lastModified, expected) => {
  expect(ifRangeHolds(ifRange, etag, lastModified)).toBe(expected)
})
