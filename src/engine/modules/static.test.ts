import { mkdirSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { startWith, type Started } from '../testing/start-with.ts'

let engine: Started

beforeEach(async () => {
  engine = await startWith(`server {
    listen 80;
    root files;
    location / { }
    location /listed/ { autoindex on; }
    location /quiet/ { log_not_found off; }
    location /other/ { alias files/dir/; try_files $uri $uri.html @last; }
    location @last { return 200 "last:$uri"; }
    location /code/ { try_files $uri =444; }
    location /spa/ { try_files $uri $uri/ /page.html?from=$uri; }
  }`)
  mkdirSync(`${engine.folder}files/dir`, { recursive: true })
  mkdirSync(`${engine.folder}files/listed/inner`, { recursive: true })
  mkdirSync(`${engine.folder}files/bare`)
  writeFileSync(`${engine.folder}files/page.html`, 'a page')
  writeFileSync(`${engine.folder}files/dir/index.html`, 'the index')
  writeFileSync(`${engine.folder}files/dir/x.html`, 'x')
  writeFileSync(`${engine.folder}files/listed/a<b.txt`, '12345')
  symlinkSync('nowhere', `${engine.folder}files/listed/broken`)
  utimesSync(`${engine.folder}files/page.html`, 1_000_000_000, 1_000_000_000)
})

afterEach(() => engine.stop())

async function bodyOf(path: string): Promise<string> {
  const answer = await engine.get(path)
  return `${answer.slice(9, 12)} ${answer.slice(answer.indexOf('\r\n\r\n') + 4)}`
}

describe('a file', () => {
  test('comes with its validators and says that it can be had in parts', async () => {
    const answer = await engine.get('/page.html')
    expect(answer).toContain('HTTP/1.1 200 OK\r\n')
    expect(answer).toContain('Content-Type: text/html\r\nContent-Length: 6\r\n')
    expect(answer).toContain('Last-Modified: Sun, 09 Sep 2001 01:46:40 GMT\r\n')
    expect(answer).toContain('ETag: "3b9aca00-6"\r\nAccept-Ranges: bytes\r\n')
    expect(answer.endsWith('\r\n\r\na page')).toBe(true)
  })

  test('that is not there is 404 and logged, unless log_not_found is off', async () => {
    expect(await bodyOf('/none')).toContain('404 Not Found')
    expect(await bodyOf('/quiet/none')).toContain('404 Not Found')
    const lines = engine.log.filter((line) => line.includes('failed (2: No such file or directory)'))
    expect(lines).toHaveLength(1)
    expect(lines[0]).toMatch(/^error: open\(\) ".*\/files\/none" failed/)
  })

  test('is not for other methods', async () => {
    const put = await engine.ask('PUT /page.html HTTP/1.0\r\n\r\n')
    const post = await engine.ask('POST /page.html HTTP/1.0\r\n\r\n')
    expect([put.slice(9, 12), post.slice(9, 12)]).toEqual(['405', '405'])
  })
})

describe('a folder', () => {
  test('without its slash is redirected to, with its arguments', async () => {
    const answer = await engine.get('/dir?a=b')
    expect(answer).toContain('301 Moved Permanently')
    expect(answer).toMatch(/Location: http:\/\/[^/]+\/dir\/\?a=b\r\n/)
  })

  test('is its index, or forbidden without one', async () => {
    expect(await bodyOf('/dir/')).toBe('200 the index')
    expect(await bodyOf('/bare/')).toContain('403 Forbidden')
    expect(engine.log.some((line) => /directory index of ".*\/bare\/" is forbidden/.test(line))).toBe(true)
  })

  test('is listed where autoindex is on, folders first, a broken link as what it is', async () => {
    const body = await bodyOf('/listed/')
    expect([...body.matchAll(/<a href="([^"]+)">([^<]*)/g)].map(([, href, text]) => [href, text])).toEqual([
      ['../', '../'],
      ['inner/', 'inner/'],
      ['a%3Cb.txt', 'a&lt;b.txt'],
      ['broken', 'broken'],
    ])
  })
})

describe('try_files', () => {
  test('takes the first that is there, below an alias too', async () => {
    expect(await bodyOf('/other/x')).toBe('200 x')
  })

  test('goes to a named location, to another URI, or answers a status', async () => {
    expect(await bodyOf('/other/none')).toBe('200 last:/other/none')
    expect(await bodyOf('/spa/none')).toBe('200 a page')
    expect(await engine.get('/code/none')).toBe('')
  })
})
