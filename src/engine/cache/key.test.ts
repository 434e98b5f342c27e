import { expect, test } from 'vitest'
import { fieldLines } from '../wire/fields.ts'
import { fileHash, filePath, variantHash, variantName } from './key.ts'

// md5 of the key, as nginx names its files.
const hash = '0639767f3e9eaad729b54037a7e2abf5'

test('a file is named by the hash of its key, in folders by the end of it', () => {
  expect(fileHash('/a')).toBe(hash)
  expect(filePath('/cache', [], hash)).toBe(`/cache/${hash}`)
  expect(filePath('/cache', [1, 2], hash)).toBe(`/cache/5/bf/${hash}`)
  expect(filePath('/cache', [2, 1, 2], hash)).toBe(`/cache/f5/b/2a/${hash}`)
})

test('a key is bytes', () => {
  expect(fileHash('/\u00e9')).not.toBe(fileHash('/\u00c3\u00a9'))
})

test('a variant has a name that no key has, and a file named by its hash', () => {
  expect(fileHash(variantName(hash))).toBe(hash)
  expect(variantName(hash)).not.toBe(hash)
})

test('variants differ by the fields that Vary names, and by nothing else', () => {
  const of = (...lines: [string, string][]): string => variantHash('/a', 'Accept-Language', fieldLines(lines))
  const english = of(['Accept-Language', 'en'], ['Host', 'a'])
  expect(of(['Host', 'b'], ['Accept-Language', 'en'])).toBe(english)
  expect(of(['Accept-Language', 'de'])).not.toBe(english)
  expect(of()).not.toBe(english)
  expect(variantHash('/b', 'Accept-Language', fieldLines([['Accept-Language', 'en']]))).not.toBe(english)
})
