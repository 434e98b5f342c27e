import { expect, test } from 'vitest'
import { storageObstacle } from './storable.ts'

const cases: [fields: [string, string][], expected: string | undefined][] = [
  [[], undefined],
  [[['content-type', 'text/html'], ['vary', 'Accept-Encoding']], undefined],
  [[['set-cookie', 'a=b']], 'set-cookie'],
  [[['vary', '*']], 'vary-any'],
  [[['vary', '*, a']], undefined],
  [[['vary', 'v'.repeat(128)]], undefined],
  [[['vary', 'v'.repeat(129)]], 'vary-too-long'],
  [[['vary', '*'], ['set-cookie', 'a=b']], 'vary-any'],
] // prettier-ignore
test.each(cases)('%j is kept out by %j', (fields, expected) => {
  expect(storageObstacle(fields, new Set())).toBe(expected)
})

test('ignored fields do not keep it out', () => {
  const fields: [string, string][] = [
    ['vary', '*'],
    ['set-cookie', 'a=b'],
  ]
  expect(storageObstacle(fields, new Set(['vary', 'set-cookie']))).toBeUndefined()
  expect(storageObstacle(fields, new Set(['vary']))).toBe('set-cookie')
})
