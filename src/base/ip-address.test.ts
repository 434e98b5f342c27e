import { describe, expect, it } from 'vitest'
import { formatIpAddress, inNetwork, parseIpAddress, parseNetwork, unmapped } from './ip-address.ts'

describe('parseIpAddress and formatIpAddress', () => {
  it.each([
    ['127.0.0.1', '127.0.0.1'],
    ['010.0.0.1', '10.0.0.1'],
    ['::', '::'],
    ['::1', '::1'],
    ['2001:DB8::', '2001:db8::'],
    ['2001:db8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
    ['1:0:3:4:5:6:7:8', '1:0:3:4:5:6:7:8'],
    ['::ffff:192.0.2.1', '::ffff:192.0.2.1'],
    ['::192.0.2.1', '::192.0.2.1'],
    ['64:ff9b::192.0.2.1', '64:ff9b::c000:201'],
    ['fe80::1:2', 'fe80::1:2'],
  ])('%s is shown as %s', (text, shown) => {
    const address = parseIpAddress(text)
    expect(address && formatIpAddress(address)).toBe(shown)
  })

  it.each([
    '',
    '1',
    '1.2.3',
    '1.2.3.256',
    '1.2.3.4.5',
    '255.255.255.255',
    ':',
    ':::',
    '1::2::3',
    'g::',
    '12345::',
    '1:2:3:4:5:6:7:8:9',
    'unix:',
    '[::1]',
    'localhost',
  ])('"%s" is no address', (text) => expect(parseIpAddress(text)).toBeUndefined())

  it('an IPv4 address inside IPv6 can be had alone', () => {
    const address = parseIpAddress('::ffff:192.0.2.1')
    expect(address && formatIpAddress(unmapped(address))).toBe('192.0.2.1')
  })
})

describe('parseNetwork', () => {
  it.each([
    ['10.0.0.0/8', '10.255.1.2', true],
    ['10.0.0.0/8', '11.0.0.0', false],
    ['0.0.0.0/0', '192.0.2.1', true],
    ['192.0.2.1', '192.0.2.1', true],
    ['192.0.2.1', '192.0.2.2', false],
    ['192.0.2.128/25', '192.0.2.127', false],
    ['2001:db8::/33', '2001:db8:7fff::1', true],
    ['2001:db8::/33', '2001:db8:8000::1', false],
    ['0.0.0.0/0', '::1', false],
  ])('%s holds %s: %s', (text, address, holds) => {
    const parsed = parseNetwork(text)
    const bytes = parseIpAddress(address)
    expect(parsed && bytes && inNetwork(parsed.network, bytes)).toBe(holds)
  })

  it.each(['10.0.0.0/33', '::/129', '10.0.0.0/', '10.0.0.0/x', '10.0.0/8', 'all'])(
    '"%s" is no network',
    (text) => expect(parseNetwork(text)).toBeUndefined(),
  )

  it('tells bits that mean nothing', () => {
    expect([parseNetwork('10.0.0.1/8')?.lowBits, parseNetwork('10.0.0.0/8')?.lowBits]).toEqual([true, false])
  })
})
