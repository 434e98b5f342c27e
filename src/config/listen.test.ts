import { expect, test } from 'vitest'
import { Invalid } from './directive.ts'
import { listenSyntax, listensOf, type Listen } from './listen.ts'

test.each<[string, Listen, string?]>([
  ['8080', { address: '*', port: 8080 }],
  ['localhost', { address: 'localhost', port: 80 }, 'localhost:80'],
  ['Example.com:81', { address: 'example.com', port: 81 }, 'example.com:81'],
  ['*:82', { address: '*', port: 82 }, '82'],
  ['[::]:80', { address: '::', port: 80 }],
  ['[::1]', { address: '::1', port: 80 }, '[::1]:80'],
  ['unix:/tmp/s', { address: 'unix:/tmp/s' }],
  ['81-83', { address: '*', port: 81, lastPort: 83 }],
  ['127.0.0.1:81-83', { address: '127.0.0.1', port: 81, lastPort: 83 }],
  ['80 default_server ssl http2', { address: '*', port: 80, defaultServer: true, ssl: true, http2: true }],
  ['80 default', { address: '*', port: 80, defaultServer: true }, '80 default_server'],
  [
    '80 backlog=5 rcvbuf=8k',
    { address: '*', port: 80, backlog: 5, rcvbuf: 8192 },
    '80 backlog=5 rcvbuf=8192',
  ],
  ['[::]:80 ipv6only=off', { address: '::', port: 80, ipv6only: false }],
  ['80 so_keepalive=30m::10', { address: '*', port: 80, soKeepalive: '30m::10' }],
  ['80 fastopen=0 setfib=1', { address: '*', port: 80, fastopen: 0, setfib: 1 }],
])('listen %s', (line, listen, written = line) => {
  const read = listenSyntax.read(line.split(' '), 'listen')
  expect(read).toEqual(listen)
  expect(listenSyntax.write(listen).join(' ')).toBe(written)
  expect(listenSyntax.read(written.split(' '), 'listen')).toEqual(listen)
})

test.each([
  ['0', 'invalid port in "0" of the "listen" directive'],
  ['65536', 'invalid port in "65536" of the "listen" directive'],
  ['83-81', 'invalid port in "83-81" of the "listen" directive'],
  ['a:b', 'invalid port in "a:b" of the "listen" directive'],
  ['::1:80', 'invalid port in "::1:80" of the "listen" directive'],
  ['[x]:80', 'invalid IPv6 address in "[x]:80" of the "listen" directive'],
  ['[::1', 'invalid host in "[::1" of the "listen" directive'],
  [':80', 'no host in ":80" of the "listen" directive'],
  ['unix:', 'no path in the unix domain socket in "unix:" of the "listen" directive'],
  ['80 tls', 'invalid parameter "tls"'],
  ['80 backlog=0', 'invalid backlog "backlog=0"'],
  ['80 rcvbuf=x', 'invalid rcvbuf "rcvbuf=x"'],
  ['80 ipv6only=maybe', 'invalid parameter "ipv6only=maybe"'],
  ['80 so_keepalive=::', 'invalid so_keepalive value: "::"'],
  ['80 so_keepalive=soon', 'invalid so_keepalive value: "soon"'],
])('listen %s is refused: %s', (line, sentence) => {
  const read = listenSyntax.read(line.split(' '), 'listen')
  expect(read instanceof Invalid && read.message).toBe(sentence)
})

test('a range is a listen for each of its ports, with the same parameters', () => {
  expect(listensOf({ address: 'a', port: 81, lastPort: 83, ssl: true })).toEqual(
    [81, 82, 83].map((port) => ({ address: 'a', port, ssl: true })),
  )
  expect(listensOf({ address: 'unix:/s' })).toEqual([{ address: 'unix:/s' }])
})
