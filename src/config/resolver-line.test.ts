import { expect, test } from 'vitest'
import { Invalid } from './directive.ts'
import { parseResolver } from './resolver-line.ts'

test.each([
  ['127.0.0.53', { servers: [{ host: '127.0.0.53', port: 53 }], valid: undefined, ipv4: true, ipv6: true }],
  [
    '[::1]:5353 dns.test valid=30s ipv6=off',
    {
      servers: [
        { host: '::1', port: 5353 },
        { host: 'dns.test', port: 53 },
      ],
      valid: 30_000,
      ipv4: true,
      ipv6: false,
    },
  ],
])('%s', (text, line) => {
  expect(parseResolver(text.split(' '))).toEqual(line)
})

test.each([
  ['valid=30s', 'no name servers defined'],
  ['127.0.0.1 valid=soon', 'invalid parameter: valid=soon'],
  ['127.0.0.1 ipv6=maybe', 'invalid parameter: ipv6=maybe'],
  ['127.0.0.1 ipv4=off ipv6=off', '"ipv4" and "ipv6" cannot both be "off"'],
  ['127.0.0.1:x', 'invalid port in resolver "127.0.0.1:x"'],
  ['127.0.0.1:70000', 'invalid port in resolver "127.0.0.1:70000"'],
  [':53', 'invalid host in resolver ":53"'],
])('%s is refused', (text, message) => {
  const line = parseResolver(text.split(' '))
  expect(line instanceof Invalid && line.message).toBe(message)
})
