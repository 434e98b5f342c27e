import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { fakeClock, type FakeClock } from '../testing/fake-clock.ts'
import { http2Client, pseudo } from '../testing/http2-client.ts'
import { passTime } from '../testing/pass-time.ts'
import { rawClient } from '../testing/raw-client.ts'
import { scriptedOrigin, type OriginRequest, type ScriptedOrigin } from '../testing/scripted-origin.ts'
import { startWith, type Started } from '../testing/start-with.ts'

let clock: FakeClock
let origin: ScriptedOrigin
let started: Started
/** What the origin answers to a path from now on; undefined: the test speaks for it. */
const answers = new Map<string, string>()

const ok = (body: string, fields = ''): string =>
  `HTTP/1.1 200 OK\r\n${fields}Content-Length: ${body.length}\r\n\r\n${body}`
const error = (status: string, fields = ''): string =>
  `HTTP/1.1 ${status}\r\n${fields}Content-Length: 4\r\n\r\nfail`

beforeAll(async () => {
  clock = fakeClock()
  origin = await scriptedOrigin(({ path }) => answers.get(path))
  const to = `http://127.0.0.1:${origin.port}`
  started = await startWith(
    `
    error_log answer.log info;
    proxy_cache_path cache keys_zone=c:1m;
    upstream two { server 127.0.0.1:${origin.port}; server 127.0.0.1:${origin.port}; }
    proxy_http_version 1.1;
    server {
      listen 80;
      listen 81 http2;
      location / { proxy_pass ${to}; }
      location /two { proxy_pass http://two; proxy_next_upstream http_404; }
      location /cached/ { proxy_cache c; proxy_cache_valid 200 10s; proxy_pass ${to}; }
      location /cached/stale { proxy_cache c; proxy_cache_valid 200 10s; proxy_cache_use_stale http_500; proxy_pass ${to}; }
      location /cached/again { proxy_cache c; proxy_cache_valid 200 10s; proxy_cache_revalidate on; proxy_pass ${to}; }
      location /caught/ { proxy_intercept_errors on; error_page 401 404 500 @caught; proxy_pass ${to}; }
      location /caught/cached { proxy_cache c; proxy_cache_valid any 10s; proxy_intercept_errors on; error_page 404 @caught; proxy_pass ${to}; }
      location @caught { return 200 caught; }
      location /kept/ { proxy_intercept_errors on; error_page 401 /401.html; proxy_pass ${to}; }
      location = /401.html { internal; return 401 page; }
      location /inside/ { internal; return 200 "inside $uri"; }
      location /switch { proxy_set_header Upgrade $http_upgrade; proxy_pass ${to}; }
      location /slow { proxy_limit_rate 100; proxy_pass ${to}; }
      location /at-once { proxy_buffering off; proxy_limit_rate 100; proxy_pass ${to}; }
      location /ranges { proxy_force_ranges on; proxy_pass ${to}; }
    }`,
    { clock },
  )
})
afterAll(async () => {
  await started.stop()
  await origin.close()
})

const statusOf = (answer: string): string => answer.slice(9, 12)
const bodyOf = (answer: string): string => answer.slice(answer.indexOf('\r\n\r\n') + 4)
const said = async (path: string): Promise<string> => {
  const answer = await started.get(path)
  return `${statusOf(answer)} ${bodyOf(answer)}`
}

/** A request that the origin has got and not answered. */
async function asked(
  path: string,
): Promise<{ client: Awaited<ReturnType<typeof rawClient>>; upstream: OriginRequest }> {
  const number = origin.requests.length + 1
  const client = await rawClient(started.port(80))
  client.send(`GET ${path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`)
  return { client, upstream: await origin.request(number) }
}

describe('an answer that cannot be passed on', () => {
  test.each([
    [
      'of two lengths',
      ok('x', 'Content-Length: 1\r\n'),
      'upstream sent duplicate header line: "Content-Length: 1"',
    ],
    [
      'of length and coding',
      ok('x', 'Transfer-Encoding: chunked\r\n'),
      'upstream sent "Content-Length" and "Transfer-Encoding" headers at the same time',
    ],
  ])('%s is 502', async (_, answer, reason) => {
    answers.set('/bad', answer)
    expect(statusOf(await started.get('/bad'))).toBe('502')
    expect(started.log).toContainEqual(
      expect.stringContaining(`error: ${reason} while reading response header from upstream, `),
    )
  })

  test('is asked of the next peer where proxy_next_upstream says so, and passed from the last', async () => {
    answers.set('/two', error('404 Not Found'))
    const before = origin.requests.length
    expect(await said('/two')).toBe('404 fail')
    expect(origin.requests.length - before).toBe(2)
  })

  test('is a broken chunk: the client sees that it is cut off', async () => {
    const { client, upstream } = await asked('/chunks')
    upstream.socket.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n')
    await client.until('a\r\n')
    upstream.socket.write('x')
    expect(await client.closed).not.toContain('0\r\n\r\n')
    expect(started.log).toContainEqual(
      expect.stringContaining('error: upstream sent invalid chunked response while reading upstream'),
    )
  })
})

describe('an answer to what is stored and expired', () => {
  const expired = async (path: string, then: string): Promise<string> => {
    answers.set(path, ok('stored', 'Last-Modified: Mon, 28 Sep 1970 06:00:00 GMT\r\n'))
    await started.get(path)
    clock.advance(11_000)
    answers.set(path, then)
    return said(path)
  }

  test.each(['500 Oops', '500 Oops\r\nX: 1'])(
    'is put aside where proxy_cache_use_stale names it: %s',
    async (status) => {
      expect(await expired(`/cached/stale/${status.length}`, error(status))).toBe('200 stored')
      expect(started.exchanges.at(-1)?.record().cache).toBe('STALE')
    },
  )

  test('is passed where proxy_cache_use_stale names another', async () => {
    expect(await expired('/cached/stale/503', error('503 Busy'))).toBe('503 fail')
  })

  test('makes it fresh again with 304 where proxy_cache_revalidate is on', async () => {
    const path = '/cached/again'
    expect(await expired(path, 'HTTP/1.1 304 Not Modified\r\n\r\n')).toBe('200 stored')
    expect(started.exchanges.at(-1)?.record().cache).toBe('REVALIDATED')
    expect(await said(path)).toBe('200 stored')
    expect(started.exchanges.at(-1)?.record().cache).toBe('HIT')
  })

  test('takes its place otherwise', async () => {
    expect(await expired('/cached/again/other', ok('fresh'))).toBe('200 fresh')
    expect(await expired('/cached/plain', ok('fresh'))).toBe('200 fresh')
    expect(await said('/cached/plain')).toBe('200 fresh')
  })
})

describe('what is stored', () => {
  test('is the body of a HEAD too, which the client does not get', async () => {
    answers.set('/cached/head', ok('body'))
    const answer = await started.ask(
      'HEAD /cached/head HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n',
    )
    expect(bodyOf(answer)).toBe('')
    const before = origin.requests.length
    expect([await said('/cached/head'), origin.requests.length - before]).toEqual(['200 body', 0])
  })

  test('is the rest of an answer whose client has gone', async () => {
    const { client, upstream } = await asked('/cached/left')
    upstream.socket.write('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n01234')
    await client.until('01234')
    client.destroy()
    await client.closed
    upstream.socket.write('56789')
    // It is in the cache when nobody else is asked for it.
    answers.set('/cached/left', ok('asked again'))
    await expect.poll(() => said('/cached/left')).toBe('200 0123456789')
  })

  test('is nothing of an answer that breaks off', async () => {
    const { client, upstream } = await asked('/cached/half')
    upstream.socket.write('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n01234')
    await client.until('01234')
    upstream.socket.destroy()
    await client.closed
    answers.set('/cached/half', ok('whole'))
    expect(await said('/cached/half')).toBe('200 whole')
  })
})

describe('proxy_intercept_errors', () => {
  test.each(['404 Not Found', '500 Oops'])('shows our page instead of %s', async (status) => {
    answers.set('/caught/a', error(status))
    expect(await said('/caught/a')).toMatch(/ caught$/)
  })

  test('passes what no error_page names', async () => {
    answers.set('/caught/a', error('403 No'))
    expect(await said('/caught/a')).toBe('403 fail')
    answers.set('/caught/a', ok('good'))
    expect(await said('/caught/a')).toBe('200 good')
  })

  test('remembers the error where errors are cached', async () => {
    answers.set('/caught/cached', error('404 Not Found'))
    const before = origin.requests.length
    expect([await said('/caught/cached'), await said('/caught/cached')].map((text) => text.slice(4))).toEqual(
      ['caught', 'caught'],
    )
    expect(origin.requests.length - before).toBe(1)
  })

  test.each([
    ['WWW-Authenticate: Basic realm="a"\r\n', true],
    ['', false],
  ])('keeps the challenge of 401: %j', async (fields, challenged) => {
    answers.set('/kept/a', error('401 Who', fields))
    const answer = await started.get('/kept/a')
    expect([
      statusOf(answer),
      bodyOf(answer),
      answer.includes('WWW-Authenticate: Basic realm="a"\r\n'),
    ]).toEqual(['401', 'page', challenged])
  })
})

describe('X-Accel-Redirect', () => {
  test('answers from elsewhere', async () => {
    answers.set('/accel', ok('not this', 'X-Accel-Redirect: /inside/a\r\nSet-Cookie: kept=1\r\n'))
    const answer = await started.get('/accel')
    expect([bodyOf(answer), answer.includes('Set-Cookie: kept=1\r\n')]).toEqual(['inside /inside/a', true])
  })

  test('is stored nowhere', async () => {
    answers.set('/cached/accel', ok('not this', 'X-Accel-Redirect: /inside/a\r\n'))
    const before = origin.requests.length
    expect([await said('/cached/accel'), await said('/cached/accel')]).toEqual([
      '200 inside /inside/a',
      '200 inside /inside/a',
    ])
    expect(origin.requests.length - before).toBe(2)
  })

  test('to an unsafe place is 404', async () => {
    answers.set('/accel', ok('', 'X-Accel-Redirect: /../a\r\n'))
    expect(statusOf(await started.get('/accel'))).toBe('404')
  })
})

describe('X-Accel-Buffering', () => {
  test.each([
    ['no', '/slow', 300],
    ['yes', '/at-once', 100],
  ])('%s in an answer to %s goes before proxy_buffering', async (word, path, atOnce) => {
    answers.set(path, ok('x'.repeat(300), `X-Accel-Buffering: ${word}\r\n`))
    const client = await rawClient(started.port(80))
    client.send(`GET ${path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`)
    await client.until('x'.repeat(atOnce))
    expect(bodyOf(client.received)).toHaveLength(atOnce)
    await passTime(clock, client.closed)
    expect(bodyOf(client.received)).toHaveLength(300)
  })
})

test('a client that has gone is not sent what waits for proxy_limit_rate', async () => {
  answers.set('/slow', ok('x'.repeat(300)))
  const client = await rawClient(started.port(80))
  client.send('GET /slow HTTP/1.1\r\nHost: a\r\n\r\n')
  await client.until('x'.repeat(100))
  const rows = started.exchanges.length
  client.destroy()
  await started.until(() => started.exchanges.length > rows)
  clock.advance(5000)
  expect(started.exchanges).toHaveLength(rows + 1)
})

test('what a filter refuses is not passed: a range of an answer that is shorter', async () => {
  answers.set('/ranges', ok('0123456789'))
  const answer = await started.get('/ranges', ['Range: bytes=20-'])
  expect(statusOf(answer)).toBe('416')
})

describe('101', () => {
  const switching = 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n'

  test('is an answer like any other where nobody has asked for it', async () => {
    const { client, upstream } = await asked('/switch')
    upstream.socket.end(switching)
    expect(statusOf(await client.closed)).toBe('101')
  })

  test('to an HTTP/2 client that has asked for no WebSocket is 502, and ends the upstream', async () => {
    const client = await http2Client(started.port(81))
    const number = origin.requests.length + 1
    const stream = client.request([...pseudo('GET', '/switch'), ['upgrade', 'x']])
    const upstream = await origin.request(number)
    const closed = new Promise((resolve) => upstream.socket.on('close', resolve))
    upstream.socket.write(switching)
    expect(await client.answer(stream)).toMatchObject({ status: 502, body: '', whole: true })
    await closed
    expect(started.log.slice(-2).map((line) => line.slice(0, line.indexOf(', client')))).toEqual([
      'error: 101 over HTTP/2 is sent as 502 while reading response header from upstream',
      'error: upstream switched protocols where the client cannot while reading response header from upstream',
    ])
    client.destroy()
  })
})

test('what somebody taps is told piece by piece', async () => {
  const pieces: string[] = []
  const tapped = await startWith(
    `server { listen 80; location / { proxy_pass http://127.0.0.1:${origin.port}; } }`,
    {
      tap: () => ({
        body: (what, buffer, start, end) =>
          void pieces.push(`${what}: ${buffer.toString('latin1', start, end)}`),
        tunnel: () => undefined,
      }),
    },
  )
  answers.set('/tapped', ok('hello'))
  await tapped.get('/tapped')
  await tapped.stop()
  expect(pieces).toContain('upstream-response: hello')
})
