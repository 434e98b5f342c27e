import { expect, test } from 'vitest'
import { configOf } from '../../testing/demo-config.ts'
import { factsOf, linksOf } from './log-links.ts'

const line =
  '*12 connect() failed (111: Connection refused) while connecting to upstream, client: 127.0.0.1, server: a.localhost, request: "GET /x HTTP/1.1", upstream: "http://127.0.0.1:3000/x", host: "a.localhost:8080"'
const config = configOf(`
http {
  upstream api { server 127.0.0.1:3000; }
  upstream web { server 127.0.0.1:4000; }
  server { server_name a.localhost; location / { proxy_pass http://web; } location /x { proxy_pass http://api; } }
  server { server_name b.localhost; location /x { proxy_pass http://api; } }
}`)

test('what a line says beside its message', () => {
  expect(factsOf(line)).toEqual({
    client: '127.0.0.1',
    server: 'a.localhost',
    upstream: '127.0.0.1:3000',
    host: 'a.localhost:8080',
  })
  expect(factsOf('signal process started')).toEqual({})
})

test('it leads to the upstream that has the address, the route that dials it, and the requests', () => {
  expect(linksOf(line, config).map(({ text, to }) => [text, to.path])).toEqual([
    ['upstream api', '/upstreams'],
    ['location /x of a.localhost', '/routes'],
    ['failed requests of a.localhost:8080', '/traffic'],
  ])
  expect(linksOf('bind() failed', config)).toEqual([])
})

test('what a limit held back leads to the limit and to those requests', () => {
  const limited = 'limiting requests, excess: 3.204 by zone "login", client: 127.0.0.1, server: a, host: "a"'
  expect(linksOf(limited, config).map(({ to }) => to)).toEqual([
    { path: '/limits', query: { zone: 'login' } },
    { path: '/traffic', query: { filter: 'limit:login' } },
  ])
})
