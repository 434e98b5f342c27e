import { afterAll, beforeAll, expect, test } from 'vitest'
import { rawClient } from '../testing/raw-client.ts'
import { scriptedOrigin, type ScriptedOrigin } from '../testing/scripted-origin.ts'
import { startWith, type Started } from '../testing/start-with.ts'

let origin: ScriptedOrigin
let started: Started

const ok = (fields: string, body = 'hi'): string =>
  `HTTP/1.1 200 OK\r\n${fields}Content-Length: ${body.length}\r\n\r\n${body}`

const answers: Readonly<Record<string, string>> = {
  '/cookies': ok(
    'Set-Cookie: a=1; Domain=.In.test; Path=/in/x\r\nSet-Cookie: b=2; Path=/other; Secure\r\nSet-Cookie: c\r\n',
  ),
  '/moved': 'HTTP/1.1 302 Found\r\nLocation: http://in.test/path\r\nContent-Length: 0\r\n\r\n',
  '/refresh': ok('Refresh: 3; url=http://in.test/path\r\n'),
  '/hidden': ok('X-Secret: 1\r\nX-Shown: 1\r\nServer: origin\r\nDate: then\r\nX-Accel-Expires: 1\r\n'),
  '/passed': ok('X-Secret: 1\r\nServer: origin\r\n'),
  '/interim': `HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n${ok('')}`,
  '/long': 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi and more',
  '/badchunk': 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\nzz\r\n',
  '/wrong': 'HTTP/1.1 200 OK\r\nBad Field: 1\r\n\r\n',
  '/big': `HTTP/1.1 200 OK\r\nX-Big: ${'x'.repeat(5000)}\r\n\r\n`,
  '/fail/once': 'HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n',
  '/fail/404': 'HTTP/1.1 404 Not Found\r\nContent-Length: 4\r\n\r\nmine',
  '/hello': ok(''),
}

beforeAll(async () => {
  origin = await scriptedOrigin(({ path, socket, head }) => {
    if (path.endsWith('/upgrade')) {
      socket.on('data', (piece) => socket.write(`echo ${String(piece)}`))
      return 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: echo\r\nConnection: upgrade\r\n\r\nwelcome '
    }
    if (path === '/again') return head.includes('POST') ? undefined : ok('')
    return answers[path.replace(/\?.*/, '')]
  })
  const to = `http://127.0.0.1:${origin.port}`
  started = await startWith(`
    error_log run.log info;
    client_body_buffer_size 1k;
    upstream two { server 127.0.0.1:1; server 127.0.0.1:${origin.port}; }
    server {
      listen 80;
      location / { proxy_pass ${to}; }
      location /cookies {
        proxy_pass ${to};
        proxy_cookie_domain in.test out.test;
        proxy_cookie_path /in/ /out/;
        proxy_cookie_flags a httponly samesite=lax;
        proxy_cookie_flags b nosecure;
      }
      location /moved { proxy_pass ${to}; proxy_redirect http://in.test/ /out/; }
      location /refresh { proxy_pass ${to}; proxy_redirect http://in.test/ https://out.test/; }
      location /hidden { proxy_pass ${to}; proxy_hide_header X-Secret; }
      location /passed { proxy_pass ${to}; proxy_pass_header Server; }
      location /fields {
        proxy_pass ${to}; proxy_set_header X-Set "$arg_a"; proxy_set_header Accept ''; proxy_set_header Host set.test;
      }
      location /uri/ { proxy_pass ${to}/new/; }
      location /raw/ { proxy_pass ${to}; }
      location /var/ { set $to ${to}/whole; proxy_pass $to; }
      location /upgrade {
        proxy_pass ${to}; proxy_http_version 1.1;
        proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection upgrade;
      }
      location /method { proxy_pass ${to}/hello; proxy_method PUT; proxy_set_body "set $arg_a"; }
      location /nobody { proxy_pass ${to}/hello; proxy_pass_request_body off; proxy_pass_request_headers off; }
      location /stream { proxy_pass ${to}/silent; proxy_request_buffering off; proxy_http_version 1.1; }
      location /two { proxy_pass http://two/hello; }
      location /fail/ { proxy_pass ${to}; proxy_intercept_errors on; error_page 404 =200 /page; }
      location /page { return 200 "page"; }
      location /lost { set $name lost.test; proxy_pass http://$name; }
    }`)
})
afterAll(async () => {
  await started.stop()
  await origin.close()
})

const bodyOf = (answer: string): string => answer.slice(answer.indexOf('\r\n\r\n') + 4)
const fieldsOf = (answer: string, name: string): string[] =>
  [...answer.matchAll(new RegExp(`^${name}: (.*)\\r$`, 'gim'))].map(([, value]) => value ?? '')
const last = (): string => origin.requests.at(-1)?.head ?? ''

test('cookies get domains, paths and flags as told, others stay as they are', async () => {
  expect(fieldsOf(await started.get('/cookies'), 'set-cookie')).toEqual([
    'a=1; Domain=.out.test; Path=/out/x; HttpOnly; SameSite=Lax',
    'b=2; Path=/other',
    'c',
  ])
})

test('Location and Refresh are rewritten', async () => {
  expect(fieldsOf(await started.get('/moved'), 'location')).toEqual(['http://localhost/out/path'])
  expect(fieldsOf(await started.get('/refresh'), 'refresh')).toEqual(['3; url=https://out.test/path'])
})

test('Server, Date and X-Accel fields are not passed, nor what is hidden', async () => {
  const answer = await started.get('/hidden')
  const names = ['server', 'x-secret', 'x-shown', 'x-accel-expires']
  expect(names.map((name) => fieldsOf(answer, name))).toEqual([['nginx/1.22.1'], [], ['1'], []])
  expect(fieldsOf(answer, 'date')).not.toContain('then')
})

test('proxy_pass_header lets the origin name itself', async () => {
  const answer = await started.get('/passed')
  expect([fieldsOf(answer, 'server'), fieldsOf(answer, 'x-secret')]).toEqual([['origin'], ['1']])
})

test('the head of a request has what is set, without what is set empty, then what the client sent', async () => {
  const asked = origin.request(origin.requests.length + 1)
  const client = await rawClient(started.port(80))
  client.send(
    'GET /fields?a=1 HTTP/1.1\r\nHost: a\r\nAccept: b\r\nX-Own: c\r\nConnection: x\r\nKeep-Alive: d\r\nX-set: mine\r\n\r\n',
  )
  const { head } = await asked
  client.destroy()
  expect(head).toBe(
    'GET /fields?a=1 HTTP/1.0\r\nX-Set: 1\r\nHost: set.test\r\nConnection: close\r\nX-Own: c\r\n\r\n',
  )
})

test.each([
  ['/uri/a%20b?c', '/new/a%20b?c'],
  ['/uri/../uri//x', '/new/x'],
  ['/raw/../raw//x%41', '/raw/../raw//x%41'],
  ['/var/anything?x', '/whole'],
])('%s is asked for as %s', async (path, uri) => {
  const asked = origin.request(origin.requests.length + 1)
  const client = await rawClient(started.port(80))
  client.send(`GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`)
  expect((await asked).path).toBe(uri)
  client.destroy()
})

test('the method and the body can be others than the client sent', async () => {
  await started.get('/method?a=1')
  expect([last().split('\r\n')[0], fieldsOf(last(), 'content-length')]).toEqual([
    'PUT /hello?a=1 HTTP/1.0',
    ['5'],
  ])
  expect(await origin.body(origin.requests.length, 5)).toBe('set 1')
})

test('neither fields nor body are passed where that is switched off; the length is told, as in nginx', async () => {
  await started.ask('POST /nobody HTTP/1.0\r\nHost: a\r\nX-Own: b\r\nContent-Length: 2\r\n\r\nhi')
  expect(last()).toMatch(
    /^POST \/hello HTTP\/1\.0\r\nHost: 127\.0\.0\.1:\d+\r\nConnection: close\r\nContent-Length: 2\r\n\r\n$/,
  )
  expect(origin.requests.at(-1)?.body).toBe('')
})

test.each([500, 5000])('a body of %i bytes is passed whole, from memory or from a file', async (length) => {
  const body = 'abcde'.repeat(length / 5)
  const number = origin.requests.length + 1
  await started.ask(`POST /hello HTTP/1.0\r\nHost: a\r\nContent-Length: ${length}\r\n\r\n${body}`)
  expect(await origin.body(number, length)).toBe(body)
})

test('a chunked body that is collected is passed with its length', async () => {
  const number = origin.requests.length + 1
  await started.ask(
    'POST /hello HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n',
  )
  expect([fieldsOf(last(), 'content-length'), fieldsOf(last(), 'transfer-encoding')]).toEqual([['5'], []])
  expect(await origin.body(number, 5)).toBe('abcde')
})

test('a chunked body that is streamed goes in chunks as they come', async () => {
  const number = origin.requests.length + 1
  const client = await rawClient(started.port(80))
  client.send('POST /stream HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n')
  expect(await origin.body(number, 8)).toBe('3\r\nabc\r\n')
  expect([fieldsOf(last(), 'content-length'), fieldsOf(last(), 'transfer-encoding')]).toEqual([
    [],
    ['chunked'],
  ])
  client.send('2\r\nde\r\n0\r\n\r\n')
  expect(await origin.body(number, 20)).toBe('3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n')
  client.destroy()
})

test('a streamed body reaches the upstream before it is whole', async () => {
  const number = origin.requests.length + 1
  const client = await rawClient(started.port(80))
  client.send('POST /stream HTTP/1.1\r\nHost: a\r\nContent-Length: 6\r\n\r\nabc')
  expect(await origin.body(number, 3)).toBe('abc')
  client.send('def')
  expect(await origin.body(number, 6)).toBe('abcdef')
  client.destroy()
})

test('an interim answer is left out', async () => {
  expect(await started.get('/interim')).toMatch(/^HTTP\/1\.1 200 OK\r\n/)
})

test('what comes behind the length of an answer is not passed, and noted', async () => {
  expect(bodyOf(await started.get('/long'))).toBe('hi')
  expect(started.log.at(-1)).toMatch(
    /^warn: upstream sent more data than specified in "Content-Length" header/,
  )
})

test('a client sees that a broken chunked answer is not whole', async () => {
  expect(bodyOf(await started.get('/badchunk'))).toBe('2\r\nhi\r\n')
})

test.each([
  ['/wrong', 'upstream sent invalid header: "Bad\\x20..."'],
  ['/big', 'upstream sent too big header'],
])('%s is 502: %s', async (path, sentence) => {
  expect(await started.get(path)).toMatch(/^HTTP\/1\.1 502 Bad Gateway\r\n/)
  expect(started.log.at(-1)).toMatch(
    `error: ${sentence} while reading response header from upstream, client: `,
  )
})

test('a peer that refuses is followed by the next one, and both tries are told', async () => {
  const rows = started.exchanges.length
  const statuses = [(await started.get('/two')).slice(9, 12), (await started.get('/two')).slice(9, 12)]
  const tries = started.exchanges.slice(rows).map((row) => row.detail().attempts.length)
  expect([statuses, Math.max(...tries)]).toEqual([['200', '200'], 2])
})

test('an error the upstream answers is shown by a page of ours where errors are intercepted', async () => {
  expect(bodyOf(await started.get('/fail/404'))).toBe('page')
  expect((await started.get('/fail/once')).slice(9, 12)).toBe('500')
})

test('a name in a variable is not looked up without a resolver', async () => {
  expect((await started.get('/lost')).slice(9, 12)).toBe('502')
  expect(started.log.at(-1)).toMatch(/^error: no resolver defined to resolve lost\.test, client: /)
})

test('behind a 101 bytes go both ways, those that came early as well, until one side ends', async () => {
  const rows = started.exchanges.length
  const client = await rawClient(started.port(80))
  client.send('GET /upgrade HTTP/1.1\r\nHost: a\r\nUpgrade: echo\r\nConnection: upgrade\r\n\r\nearly')
  const head = await client.until('echo early')
  expect([head.slice(9, 12), bodyOf(head).startsWith('welcome ')]).toEqual(['101', true])
  client.send('more')
  await client.until('echo more')
  client.end()
  await client.closed
  await started.until(() => started.exchanges.length > rows)
  expect(started.exchanges[rows]?.status).toBe(101)
})

test('a client that goes takes its upstream connection with it', async () => {
  const rows = started.exchanges.length
  const asked = origin.request(origin.requests.length + 1)
  const client = await rawClient(started.port(80))
  client.send('GET /silent HTTP/1.1\r\nHost: a\r\n\r\n')
  const { socket } = await asked
  const gone = new Promise<void>((resolve) => socket.on('close', () => resolve()))
  client.destroy()
  await gone
  expect(started.exchanges[rows]?.status).toBe(499)
})
