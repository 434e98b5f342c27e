import { afterAll, beforeAll, expect, test } from 'vitest'
import { rawClient } from '../testing/raw-client.ts'
import { scriptedOrigin, type ScriptedOrigin } from '../testing/scripted-origin.ts'
import { startWith, type Started } from '../testing/start-with.ts'

let origin: ScriptedOrigin
let started: Started

/** What the origin says to each path. */
const answers: Readonly<Record<string, string>> = {
  '/up/hello': 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello',
  '/up/chunked': 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n',
}

beforeAll(async () => {
  origin = await scriptedOrigin(({ path }) => answers[path])
  started = await startWith(`
    log_format tested '$status|$request|$body_bytes_sent|$request_length|$host';
    access_log tested.log tested;
    error_log tested-error.log info;
    server {
      listen 80;
      location / { return 200 ok; }
      location /none { return 404; }
      location /up { proxy_http_version 1.1; proxy_pass http://127.0.0.1:${origin.port}; }
      location /streamed {
        proxy_http_version 1.1; proxy_request_buffering off; proxy_pass http://127.0.0.1:${origin.port};
        lingering_timeout 1h;
      }
    }`)
})
afterAll(async () => {
  await started.stop()
  await origin.close()
})

const statusOf = (answer: string): string => /^HTTP\/1\.1 (\d+)/.exec(answer)?.[1] ?? 'none'
const bodyOf = (answer: string): string => answer.slice(answer.indexOf('\r\n\r\n') + 4)

test.each([
  ['unknown coding', 'POST /%zz HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\n\r\n'],
  ['a forbidden method', 'TRACE /%zz HTTP/1.1\r\nHost: a\r\n\r\n'],
  ['too long a body', 'POST /%zz HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999999999\r\n\r\n'],
  ['no Host', 'GET /%zz HTTP/1.1\r\n\r\n'],
  ['a broken field', 'GET /%zz HTTP/1.1\r\nHost: a\r\nbad header\r\n\r\n'],
])('a bad escape in the target is 400 before %s is looked at', async (_what, request) => {
  const from = started.log.length
  expect(statusOf(await started.ask(request))).toBe('400')
  const line = request.slice(0, request.indexOf('\r\n'))
  expect(started.log.slice(from)).toEqual([
    `info: client sent invalid request while reading client request line, client: 127.0.0.1, server: , request: "${line}"`,
  ])
})

test.each([
  ['TRACE / HTTP/1.1\r\nHost: a\r\n\r\n', '405'],
  ['POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\n\r\n', '501'],
  ['POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999999999\r\n\r\n', '413'],
  ['GET / HTTP/1.1\r\n\r\n', '400'],
  ['GET / HTTP/2.0\r\nHost: a\r\n\r\n', '505'],
])('%j is refused with %s and the connection ends', async (request, status) => {
  const answer = await started.ask(`${request}GET /none HTTP/1.1\r\nHost: a\r\n\r\n`)
  expect([answer.split('HTTP/1.1 ').length - 1, statusOf(answer)]).toEqual([1, status])
})

test.each([
  ['without a body', 'GET / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n'],
  [
    'with an empty body',
    'POST /up/hello HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 0\r\nConnection: close\r\n\r\n',
  ],
  [
    'with its body behind the head',
    'POST /up/hello HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\nConnection: close\r\n\r\nab',
  ],
])('who expects 100 gets it %s, once, and it counts as sent', async (_what, request) => {
  const from = started.exchanges.length
  const answer = await started.ask(request)
  expect(answer).toMatch(/^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 200 OK\r\n/)
  expect(answer.split('100 Continue')).toHaveLength(2)
  expect(started.exchanges[from]?.bytesSent).toBe(answer.length)
})

test.each([
  [
    'an error page comes instead',
    'GET /none HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n',
  ],
  ['it speaks HTTP/1.0', 'GET / HTTP/1.0\r\nExpect: 100-continue\r\n\r\n'],
  ['it does not ask', 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\nConnection: close\r\n\r\n'],
])('nobody gets 100 where %s', async (_what, request) => {
  expect(await started.ask(request)).not.toContain('100 Continue')
})

test('an answer that comes before a streamed body is whole ends the connection', async () => {
  const client = await rawClient(started.port(80))
  const number = origin.requests.length + 1
  client.send('POST /streamed HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nabc')
  const request = await origin.request(number)
  request.socket.resetAndDestroy()
  const answer = await client.closed
  expect([statusOf(answer), /Connection: (.*)\r/.exec(answer)?.[1]]).toEqual(['502', 'keep-alive'])
})

test('HEAD in HTTP/0.9 is refused with a page and nothing else', async () => {
  const answer = await started.ask('HEAD /none\r\n')
  expect(answer).toMatch(/^<html>\r\n<head><title>400 Bad Request<\/title>/)
})

test('an HTTP/0.9 request behind a chunked answer gets bare bytes', async () => {
  const client = await rawClient(started.port(80))
  client.send('GET /up/chunked HTTP/1.1\r\nHost: a\r\n\r\nGET /up/chunked\r\n')
  const answer = await client.closed
  expect(bodyOf(answer)).toBe('3\r\nabc\r\n0\r\n\r\nabc')
})

test.each([
  ['collected', 'POST /up HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nabc', ''],
  ['collected', 'POST /up HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabc', ''],
  [
    'streamed',
    'POST /streamed HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nabc',
    ' while sending request to upstream',
  ],
])('a client that leaves in the middle of a body that is %s hears nothing', async (_how, request, during) => {
  const [rows, from, asked] = [started.exchanges.length, started.log.length, origin.requests.length]
  const client = await rawClient(started.port(80))
  client.send(request)
  if (during !== '') await origin.body(asked + 1, 3)
  client.end()
  expect(await client.closed).toBe('')
  expect(started.exchanges[rows]?.status).toBe(400)
  expect(started.log.slice(from).map((line) => line.slice(0, line.indexOf(', client')))).toEqual([
    `info: client prematurely closed connection${during}`,
  ])
})

test('a client that leaves in the middle of a head hears nothing and has a row', async () => {
  const [rows, from] = [started.exchanges.length, started.log.length]
  const client = await rawClient(started.port(80))
  client.send('GET / HTTP/1.1\r\nHost: a')
  client.end()
  expect(await client.closed).toBe('')
  expect(started.exchanges[rows]?.status).toBe(400)
  expect(started.log.slice(from)).toEqual([
    'info: client prematurely closed connection while reading client request headers, client: 127.0.0.1, server: , request: "GET / HTTP/1.1"',
  ])
})

test('a client that leaves before it said anything has no row', async () => {
  const rows = started.exchanges.length
  const client = await rawClient(started.port(80))
  client.end()
  await client.closed
  expect(started.exchanges).toHaveLength(rows)
})
