import { expect, test } from 'vitest'
import { explain } from './explain.ts'

test.each([
  [
    '*12 connect() failed (111: Connection refused) while connecting to upstream, client: 127.0.0.1, server: a, request: "GET / HTTP/1.1", upstream: "http://127.0.0.1:3000/", host: "a"',
    'Nothing listens on 127.0.0.1:3000, so the answer was 502.',
  ],
  [
    '*1 upstream timed out (110: Connection timed out) while reading response header from upstream, upstream: "http://api:80/x"',
    'api:80 took the request and did not begin to answer in time, so the answer was 504.',
  ],
  ['*9 no live upstreams while connecting to upstream', 'Every peer of the upstream failed lately'],
  [
    '*4 SSL_do_handshake() failed (SSL: error) while SSL handshaking to upstream, upstream: "https://127.0.0.1:9/"',
    'TLS with 127.0.0.1:9 did not come about.',
  ],
  ['*4 limiting connections by zone "all", client: 127.0.0.1', 'limit_conn rejected the request'],
  ['*4 rewrite or internal redirection cycle while processing "/x"', 'led back to itself'],
  ['*7 user "ada" was not found in "/etc/users"', 'auth_basic did not accept'],
  ['client intended to send too large body: 2097152 bytes', 'The request body is larger'],
])('%s', (message, meaning) => {
  expect(explain(message)?.meaning).toContain(meaning)
})

test('a plain line needs no explanation', () => {
  expect(explain('signal process started')).toBeUndefined()
})
