import { isIP } from 'node:net'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { addressBytes, certificateFileName, certificateName, UnusableNameError } from './names.ts'

describe('the name a certificate is looked up by', () => {
  test.each([
    ['app.localhost', 'dns', 'app.localhost'],
    ['App.LocalHost.', 'dns', 'app.localhost'],
    ['localhost', 'dns', 'localhost'],
    ['my_app.test', 'dns', 'my_app.test'],
    ['*.shop.localhost', 'dns', '*.shop.localhost'],
    ['bücher.example', 'dns', 'xn--bcher-kva.example'],
    ['127.0.0.1', 'ip', '127.0.0.1'],
    ['::1', 'ip', '::1'],
    ['[::1]', 'ip', '::1'],
    ['0:0:0:0:0:0:0:1', 'ip', '::1'],
    ['2001:DB8:0:0:1:0:0:1', 'ip', '2001:db8::1:0:0:1'],
    ['fe80::1%eth0', 'ip', 'fe80::1'],
    ['::ffff:192.168.0.7', 'ip', '192.168.0.7'],
  ])('%s is the %s name %s', (given, kind, text) => {
    expect(certificateName(given)).toEqual({ kind, text })
  })

  test.each([
    ['', 'it is empty'],
    ['.', 'it is empty'],
    ['_', 'it has no letter or digit'],
    ['~^www\\d+\\.', 'only letters, digits'],
    ['.example.com', 'an empty part between dots'],
    ['a..b', 'an empty part between dots'],
    ['../../etc/passwd', 'an empty part between dots'],
    ['a/b', 'only letters, digits'],
    ['a b', 'only letters, digits'],
    ['a\0b', 'not an international domain name'],
    ['a\nb', 'not an international domain name'],
    ['www.*.com', '`*` may only stand alone and first'],
    ['*', '`*` may only stand alone and first'],
    ['*.', '`*` may only stand alone and first'],
    ['*..a', 'an empty part between dots'],
    ['-a.test', 'may not begin or end with `-`'],
    ['1.2.3', 'ends in a number'],
    ['256.1.1.1', 'ends in a number'],
    ['bücher example', 'not an international domain name'],
    ['ü%2e', 'not an international domain name'],
    ['１２７.0.0.1', 'ends in a number'],
  ])('%j is refused: %s', (given, cause) => {
    expect(() => certificateName(given)).toThrow(UnusableNameError)
    expect(() => certificateName(given)).toThrow(cause)
  })

  test.each([
    ['a part of 64 characters', `${'a'.repeat(64)}.test`, 'at most 63 characters'],
    ['254 characters', `${'abc.'.repeat(63)}ab`, 'at most 253 characters'],
    ['100,000 characters', 'a'.repeat(100_000), 'far too long'],
  ])('%s are refused', (_, given, cause) => {
    expect(() => certificateName(given)).toThrow(UnusableNameError)
    expect(() => certificateName(given)).toThrow(cause)
  })

  test('253 characters are a name', () => {
    const name = `${'abc.'.repeat(63)}a`
    expect(certificateName(name)).toEqual({ kind: 'dns', text: name })
  })

  test('a refusal names the name without repeating all of a hostile one', () => {
    expect(() => certificateName('x'.repeat(100_000))).toThrow(/^.{60,200}$/)
  })
})

test.each([
  ['127.0.0.1', '7f000001'],
  ['::', '00000000000000000000000000000000'],
  ['::1', '00000000000000000000000000000001'],
  ['2001:db8::', '20010db8000000000000000000000000'],
  ['2001:db8::1:0:0:1', '20010db8000000000001000000000001'],
  ['1:2:3:4:5:6:7:8', '00010002000300040005000600070008'],
])('the address %s is the bytes %s', (address, hex) => {
  expect(Buffer.from(addressBytes(address)).toString('hex')).toBe(hex)
})

test('any 16 bytes are the bytes of the address they spell', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 16, maxLength: 16 }), (bytes) => {
      const spelled = (Buffer.from(bytes).toString('hex').match(/.{4}/g) ?? []).join(':')
      const { kind, text } = certificateName(spelled)
      expect(kind).toBe('ip')
      // An IPv4 address in IPv6 is named, and so encoded, as the IPv4 address.
      const expected = isIP(text) === 4 ? bytes.slice(12) : bytes
      expect(Buffer.from(addressBytes(text)).toString('hex')).toBe(Buffer.from(expected).toString('hex'))
    }),
  )
})

describe('the file of a name', () => {
  test.each([
    ['app.localhost', 'leaf-app.localhost.pem'],
    ['con', 'leaf-con.pem'],
    ['*.a.test', 'leaf-%2A.a.test.pem'],
    ['::1', 'leaf-%3A%3A1.pem'],
  ])('%s is kept in %s', (name, file) => {
    expect(certificateFileName(certificateName(name))).toBe(file)
  })

  test('long names that differ at their end only have different files of usable length', () => {
    const long = Array(4).fill('a'.repeat(60)).join('.')
    const files = [`${long}.one`, `${long}.two`].map((name) => certificateFileName(certificateName(name)))
    expect(new Set(files).size).toBe(2)
    expect(files.every((file) => file.length < 200)).toBe(true)
  })
})
