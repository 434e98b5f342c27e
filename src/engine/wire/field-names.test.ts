import { expect, test } from 'vitest'
import { internName, lowerNameByte, lowerText, nextHash } from './field-names.ts'

function intern(name: string): string {
  const buffer = Buffer.from(`#${name}#`)
  let hash = 0
  for (const byte of buffer.subarray(1, -1)) hash = nextHash(hash, lowerNameByte[byte] ?? 0)
  return internName(buffer, 1, buffer.length - 1, hash)
}

test('letters, digits and the hyphen are what valid names are made of', () => {
  const valid = Array.from(lowerNameByte, (lower, byte) =>
    lower === 0 ? '' : String.fromCharCode(byte),
  ).join('')
  expect(valid).toBe('-0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz')
  expect(lowerNameByte['A'.charCodeAt(0)]).toBe('a'.charCodeAt(0))
})

test('names are lower-cased however often and however spelt they come', () => {
  for (const name of ['Host', 'HOST', 'host', 'X-Y', 'x-y', 'a'.repeat(64), 'A'.repeat(65), '-']) {
    expect(intern(name)).toBe(name.toLowerCase())
    expect(intern(name)).toBe(name.toLowerCase())
  }
})

test('names that share a hash are told apart', () => {
  const hash = nextHash(nextHash(0, 0x62), 0x62)
  const names = ['bb', 'cC', 'bb', 'cc'].map((name) => internName(Buffer.from(name), 0, 2, hash))
  expect(names).toEqual(['bb', 'cc', 'bb', 'cc'])
})

test('names without end are lower-cased all the same, when there is no more room for them', () => {
  for (let i = 0; i < 10_000; i++) expect(intern(`X-Made-Up-${i}`)).toBe(`x-made-up-${i}`)
  expect(intern('Host')).toBe('host')
})

test('names made to collide are lower-cased all the same', () => {
  const names = Array.from({ length: 40 }, (_, i) => `Z${i}`)
  for (const name of [...names, ...names]) {
    expect(internName(Buffer.from(name), 0, name.length, 12345)).toBe(name.toLowerCase())
  }
})

test('only A to Z are lower-cased', () => {
  expect(lowerText('ABCxyz_\xc0\xdd')).toBe('abcxyz_\xc0\xdd')
})
