import { expect, test } from 'vitest'
import { parseProxyUrl, shownHost } from './settings.ts'

test.each([
  ['http://a', { ssl: false, host: 'a', port: undefined, uri: '' }],
  ['HTTPS://a:8443/x?y', { ssl: true, host: 'a', port: 8443, uri: '/x?y' }],
  ['http://a?b', { ssl: false, host: 'a', port: undefined, uri: '/?b' }],
  ['http://[::1]:80/', { ssl: false, host: '[::1]', port: 80, uri: '/' }],
  ['http://unix:/tmp/s', { ssl: false, host: 'unix:/tmp/s', port: undefined, uri: '' }],
  ['http://unix:/tmp/s:/x', { ssl: false, host: 'unix:/tmp/s', port: undefined, uri: '/x' }],
])('%s is taken apart', (url, parts) => expect(parseProxyUrl(url)).toEqual(parts))

test.each([
  ['ftp://a', 'invalid URL prefix'],
  ['http://', 'no host in upstream ""'],
  ['http://:80', 'no host in upstream ":80"'],
  ['http://a:0', 'invalid port in upstream "a:0"'],
  ['http://a:65536/', 'invalid port in upstream "a:65536/"'],
  ['http://a:b', 'invalid port in upstream "a:b"'],
  ['http://[x]/', 'invalid IPv6 address in upstream "[x]/"'],
  ['http://unix:', 'no path in the unix domain socket in upstream "unix:"'],
])('%s is refused: %s', (url, sentence) => {
  expect(() => parseProxyUrl(url)).toThrow(expect.objectContaining({ message: sentence }))
})

test.each([
  ['http://a', { host: 'a', port: '80' }],
  ['http://a:80', { host: 'a', port: '80' }],
  ['https://a:80', { host: 'a:80', port: '80' }],
  ['https://a', { host: 'a', port: '443' }],
  ['http://unix:/s', { host: 'localhost', port: '' }],
])('$proxy_host and $proxy_port of %s', (url, shown) => {
  expect(shownHost(parseProxyUrl(url))).toEqual(shown)
})
