import { expect, test } from 'vitest'
import {
  expectedName,
  framingNames,
  internName,
  lastFramingName,
  lowerNameByte,
  lowerText,
  nameOf,
  nextHash,
  noName,
} from './field-names.ts'

function hashOf(name: string): number {
  return Buffer.from(name).reduce((hash, byte) => nextHash(hash, lowerNameByte[byte] ?? 0), 0)
}

function intern(name: string, previous = noName, hash = hashOf(name)): number {
  return internName(Buffer.from(`#${name}#`), 1, 1 + name.length, hash, previous)
}

/** The name that is expected behind `previous` when the bytes say `text`. */
function expected(text: string, previous: number): string {
  const bytes = Buffer.from(`#${text}`)
  return nameOf(expectedName(bytes, 1, bytes.length, previous))
}

test('letters, digits and the hyphen are what valid names are made of', () => {
  const valid = Array.from(lowerNameByte, (lower, byte) =>
    lower === 0 ? '' : String.fromCharCode(byte),
  ).join('')
  expect(valid).toBe('-0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz')
  expect(lowerNameByte['A'.charCodeAt(0)]).toBe('a'.charCodeAt(0))
})

test('names are lower-cased however often and however spelt they come', () => {
  for (const name of ['Host', 'HOST', 'host', 'X-Y', 'x-y', 'a'.repeat(64), 'A'.repeat(64), '-']) {
    expect([nameOf(intern(name)), nameOf(intern(name))]).toEqual([name.toLowerCase(), name.toLowerCase()])
  }
})

test('the numbers of the names that frame messages are the first', () => {
  const ids = framingNames.map((name) => intern(name.toUpperCase()))
  expect(ids).toEqual(framingNames.map((_, i) => i + 1))
  expect(lastFramingName).toBe(Math.max(...ids))
  expect(intern('X-Other')).toBeGreaterThan(lastFramingName)
})

test('what came behind a name is expected there, in the same spelling and before a colon', () => {
  const first = intern('X-First')
  intern('X-Second', first)
  expect(expected('X-Second: 1', first)).toBe('x-second')
  for (const text of [
    'x-second: 1',
    'X-Second',
    'X-Second : 1',
    'X-Secon: 1',
    'X-Secondly: 1',
    'X-Third: 1',
    ':',
  ]) {
    expect(expected(text, first)).toBe('')
  }
  expect(expected('X-Second:', first)).toBe('x-second')
  intern('x-SECOND', first)
  expect(expected('x-SECOND: 1', first)).toBe('x-second')
  intern('X-Third', first)
  expect(expected('X-Third: 1', first)).toBe('x-third')
  expect(expected('X-First: 1', intern('X-Third'))).toBe('')
})

test('nothing beyond the end is expected', () => {
  const first = intern('X-Before')
  intern('X-After', first)
  const bytes = Buffer.from('X-After: 1')
  expect(expectedName(bytes, 0, 7, first)).toBe(noName)
  expect(nameOf(expectedName(bytes, 0, 8, first))).toBe('x-after')
})

test('names that share a hash are told apart', () => {
  const names = ['bb', 'cC', 'bb', 'cc'].map((name) => nameOf(intern(name, noName, hashOf('bb'))))
  expect(names).toEqual(['bb', 'cc', 'bb', 'cc'])
})

test('a long name, names made to collide and names without end are not kept, but known ones stay', () => {
  expect(intern('a'.repeat(65))).toBe(noName)
  const colliding = Array.from({ length: 20 }, (_, i) => intern(`Z${i}`, noName, 12345))
  expect(colliding.slice(0, 5).map(nameOf)).toEqual(['z0', 'z1', 'z2', 'z3', 'z4'])
  expect(colliding.at(-1)).toBe(noName)
  for (let i = 0; i < 10_000; i++) expect(['', `x-made-up-${i}`]).toContain(nameOf(intern(`X-Made-Up-${i}`)))
  expect([nameOf(intern('X-Made-Up-0')), intern('X-Made-Up-9999'), nameOf(intern('Host'))]).toEqual([
    'x-made-up-0',
    noName,
    'host',
  ])
})

test('only A to Z are lower-cased', () => {
  expect(lowerText('ABCxyz_\xc0\xdd')).toBe('abcxyz_\xc0\xdd')
})
