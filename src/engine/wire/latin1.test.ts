import { expect, test } from 'vitest'
import { latin1, writeLatin1 } from './latin1.ts'

const all = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte))

test('each byte is one character, and the other way round', () => {
  const text = latin1(all, 0, 256)
  expect([...text].map((c) => c.charCodeAt(0))).toEqual([...all])
  const written = Buffer.alloc(258, '#')
  writeLatin1(written, text, 1)
  expect(written).toEqual(Buffer.concat([Buffer.from('#'), all, Buffer.from('#')]))
})

test('only the bytes from start to end are read', () => {
  expect(latin1(Buffer.from('abcdef'), 1, 4)).toBe('bcd')
  expect(latin1(Buffer.from('abcdef'), 3, 3)).toBe('')
})
