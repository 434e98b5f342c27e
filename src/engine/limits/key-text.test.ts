import { describe, expect, it } from 'vitest'
import { keyBytes, keyText } from './key-text.ts'

describe('keyText', () => {
  it.each([
    ['$binary_remote_addr', '\x7f\0\0\x01', '127.0.0.1'],
    ['${binary_remote_addr}', '\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x01', '2001:db8::1'],
    ['$binary_remote_addr', 'unix:', 'unix:'],
    ['$uri', '/a b\\c', '/a b\\\\c'],
    ['$binary_remote_addr$uri', '\x7f\0\0\x01/x', '\\x7f\\x00\\x00\\x01/x'],
  ])('of %s shows %j as %s and finds it again', (source, bytes, text) => {
    expect([keyText(source, bytes), keyBytes(source, text)]).toEqual([text, bytes])
  })
})
