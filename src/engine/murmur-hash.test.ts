import { expect, test } from 'vitest'
import { murmurHash2 } from './murmur-hash.ts'

// From a second implementation of ngx_murmur_hash2; every length modulo 4, and bytes beyond ASCII.
test.each([
  ['', 0],
  ['a', 0x92685f5e],
  ['ab', 0x1aa14063],
  ['abc', 0x13577c9b],
  ['abcd', 0x26873021],
  ['\xff\x80\xfe\xff\xe9', 0xe620ba6d],
])('%j is hashed as nginx hashes it', (text, hash) => expect(murmurHash2(text)).toBe(hash))
