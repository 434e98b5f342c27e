import { expect, test } from 'vitest'
import { sameJson } from './same-json.ts'

test.for([
  [{ a: 1, b: [1, { c: null }] }, { b: [1, { c: null }], a: 1 }, true],
  [{ a: 1, b: undefined }, { a: 1 }, true],
  [{ a: 1 }, { a: 1, b: 2 }, false],
  [{ a: undefined }, { b: undefined, c: 1 }, false],
  [[1, 2], [2, 1], false],
  [[], {}, false],
  [null, {}, false],
  ['1', 1, false],
] as const)('%j and %j: %s', ([a, b, same]) => {
  expect(sameJson(a, b)).toBe(same)
})
