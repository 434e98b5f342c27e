import { describe, expect, it } from 'vitest'
import { parseNetwork } from '../../base/ip-address.ts'
import { addressOrUnix } from './client-address.ts'
import { forwardedAddress, type Trusted } from './forwarded-address.ts'

const trusted: Trusted = {
  unix: true,
  networks: ['127.0.0.0/8', '10.0.0.0/8', '2001:db8::/32'].flatMap(
    (text) => parseNetwork(text)?.network ?? [],
  ),
}

describe('forwardedAddress', () => {
  it.each<[string, string[], boolean, string | undefined]>([
    ['127.0.0.1', ['192.0.2.1'], false, '192.0.2.1 0'],
    ['192.0.2.9', ['192.0.2.1'], true, undefined],
    ['unix:', ['192.0.2.1'], false, '192.0.2.1 0'],
    ['::ffff:127.0.0.1', ['192.0.2.1'], false, '192.0.2.1 0'],
    ['127.0.0.1', ['192.0.2.1, 10.0.0.1'], false, '10.0.0.1 0'],
    ['127.0.0.1', ['192.0.2.1, 10.0.0.1'], true, '192.0.2.1 0'],
    ['127.0.0.1', ['198.51.100.1', '192.0.2.1, 10.0.0.1'], true, '192.0.2.1 0'],
    ['127.0.0.1', ['192.0.2.1', '10.0.0.1,10.0.0.2'], true, '192.0.2.1 0'],
    ['127.0.0.1', ['192.0.2.1', '10.0.0.1'], false, '10.0.0.1 0'],
    ['127.0.0.1', ['192.0.2.1', 'rubbish, 10.0.0.1'], true, '10.0.0.1 0'],
    ['127.0.0.1', ['192.0.2.1', 'rubbish'], true, undefined],
    ['127.0.0.1', ['10.0.0.1, 10.0.0.2'], true, '10.0.0.1 0'],
    ['127.0.0.1', ['192.0.2.1 , '], false, '192.0.2.1 0'],
    ['127.0.0.1', ['192.0.2.1:8080'], false, '192.0.2.1 8080'],
    ['127.0.0.1', ['[2001:db8::1]:443'], false, '2001:db8::1 443'],
    ['127.0.0.1', ['2001:db8::1'], false, '2001:db8::1 0'],
    ['127.0.0.1', ['192.0.2.1:0'], false, undefined],
    ['127.0.0.1', [''], false, undefined],
  ])('from %s with %j, recursive %s: %s', (client, values, recursive, expected) => {
    const found = forwardedAddress(addressOrUnix(client), values, trusted, recursive)
    expect(found && `${found.address} ${found.port}`).toBe(expected)
  })
})
