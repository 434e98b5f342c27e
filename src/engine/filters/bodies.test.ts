import { gunzipSync, gzipSync } from 'node:zlib'
import { mkdirSync, writeFileSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { startWith, type Started } from '../testing/start-with.ts'

let engine: Started
const text = Array.from({ length: 40_000 }, (_, i) => `line ${i} Needle\n`).join('')

beforeEach(async () => {
  engine = await startWith(`
    charset_map A B { 41 42; }
    server {
      listen 80;
      root files;
      types { text/html html; text/css css; }
      location / { }
      location /gzip/ { alias files/; gzip on; gzip_vary on; gzip_min_length 10; }
      location /sub/ { alias files/; sub_filter needle pin; sub_filter_once off; sub_filter 'line 3' three; }
      location /once/ { alias files/; sub_filter needle pin; }
      location /both/ { alias files/; gzip on; sub_filter needle pin; sub_filter_once off; }
      location /recoded/ { alias files/; source_charset A; charset B; }
      location /plain/ { alias files/; gunzip on; sub_filter Needle pin; sub_filter_once off; gzip_static always; }
      location /stored/ { alias files/; gzip_static on; }
      location /trailers { add_trailer X-After $host; return 200 body; }
      location /ssi/ { alias files/; ssi on; }
    }`)
  mkdirSync(`${engine.folder}files`)
  writeFileSync(`${engine.folder}files/long.html`, text)
  writeFileSync(`${engine.folder}files/long.html.gz`, gzipSync(text))
  writeFileSync(`${engine.folder}files/torn.html.gz`, gzipSync(text).subarray(0, 5000))
  writeFileSync(`${engine.folder}files/tiny.html`, 'tiny')
  writeFileSync(`${engine.folder}files/a.html`, 'ABA')
  writeFileSync(`${engine.folder}files/x.css.gz`, 'compressed')
  writeFileSync(`${engine.folder}files/x.css`, 'plain')
  writeFileSync(
    `${engine.folder}files/page.html`,
    '<!--#set var="a" value="1" --><!--#if expr="$a = 1" -->yes<!--#else -->no<!--#endif -->' +
      '[<!--#include virtual="/ssi/tiny.html" -->][<!--#include virtual="a.html" -->]<!--#echo var="arg_x" -->',
  )
})

afterEach(() => engine.stop())

/** HTTP/1.0, so that the body is as it is. */
async function ask(path: string, lines = ''): Promise<{ head: string; body: string }> {
  const answer = await engine.ask(`GET ${path} HTTP/1.0\r\nHost: a\r\n${lines}\r\n`)
  const end = answer.indexOf('\r\n\r\n')
  return { head: answer.slice(0, end + 2), body: answer.slice(end + 4) }
}

async function zipped(path: string): Promise<{ head: string; body: string }> {
  const answer = await engine.ask(
    `GET ${path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\nAccept-Encoding: gzip\r\n\r\n`,
  )
  const end = answer.indexOf('\r\n\r\n')
  return { head: answer.slice(0, end + 2), body: dechunked(answer.slice(end + 4)) }
}

function dechunked(body: string): string {
  let out = ''
  for (let at = 0; at < body.length;) {
    const line = body.indexOf('\r\n', at)
    const size = Number.parseInt(body.slice(at, line), 16)
    if (size === 0) break
    out += body.slice(line + 2, line + 2 + size)
    at = line + 4 + size
  }
  return out
}

describe('gzip', () => {
  test('compresses piece by piece into one stream, with a weak ETag and Vary', async () => {
    const { head, body } = await zipped('/gzip/long.html')
    expect(gunzipSync(Buffer.from(body, 'latin1')).toString()).toBe(text)
    expect(body.length).toBeLessThan(text.length / 3)
    expect(head).toContain('Content-Encoding: gzip\r\n')
    expect(head).toMatch(/ETag: W\/"/)
    expect(head).toContain('Vary: Accept-Encoding\r\n')
    expect(head).not.toContain('Accept-Ranges')
  })

  test('leaves short answers and those of HTTP/1.0 alone', async () => {
    expect((await zipped('/gzip/tiny.html')).head).toContain('Content-Length: 4\r\n')
    expect((await ask('/gzip/long.html', 'Accept-Encoding: gzip\r\n')).body).toBe(text)
  })

  test('comes behind sub_filter', async () => {
    const { body } = await zipped('/both/long.html')
    expect(gunzipSync(Buffer.from(body, 'latin1')).toString()).toBe(text.replaceAll('Needle', 'pin'))
  })

  test('a compressed file that lies beside the other is sent in its place', async () => {
    const answer = await zipped('/stored/x.css')
    const plain = await ask('/stored/x.css')
    expect(answer.head).toContain('Content-Encoding: gzip\r\n')
    expect(answer.head).toContain('Content-Type: text/css\r\nContent-Length: 10\r\n')
    expect(plain.body).toBe('plain')
  })
})

describe('gunzip', () => {
  test('decompresses for a client that cannot, and other filters see the text', async () => {
    const { head, body } = await ask('/plain/long.html')
    expect(body).toBe(text.replaceAll('Needle', 'pin'))
    expect(head).not.toMatch(/Content-Encoding|Content-Length/)
  })

  test('a body that is cut off cuts off the answer', async () => {
    await ask('/plain/torn.html')
    expect(engine.log.some((line) => line.startsWith('error: inflate() failed'))).toBe(true)
  })
})

describe('sub_filter', () => {
  test('replaces in any case wherever the body is cut, and drops the validators', async () => {
    const { head, body } = await ask('/sub/long.html')
    expect(body).toBe(text.replaceAll('Needle', 'pin').replaceAll('line 3', 'three'))
    expect(head).not.toMatch(/Last-Modified|ETag|Content-Length/)
  })

  test('replaces once if nothing else is said', async () => {
    expect((await ask('/once/long.html')).body).toBe(text.replace('Needle', 'pin'))
  })
})

test('a body is recoded, and its ranges are those of what is sent', async () => {
  const { head, body } = await ask('/recoded/a.html', 'Range: bytes=0-1\r\n')
  expect(head).toContain('206 Partial Content')
  expect(head).toContain('Content-Type: text/html; charset=B\r\n')
  expect(body).toBe('BB')
})

test('trailers stand behind the last chunk', async () => {
  const answer = await engine.ask('GET /trailers HTTP/1.1\r\nHost: name\r\nConnection: close\r\n\r\n')
  expect(answer.endsWith('\r\n\r\n4\r\nbody\r\n0\r\nX-After: name\r\n\r\n')).toBe(true)
})

test('commands of a page are carried out, and what it includes stands in its place', async () => {
  const { body } = await ask('/ssi/page.html?x=%3C')
  expect(body).toBe('yes[tiny][ABA]%3C')
})
