import { afterAll, beforeAll, expect, test } from 'vitest'
import { startWith, type Started } from '../testing/start-with.ts'

let started: Started

beforeAll(async () => {
  started = await startWith(`
    server {
      listen 80;
      error_page 404 /missing;
      client_max_body_size 10;
      location / { return 404; }
      location /missing { internal; return 200 "from $request_uri"; }
      location /dir/ { proxy_pass http://127.0.0.1:1; }
      location /any { client_max_body_size 0; return 200 ok; }
      location "/a b/" { proxy_pass http://127.0.0.1:1; }
    }`)
})
afterAll(() => started.stop())

const bodyOf = (answer: string): string => answer.slice(answer.indexOf('\r\n\r\n') + 4)
const send = (path: string, length: number): Promise<string> =>
  started.ask(
    `POST ${path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: ${length}\r\n\r\n${'x'.repeat(length)}`,
  )

test('an internal location is 404 from outside, and found by an error page', async () => {
  const seen = async (path: string): Promise<string[]> => {
    const answer = await started.get(path)
    return [answer.slice(9, 12), bodyOf(answer)]
  }
  expect(await seen('/missing')).toEqual(['404', 'from /missing'])
  expect(await seen('/gone')).toEqual(['404', 'from /gone'])
})

test.each([
  ['/dir', 'http://localhost/dir/'],
  ['/dir?a=b', 'http://localhost/dir/?a=b'],
  ['/a%20b', 'http://localhost/a%20b/'],
])('%s of a proxied location that ends with a slash is redirected to %s', async (path, location) => {
  const answer = await started.get(path)
  expect([answer.slice(9, 12), /^Location: (.*)\r$/m.exec(answer)?.[1]]).toEqual(['301', location])
})

test.each([
  ['/dir/', 11, '413'],
  ['/any', 11, '200'],
  ['/dir/', 10, '502'],
])('%s with a body of %i bytes where 10 are allowed is %s', async (path, length, status) => {
  expect((await send(path, length)).slice(9, 12)).toBe(status)
})

test('a body that is too large is told by its length, before any of it has come', async () => {
  const answer = await started.ask(
    'POST /dir/ HTTP/1.1\r\nHost: a\r\nConnection: close\r\nExpect: 100-continue\r\nContent-Length: 11\r\n\r\n',
  )
  expect(answer).toMatch(/^HTTP\/1\.1 413 Request Entity Too Large\r\n/)
  expect(started.log.at(-1)).toMatch(/^error: client intended to send too large body: 11 bytes, client: /)
})
