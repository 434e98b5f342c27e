import { once } from 'node:events'
import http2 from 'node:http2'
import { connect } from 'node:net'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { SpoolFile } from '../request/spool-file.ts'
import { scriptedOrigin, type ScriptedOrigin } from '../testing/scripted-origin.ts'
import { startWith, type Started } from '../testing/start-with.ts'

const size = 8 * 1024 * 1024
// What a turn has room for, and two pieces: the one that is read before anybody is asked, and the last.
const mostInTurn = 524_288 + 2 * 131_072

let started: Started
let origin: ScriptedOrigin
/** Bytes of bodies that went to files, by turn of the event loop. */
let turns: number[]
let turning: NodeJS.Immediate

beforeEach(async () => {
  origin = await scriptedOrigin(() => 'HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\ndone')
  const proxy = `client_max_body_size 0; client_body_buffer_size 1k; proxy_pass http://127.0.0.1:${origin.port};`
  started = await startWith(
    `server { listen 80; location / { ${proxy} } } server { listen 81 http2; location / { ${proxy} } }`,
  )
  turns = [0]
  const append = vi.spyOn(SpoolFile.prototype, 'append')
  const next = (): void => {
    turns.push(append.mock.calls.reduce((sum, [, start, end]) => sum + end - start, 0))
    append.mockClear()
    turning = setImmediate(next)
  }
  turning = setImmediate(next)
})

afterEach(async () => {
  clearImmediate(turning)
  vi.restoreAllMocks()
  await started.stop()
  await origin.close()
})

test('a client that sends a large body at once leaves room for others in each turn', async () => {
  const socket = connect(started.port(80), '127.0.0.1')
  socket.write(`POST / HTTP/1.0\r\nHost: localhost\r\nContent-Length: ${size}\r\n\r\n`)
  socket.write(Buffer.alloc(size))
  let text = ''
  socket.setEncoding('latin1')
  for await (const piece of socket as AsyncIterable<string>) text += piece
  expect(text).toMatch(/^HTTP\/1.1 200 OK[^]*done$/)
  expect(turns.reduce((sum, each) => sum + each, 0)).toBe(size)
  expect(Math.max(...turns)).toBeLessThanOrEqual(mostInTurn)
})

test('so does one that speaks HTTP/2', async () => {
  const session = http2.connect(`http://127.0.0.1:${started.port(81)}`)
  const stream = session.request({ ':method': 'POST', ':path': '/' })
  stream.end(Buffer.alloc(size))
  const [fields] = (await once(stream, 'response')) as [http2.IncomingHttpHeaders]
  stream.resume()
  await once(stream, 'close')
  session.destroy()
  expect(fields[':status']).toBe(200)
  expect(turns.reduce((sum, each) => sum + each, 0)).toBe(size)
  expect(Math.max(...turns)).toBeLessThanOrEqual(mostInTurn)
})
