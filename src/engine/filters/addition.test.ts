import { mkdirSync, writeFileSync } from 'node:fs'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { scriptedOrigin, type ScriptedOrigin } from '../testing/scripted-origin.ts'
import { startWith, type Started } from '../testing/start-with.ts'

let origin: ScriptedOrigin
let engine: Started
// Longer than what a connection takes at once.
const page = Array.from({ length: 400_000 }, (_, i) => `line ${i}\n`).join('')

beforeEach(async () => {
  origin = await scriptedOrigin(() => undefined)
  engine = await startWith(`
    server {
      listen 80;
      root files;
      types { text/html html; }
      location = /page.html { add_before_body /part; add_after_body /end; }
      location = /cut.html { add_after_body /part; return 200 page; }
      location = /part { proxy_pass http://127.0.0.1:${origin.port}; }
      location = /ssi.html { ssi on; return 200 '<!--#include virtual="/part" -->'; }
      location = /end { return 200 end; }
    }`)
  mkdirSync(`${engine.folder}files`)
  writeFileSync(`${engine.folder}files/page.html`, page)
})

afterEach(async () => {
  await engine.stop()
  await origin.close()
})

test('a long page waits for what stands in front of it', async () => {
  const answer = engine.ask('GET /page.html HTTP/1.0\r\nHost: a\r\n\r\n')
  const { socket } = await origin.request(1)
  socket.end('HTTP/1.0 200 OK\r\n\r\nfront ')
  expect(bodyOf(await answer) === `front ${page}end`).toBe(true)
})

test('what stands behind a page is cut off where its upstream breaks off', async () => {
  const answer = engine.ask('GET /cut.html HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n')
  const { socket } = await origin.request(1)
  socket.end('HTTP/1.0 200 OK\r\nContent-Length: 10\r\n\r\nshort')
  const body = bodyOf(await answer)
  expect(body).toContain('page')
  expect(body).not.toContain('\r\n0\r\n')
})

test.each(['/page.html', '/ssi.html'])('a client that leaves ends what %s still fetches', async (path) => {
  const leave = await engine.open(`GET ${path} HTTP/1.0\r\nHost: a\r\n\r\n`)
  const { socket } = await origin.request(1)
  const gone = new Promise((resolve) => socket.once('close', resolve))
  leave()
  await gone
  await engine.until(() => engine.exchanges.length === 1)
})

function bodyOf(answer: string): string {
  return answer.slice(answer.indexOf('\r\n\r\n') + 4)
}
