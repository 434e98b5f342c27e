/** What is kept in memory goes out right whatever the location and the client want of it. */
import { connect } from 'node:net'
import { gunzipSync } from 'node:zlib'
import { afterEach, expect, test } from 'vitest'
import { bodyOf, cleanUp, last, ok, originWith, start, turnsUntil } from '../testing/cache-stage.ts'
import type { Started } from '../testing/start-with.ts'

afterEach(cleanUp)

// Larger than what is copied together with its head, and smaller than what is too large for memory.
const body = Array.from({ length: 12_800 }, (_, i) => String(i).padStart(7, '0')).join(' ')
const fields =
  'Cache-Control: max-age=10\r\nContent-Type: text/plain\r\nETag: "one"\r\nLast-Modified: Sun, 01 Nov 2020 00:00:00 GMT\r\nAccept-Ranges: bytes'

async function filled(settings = '', answerFields = fields): Promise<Started> {
  const origin = await originWith((socket) => void socket.end(ok(body, answerFields)))
  const started = await start(origin, settings)
  await started.get('/a')
  return started
}

const headOf = (answer: string): string[] => answer.slice(0, answer.indexOf('\r\n\r\n')).split('\r\n')

test('the second HIT says the same as the first, with variables of its own', async () => {
  const settings =
    'add_header X-Cache $upstream_cache_status; add_header X-Asked $arg_x; proxy_cache_key $uri;'
  const started = await filled(settings)
  const [first, second] = [await started.get('/a?x=1'), await started.get('/a?x=2')]
  expect([headOf(first), bodyOf(first) === body]).toEqual([
    [
      'HTTP/1.1 200 OK',
      expect.stringMatching(/^Server: /),
      expect.stringMatching(/^Date: /),
      'Content-Type: text/plain',
      `Content-Length: ${body.length}`,
      'Connection: close',
      'Cache-Control: max-age=10',
      'ETag: "one"',
      'Last-Modified: Sun, 01 Nov 2020 00:00:00 GMT',
      'X-Cache: HIT',
      'X-Asked: 1',
      'Accept-Ranges: bytes',
    ],
    true,
  ])
  expect(second).toBe(first.replace('X-Asked: 1', 'X-Asked: 2'))
})

test('two locations that show different fields of one stored response do so in turn', async () => {
  const origin = await originWith((socket) => void socket.end(ok(body, `${fields}\r\nX-Secret: s`)))
  const started = await start(
    origin,
    `proxy_cache_key k; } location /hidden { proxy_pass http://${origin.address}; proxy_cache c; proxy_cache_key k; proxy_hide_header X-Secret;`,
  )
  const shown: boolean[] = []
  for (const path of ['/a', '/a', '/hidden', '/hidden', '/a'])
    shown.push((await started.get(path)).includes('X-Secret: s'))
  expect(shown).toEqual([true, true, false, false, true])
  expect(origin.asked.length).toBe(1)
})

test('HEAD, conditions and ranges', async () => {
  const started = await filled()
  const head = await started.ask('HEAD /a HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n')
  expect([headOf(head)[0], bodyOf(head)]).toEqual(['HTTP/1.1 200 OK', ''])
  expect(head).toContain(`Content-Length: ${body.length}\r\n`)
  const known = await started.get('/a', ['If-None-Match: "one"'])
  expect([headOf(known)[0], bodyOf(known)]).toEqual(['HTTP/1.1 304 Not Modified', ''])
  const since = await started.get('/a', ['If-Modified-Since: Sun, 01 Nov 2020 00:00:00 GMT'])
  expect(headOf(since)[0]).toBe('HTTP/1.1 304 Not Modified')
  const failed = await started.get('/a', ['If-Match: "two"'])
  expect(headOf(failed)[0]).toBe('HTTP/1.1 412 Precondition Failed')
  // More than is copied, and less.
  for (const [from, to] of [
    [1000, 90_000],
    [5, 20],
  ] as const) {
    const part = await started.get('/a', [`Range: bytes=${from}-${to}`])
    expect([headOf(part)[0], bodyOf(part) === body.slice(from, to + 1)]).toEqual([
      'HTTP/1.1 206 Partial Content',
      true,
    ])
  }
  const parts = await started.get('/a', ['Range: bytes=0-6,50000-99999'])
  expect(bodyOf(parts)).toContain(`\r\n\r\n${body.slice(0, 7)}\r\n--`)
  expect(bodyOf(parts)).toContain(`\r\n\r\n${body.slice(50_000, 100_000)}\r\n--`)
  const beyond = await started.get('/a', ['Range: bytes=999999-'])
  expect(headOf(beyond)[0]).toBe('HTTP/1.1 416 Requested Range Not Satisfiable')
  expect(last(started).cache).toBe('HIT')
  expect(bodyOf(await started.get('/a')) === body).toBe(true)
})

test('filters of bodies change what is sent and not what is stored', async () => {
  const started = await filled(
    'gzip on; gzip_types text/plain; gzip_min_length 1; sub_filter_types text/plain; sub_filter 0000001 one;',
  )
  const changed = body.replace('0000001', 'one')
  for (let i = 0; i < 2; i++) {
    const answer = await started.ask(
      'GET /a HTTP/1.0\r\nHost: localhost\r\nAccept-Encoding: gzip\r\nX-Http-10: 1\r\n\r\n',
    )
    expect(bodyOf(answer) === changed).toBe(true)
    const packed = await started.get('/a', ['Accept-Encoding: gzip'])
    expect(packed).toContain('Content-Encoding: gzip')
    expect(gunzipSync(Buffer.from(unchunked(bodyOf(packed)), 'latin1')).toString() === changed).toBe(true)
  }
})

function unchunked(text: string): string {
  let out = ''
  for (let at = 0; ;) {
    const end = text.indexOf('\r\n', at)
    const size = parseInt(text.slice(at, end), 16)
    if (size === 0) return out
    out += text.slice(end + 2, end + 2 + size)
    at = end + 4 + size
  }
}

test('fields that depend on the request are made for each', async () => {
  const answers = 'Cache-Control: max-age=10\r\nLocation: http://inside/there'
  const started = await filled(
    'proxy_redirect http://inside/ http://$http_x_outside/; proxy_cache_key $uri;',
    answers,
  )
  for (const outside of ['one.test', 'two.test'])
    expect(await started.get('/a', [`X-Outside: ${outside}`])).toContain(
      `Location: http://${outside}/there\r\n`,
    )
})

test('requests behind each other on one connection are answered in order', async () => {
  const started = await filled()
  const one = 'GET /a HTTP/1.1\r\nHost: localhost\r\n\r\n'
  const all = await started.ask(one + one + one.replace('\r\n\r\n', '\r\nConnection: close\r\n\r\n'))
  expect(all.split(body).length).toBe(4)
  expect(all.match(/HTTP\/1\.1 200 OK/g)?.length).toBe(3)
})

test('who reads slowly gets what was stored when it asked, though it is purged and another is stored meanwhile', async () => {
  const large = body.repeat(2)
  const origin = await originWith((socket) => void socket.end(ok(large)))
  const started = await start(origin)
  await started.get('/a')
  // So many behind each other do not fit into what the system holds for a connection.
  const count = 100
  const socket = connect({ port: started.port(80), host: '127.0.0.1' })
  socket.pause()
  socket.write('GET /a HTTP/1.1\r\nHost: localhost\r\n\r\n'.repeat(count - 1))
  socket.write('GET /a HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n')
  await turnsUntil(() => (started.engine.caches()[0]?.verdicts.HIT ?? 0) > 0)
  const hits = started.engine.caches()[0]?.verdicts.HIT ?? 0
  started.engine.purge('c', { by: 'all' })
  origin.answer = (other) => void other.end(ok('new'))
  let text = ''
  socket.setEncoding('latin1').on('data', (piece: string) => (text += piece))
  const closed = new Promise((resolve) => socket.on('close', resolve))
  socket.resume()
  await closed
  const answers = text
    .split(/HTTP\/1\.1 200 OK\r\n/)
    .slice(1)
    .map(bodyOf)
  expect(answers.length).toBe(count)
  expect(answers.slice(0, hits).every((answer) => answer === large)).toBe(true)
  expect(new Set(answers.slice(hits).map((answer) => answer.length))).toEqual(
    new Set(hits < count ? [3] : []),
  )
})
