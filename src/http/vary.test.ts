import { expect, test } from 'vitest'
import { variantOf, varyNames } from './vary.ts'

test.each([
  ['', []],
  ['Accept-Encoding', ['accept-encoding']],
  [' A, b ,,c d', ['a', 'b', 'c', 'd']],
  ['*', ['*']],
])('Vary %j lists %j', (vary, names) => {
  expect(varyNames(vary)).toEqual(names)
})

function variant(vary: string, request: Record<string, string[]>): string {
  return variantOf(vary, (name) => request[name] ?? [])
}

test('requests differ in the fields that are named, absent or not', () => {
  expect(variant('A, b', { a: ['1', '2'], b: [], c: ['3'] })).toBe('a:1,2\r\nb:\r\n')
  expect(variant('a', {})).toBe(variant('a', { a: [''] }))
})

test('spacing counts, save in lists of what is accepted', () => {
  expect(variant('a', { a: ['x, y'] })).not.toBe(variant('a', { a: ['x,y'] }))
  for (const name of ['accept-encoding', 'accept-language', 'accept-charset']) {
    const spaced = variant(name, { [name]: [' gzip ,  br', 'x'] })
    expect(spaced).toBe(variant(name, { [name]: ['gzip,br,x'] }))
    expect(spaced).not.toBe(variant(name, { [name]: ['br,gzip,x'] }))
  }
})
