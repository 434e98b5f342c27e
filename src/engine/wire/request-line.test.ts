import { describe, expect, test } from 'vitest'
import { essence, parse, read } from '../testing/read-request-head.ts'

describe('the request line', () => {
  const origin = { method: 'GET', target: '/', version: 11, protocol: 'HTTP/1.1' }
  const cases: [line: string, expected: object][] = [
    ['GET / HTTP/1.1', origin],
    ['POST / HTTP/1.1', { ...origin, method: 'POST' }],
    ['M-SEARCH / HTTP/1.1', { ...origin, method: 'M-SEARCH' }],
    ['_X / HTTP/1.1', { ...origin, method: '_X' }],
    ['GETX / HTTP/1.1', { ...origin, method: 'GETX' }],
    ['GET  /  HTTP/1.1', origin],
    ['GET / HTTP/1.1  ', { ...origin, protocol: 'HTTP/1.1  ' }],
    ['GET / HTTP/1.0', { ...origin, version: 10, protocol: 'HTTP/1.0' }],
    ['GET / HTTP/1.00', { ...origin, version: 10, protocol: 'HTTP/1.00' }],
    ['GET / HTTP/1.9', { ...origin, protocol: 'HTTP/1.9' }],
    ['GET / HTTP/1.999', { ...origin, protocol: 'HTTP/1.999' }],
    ['GET / HTTP/1.01', { ...origin, protocol: 'HTTP/1.01' }],
    ['GET /a?b#c HTTP/1.1', { ...origin, target: '/a?b#c' }],
    ['GET /%zz/../.. HTTP/1.1', { ...origin, target: '/%zz/../..' }],
    ['GET /\xe4"<>\\^`{|} HTTP/1.1', { ...origin, target: '/\xe4"<>\\^`{|}' }],
    ['GET http://Example.COM/x HTTP/1.1', { ...origin, target: '/x', schemeHost: 'example.com' }],
    ['GET http://a HTTP/1.1', { ...origin, schemeHost: 'a' }],
    ['GET http://a:81 HTTP/1.1', { ...origin, schemeHost: 'a' }],
    ['GET http://a:?b HTTP/1.1', { ...origin, target: '?b', schemeHost: 'a' }],
    ['GET http://a.?b HTTP/1.1', { ...origin, target: '?b', schemeHost: 'a' }],
    ['GET x+y-1.0://a:80/ HTTP/1.1', { ...origin, schemeHost: 'a' }],
    ['GET https://[::1]:443/ HTTP/1.1', { ...origin, schemeHost: '[::1]' }],
    ['GET https://[v1.a]?b HTTP/1.1', { ...origin, target: '?b', schemeHost: '[v1.a]' }],
    ['OPTIONS http://a HTTP/1.1', { ...origin, method: 'OPTIONS', schemeHost: 'a' }],
  ]
  test.each(cases)('%j is read', (line, expected) => {
    const text = `${line}\r\n\r\n`
    const bytes = text.length
    expect(read(text)).toEqual({ ...expected, requestLine: line, bytes, next: bytes, names: [], fields: [] })
  })

  test('HTTP/0.9 has neither version nor fields', () => {
    const expected = { method: 'GET', target: '/a', version: 9, protocol: '', names: [], fields: [] }
    const lengths = { bytes: 8, next: 8 }
    expect(read('GET /a\r\n')).toEqual({ ...expected, ...lengths, requestLine: 'GET /a' })
    expect(read('GET /a \n')).toEqual({ ...expected, ...lengths, requestLine: 'GET /a ' })
    expect(essence(parse('GET /a\nHost: b\r\n\r\n'))).toMatchObject({ version: 9, next: 7, names: [] })
    expect(read('GET http://a/b\n')).toMatchObject({ version: 9, target: '/b', schemeHost: 'a' })
  })

  test('empty lines before it are passed over and do not count', () => {
    expect(read('\r\n\n\r\r\nGET / HTTP/1.0\r\n\r\n')).toMatchObject({ bytes: 18, next: 24 })
  })

  test('bare LF ends lines too', () => {
    expect(read('GET / HTTP/1.1\nHost: a\nX: b \n\n')).toMatchObject({
      requestLine: 'GET / HTTP/1.1',
      fields: [
        ['Host', 'a'],
        ['X', 'b'],
      ],
    })
  })

  const method = 'client sent invalid method'
  const request = 'client sent invalid request'
  const version = 'client sent invalid version'
  const refused: [line: string, status: number, reason: string][] = [
    ['get / HTTP/1.1', 400, method],
    [' GET / HTTP/1.1', 400, method],
    ['GE\tT / HTTP/1.1', 400, method],
    ['GET\t/ HTTP/1.1', 400, method],
    ['GET:/ HTTP/1.1', 400, method],
    ['G3T / HTTP/1.1', 400, method],
    ['\x16\x03\x01', 400, method],
    ['GET', 400, method],
    ['OPTIONS * HTTP/1.1', 400, request],
    ['CONNECT a.b:443 HTTP/1.1', 400, request],
    ['CONNECT 1.2.3.4:443 HTTP/1.1', 400, request],
    ['GET ', 400, request],
    ['GET a HTTP/1.1', 400, request],
    ['GET ?a HTTP/1.1', 400, request],
    ['GET \\a HTTP/1.1', 400, request],
    ['GET http:/a HTTP/1.1', 400, request],
    ['GET http//a HTTP/1.1', 400, request],
    ['GET http:a HTTP/1.1', 400, request],
    ['GET http://u@a/ HTTP/1.1', 400, request],
    ['GET http://a_b/ HTTP/1.1', 400, request],
    ['GET http://a:8x/ HTTP/1.1', 400, request],
    ['GET http://[::1/ HTTP/1.1', 400, request],
    ['GET http://[::1]x/ HTTP/1.1', 400, request],
    ['GET http://a#b HTTP/1.1', 400, request],
    ['GET http:///a HTTP/1.1', 400, 'client sent invalid host in request line'],
    ['GET http://:80/a HTTP/1.1', 400, 'client sent invalid host in request line'],
    ['GET http://a..b/ HTTP/1.1', 400, 'client sent invalid host in request line'],
    ['GET http://./ HTTP/1.1', 400, 'client sent invalid host in request line'],
    ['GET /a b HTTP/1.1', 400, request],
    ['GET /a\tb HTTP/1.1', 400, request],
    ['GET /a\0b HTTP/1.1', 400, request],
    ['GET /a\x7fb HTTP/1.1', 400, request],
    ['GET /a\x1fb HTTP/1.1', 400, request],
    ['GET /a\rb HTTP/1.1', 400, request],
    ['GET / \rHTTP/1.1', 400, request],
    ['GET / HTTP/1.1\r\r', 400, request],
    ['GET / HTTP/1.1 \rx', 400, request],
    ['GET / http/1.1', 400, request],
    ['GET / HTTQ/1.1', 400, request],
    ['GET / HTTP-1.1', 400, request],
    ['GET / HTTP/', 400, request],
    ['GET / HTTP/x', 400, request],
    ['GET / HTTP/0.9', 400, request],
    ['GET / HTTP/01.1', 400, request],
    ['GET / HTTP/1,1', 400, request],
    ['GET / HTTP/1.', 400, request],
    ['GET / HTTP/1.x', 400, request],
    ['GET / HTTP/1.1x', 400, request],
    ['GET / HTTP/1.1 x', 400, request],
    ['GET / HTTP/1.1000', 400, request],
    ['GET / HTTP/2.0', 505, version],
    ['GET / HTTP/9', 505, version],
    ['GET / HTTP/11.1', 505, version],
    ['POST /', 400, 'client sent invalid method in HTTP/0.9 request'],
    ['HEAD / ', 400, 'client sent invalid method in HTTP/0.9 request'],
  ]
  test.each(refused)('%j is refused with %i', (line, bad, reason) => {
    expect(read(`${line}\r\n\r\n`)).toEqual({ bad, reason })
  })

  test('what is wrong with it is said before the line is complete, with what came of it', () => {
    const expected = { kind: 'bad', status: 400, reason: request, requestLine: 'GET /a b' }
    expect(parse('\r\nGET /a b')).toEqual(expected)
    expect(parse('GET / HTTP/3')).toMatchObject({ status: 505, requestLine: 'GET / HTTP/3' })
    expect(parse('\x16')).toMatchObject({ reason: method, requestLine: '\x16' })
  })
})
