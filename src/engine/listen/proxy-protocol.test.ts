import { describe, expect, it } from 'vitest'
import { readProxyProtocol } from './proxy-protocol.ts'

const first = (text: string): unknown => readProxyProtocol(Buffer.from(text, 'latin1'))

function second(byte13: number, byte14: number, rest: readonly number[], length = rest.length): Buffer {
  const head = Buffer.from('\r\n\r\n\0\r\nQUIT\n', 'latin1')
  return Buffer.concat([
    head,
    Buffer.from([byte13, byte14, length >> 8, length & 255, ...rest]),
    Buffer.from('GET'),
  ])
}

const four = [192, 0, 2, 1, 198, 51, 100, 7, 0x12, 0x34, 0, 80]

describe('readProxyProtocol', () => {
  it.each([
    [
      'PROXY TCP4 192.0.2.1 192.0.2.2 123 5678\r\nGET',
      { address: '192.0.2.1', serverAddress: '192.0.2.2', port: 123, serverPort: 5678 },
    ],
    [
      'PROXY TCP6 2001:Db8::1 ::1 0 65535\r\nGET',
      { address: '2001:Db8::1', serverAddress: '::1', port: 0, serverPort: 65_535 },
    ],
    ['PROXY UNKNOWN whatever this is\r\nGET', undefined],
    ['PROXY UNKNOWN\r\nGET', undefined],
  ])('reads version 1: %j', (text, header) => {
    expect(first(text)).toEqual({ kind: 'read', header, next: text.length - 3 })
  })

  it.each([
    'GET / HTTP/1.1\r\n\r\n',
    'PROXY ',
    'PROXY TCP5 1.1.1.1 2.2.2.2 1 2\r\n',
    'PROXY TCP4 1.1.1.1 2.2.2.2 1 2\n',
    'PROXY TCP4 1.1.1.1 2.2.2.2 1 65536\r\n',
    'PROXY TCP4 1.1.1.1 2.2.2.2 x 2\r\n',
    'PROXY TCP4 1.1.1.z 2.2.2.2 1 2\r\n',
    'PROXY TCP4 1.1.1.1 2.2.2.2 1 2',
    'PROXY UNKNOWN',
  ])('refuses %j', (text) => {
    expect(first(text)).toEqual({ kind: 'bad', reason: `broken header: "${text}"` })
  })

  it('reads version 2 with what follows the addresses', () => {
    const bytes = second(0x21, 0x11, [...four, 1, 2, 3])
    expect(readProxyProtocol(bytes)).toEqual({
      kind: 'read',
      header: { address: '192.0.2.1', serverAddress: '198.51.100.7', port: 0x1234, serverPort: 80 },
      next: bytes.length - 3,
    })
  })

  it('reads IPv6 addresses of version 2', () => {
    const one = [0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]
    expect(readProxyProtocol(second(0x21, 0x21, [...one, ...one, 0, 1, 0, 2]))).toMatchObject({
      header: { address: '2001:db8::1', serverAddress: '2001:db8::1', port: 1, serverPort: 2 },
    })
  })

  it.each([
    ['LOCAL', second(0x20, 0x11, four)],
    ['a datagram', second(0x21, 0x12, four)],
    ['a unix socket', second(0x21, 0x31, four)],
  ])('takes %s for nothing said', (_what, bytes) => {
    expect(readProxyProtocol(bytes)).toEqual({ kind: 'read', header: undefined, next: bytes.length - 3 })
  })

  it.each([
    ['another version', second(0x11, 0x11, four), 'unknown PROXY protocol version: 1'],
    ['a header that has not come whole', second(0x21, 0x11, four, 1000), 'header is too large'],
    ['addresses that are too short', second(0x21, 0x11, four.slice(0, 8)), 'broken header'],
  ])('refuses %s', (_what, bytes, reason) => {
    expect(readProxyProtocol(bytes)).toEqual({ kind: 'bad', reason })
  })
})
