import { afterAll, beforeAll, expect, test } from 'vitest'
import { scriptedOrigin, type ScriptedOrigin } from '../testing/scripted-origin.ts'
import { startWith, type Started } from '../testing/start-with.ts'

let origin: ScriptedOrigin
let started: Started

beforeAll(async () => {
  origin = await scriptedOrigin(({ path, socket }) => {
    if (path === '/pieces') {
      socket.write('ju')
      setImmediate(() => socket.end('st\r\nmore'))
    } else if (path === '/interim') socket.end('HTTP/1.1 103 Early Hints\r\n\r\nplain')
    else if (path === '/short') socket.end('H')
    else if (path === '/nearly') socket.end('HTTP/xx\r\n\r\nbody')
    else socket.end('just text, no head\n')
    return undefined
  })
  started = await startWith(`
    log_format tested '$status $upstream_status $bytes_sent';
    access_log headless.log tested;
    server {
      listen 80;
      gzip on;
      gzip_types *;
      gzip_min_length 0;
      location / { proxy_pass http://127.0.0.1:${origin.port}; add_header X-Added yes; }
    }`)
})
afterAll(async () => {
  await started.stop()
  await origin.close()
})

test.each(['/text', '/pieces'])(
  'an upstream without a head is HTTP/0.9: %s is passed as it is',
  async (path) => {
    const text = path === '/text' ? 'just text, no head\n' : 'just\r\nmore'
    const answer = await started.ask(
      `GET ${path} HTTP/1.1\r\nHost: a\r\nAccept-Encoding: gzip\r\n\r\nGET /next HTTP/1.1\r\nHost: a\r\n\r\n`,
    )
    expect(answer).toBe(text)
    expect(started.exchanges.at(-1)?.bytesSent).toBe(text.length)
  },
)

test('what such an upstream said is noted in the error log', async () => {
  await started.get('/text')
  expect(started.log.at(-1)).toMatch(
    /^error: upstream sent no valid HTTP\/1\.0 header while reading response header from upstream, client: /,
  )
})

test('a HEAD request gets nothing of it', async () => {
  expect(await started.ask('HEAD /text HTTP/1.1\r\nHost: a\r\n\r\n')).toBe('')
})

test.each(['/interim', '/short', '/nearly'])('%s is no HTTP/0.9: the client gets 502', async (path) => {
  expect(await started.get(path)).toMatch(/^HTTP\/1\.1 502 Bad Gateway\r\n/)
})
