import { afterAll, beforeAll, expect, test } from 'vitest'
import { startWith, type Started } from '../testing/start-with.ts'

let started: Started

beforeAll(async () => {
  started = await startWith(`
    server {
      listen 80;
      location /codes { if ($arg_c = 400) { return 400; } if ($arg_c = 416) { return 416; }
        if ($arg_c = 503) { return 503; } if ($arg_c = 507) { return 507; } return 404; }
      location /quiet { server_tokens off; return 404; }
      location /unpadded { msie_padding off; return 404; }
      location /own { error_page 404 /page; return 404; }
      location /as { error_page 404 =201 /page; return 404; }
      location /its { error_page 404 = /page; return 404; }
      location /named { error_page 404 = @named; return 404; }
      location /lost { error_page 404 @nobody; return 404; }
      location /away { error_page 404 http://elsewhere.test/$arg_a; return 404; }
      location /moved { error_page 404 =301 http://elsewhere.test/; return 404; }
      location /again { error_page 404 /again; return 404; }
      location /deep { recursive_error_pages on; error_page 404 /deeper; return 404; }
      location /deeper { error_page 403 /page; recursive_error_pages on; return 403; }
      location /flat { error_page 404 /flat2; return 404; }
      location /flat2 { error_page 403 /page; return 403; }
      location /page { return 200 "page of $request_method"; }
      location @named { return 202 "named $uri"; }
      location /fields { add_header X-Always 1 always; add_header X-Fine 1; return 404; }
    }`)
})
afterAll(() => started.stop())

const bodyOf = (answer: string): string => answer.slice(answer.indexOf('\r\n\r\n') + 4)
const pageOf = (title: string, server = 'nginx/1.22.1'): string =>
  `<html>\r\n<head><title>${title}</title></head>\r\n<body>\r\n<center><h1>${title}</h1></center>\r\n<hr><center>${server}</center>\r\n</body>\r\n</html>\r\n`

test.each([
  ['/codes?c=404', '404 Not Found'],
  ['/codes?c=400', '400 Bad Request'],
  ['/codes?c=416', '416 Requested Range Not Satisfiable'],
  ['/codes?c=503', '503 Service Temporarily Unavailable'],
  ['/codes?c=507', '507 Insufficient Storage'],
])('%s shows the page of %s', async (path, title) => {
  const answer = await started.get(path)
  expect([answer.slice(9, answer.indexOf('\r\n')), bodyOf(answer)]).toEqual([title, pageOf(title)])
})

test('server_tokens off hides the version in pages', async () => {
  expect(bodyOf(await started.get('/quiet'))).toBe(pageOf('404 Not Found', 'nginx'))
})

test.each([
  ['/own', 'Mozilla/4.0 (compatible; MSIE 6.0; Windows)', 0],
  ['/codes', 'Mozilla/4.0 (compatible; MSIE 6.0; Windows)', 6],
  ['/codes', 'Mozilla/5.0 (KHTML, like Gecko) Chrome/99.0', 6],
  ['/codes', 'Mozilla/5.0 Gecko/2010 Firefox/99', 0],
  ['/codes', 'Opera/9 MSIE 6.0', 0],
  ['/unpadded', 'Mozilla/4.0 (compatible; MSIE 6.0; Windows)', 0],
])('%s for %s is padded by %i lines', async (path, agent, lines) => {
  const body = bodyOf(await started.get(path, [`User-Agent: ${agent}`]))
  expect(body.split('<!-- a padding to disable MSIE and Chrome friendly error page -->\r\n')).toHaveLength(
    lines + 1,
  )
})

test.each([
  ['/own', '404', 'page of GET'],
  ['/as', '201', 'page of GET'],
  ['/its', '200', 'page of GET'],
  ['/named', '202', 'named /named'],
  ['/lost', '500', pageOf('500 Internal Server Error')],
  ['/again', '404', pageOf('404 Not Found')],
  ['/deep', '403', 'page of GET'],
  ['/flat', '403', pageOf('403 Forbidden')],
])('error_page: %s ends with %s', async (path, status, body) => {
  const answer = await started.get(path)
  expect([answer.slice(9, 12), bodyOf(answer)]).toEqual([status, body])
})

test.each([
  ['/away?a=b', '302', 'http://elsewhere.test/b'],
  ['/moved', '301', 'http://elsewhere.test/'],
])('an error page elsewhere is a redirect: %s is %s', async (path, status, location) => {
  const answer = await started.get(path)
  expect([answer.slice(9, 12), /^Location: (.*)\r$/m.exec(answer)?.[1]]).toEqual([status, location])
})

test('an error page is asked for by GET whatever the request was', async () => {
  const answer = await started.ask('DELETE /own HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n')
  expect(bodyOf(answer)).toBe('page of GET')
})

test('HEAD gets the head of a page and no page', async () => {
  const answer = await started.ask('HEAD /codes HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n')
  expect([/^Content-Length: (.*)\r$/m.exec(answer)?.[1], bodyOf(answer)]).toEqual(['153', ''])
})

test('add_header speaks on errors only where it is to speak always', async () => {
  const answer = await started.get('/fields')
  expect([answer.includes('X-Always: 1'), answer.includes('X-Fine')]).toEqual([true, false])
})

test.each([
  ['/codes?c=404', 'keep-alive'],
  ['/codes?c=416', 'keep-alive'],
  ['/codes?c=400', 'close'],
])('after %s the connection is %s', async (path, connection) => {
  const answer = await started.ask(
    `GET ${path} HTTP/1.1\r\nHost: a\r\n\r\nGET /page HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`,
  )
  expect(/^Connection: (.*)\r$/m.exec(answer)?.[1]).toBe(connection)
  expect(answer.includes('page of GET')).toBe(connection === 'keep-alive')
})
