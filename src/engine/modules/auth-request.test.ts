import { afterEach, describe, expect, it } from 'vitest'
import { startWith, type Started } from '../testing/start-with.ts'

let proxy: Started | undefined
afterEach(async () => {
  await proxy?.stop()
  proxy = undefined
})

const status = (answer: string): string => answer.slice(9, 12)

describe('auth_request', () => {
  it.each([
    ['204', '200'],
    ['403', '403'],
    ['401', '401'],
    ['404', '500'],
  ])('an inquiry answered %s makes %s', async (code, expected) => {
    proxy = await startWith(`server {
      location / { auth_request /auth; proxy_pass http://127.0.0.1:81; }
      location /auth { internal; proxy_pass http://127.0.0.1:81/${code}; }
    }
    server { listen 81; location / { return 200; }
      location /204 { return 204; } location /403 { return 403; } location /404 { return 404; }
      location /401 { add_header WWW-Authenticate "Bearer" always; return 401; } }`)
    const answer = await proxy.get('/')
    expect([status(answer), answer.includes('WWW-Authenticate: Bearer\r\n')]).toEqual([
      expected,
      code === '401',
    ])
  })

  it('variables are set from its answer', async () => {
    proxy = await startWith(`server {
      location / { auth_request /auth; auth_request_set $who $upstream_http_x_user; add_header X-Who $who;
        proxy_pass http://127.0.0.1:81; }
      location /auth { proxy_pass http://127.0.0.1:81/auth; }
    }
    server { listen 81; location / { return 200; } location /auth { add_header X-User me; return 200; } }`)
    expect(await proxy.get('/')).toContain('X-Who: me\r\n')
  })
})

describe('mirror', () => {
  it('copies of a request go elsewhere with its body', async () => {
    proxy = await startWith(`server {
      location / { mirror /copy; proxy_pass http://127.0.0.1:81; }
      location /copy { internal; proxy_pass http://127.0.0.1:82; }
    }
    server { listen 81; location / { return 200 origin; } }
    server { listen 82; location / { proxy_pass http://127.0.0.1:83; } }
    server { listen 83; location / { return 200; } }`)
    const answer = await proxy.ask(
      'POST /x?y HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 4\r\n\r\nbody',
    )
    const copies = proxy.exchanges.map((one) => one.record()).filter(({ method }) => method === 'POST')
    expect([status(answer), copies.map(({ target, status: code }) => `${target} ${code}`).sort()]).toEqual([
      '200',
      ['/copy?y 200', '/copy?y 200', '/x?y 200', '/x?y 200'],
    ])
  })
})
