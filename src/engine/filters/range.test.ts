import { mkdirSync, writeFileSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { startWith, type Started } from '../testing/start-with.ts'

let engine: Started
const long = Array.from({ length: 30_000 }, (_, i) => String(i % 10))
  .join('')
  .repeat(10)

beforeEach(async () => {
  engine = await startWith(`server {
    listen 80;
    root files;
    location / { }
    location /two/ { alias files/; max_ranges 2; }
    location /none/ { alias files/; max_ranges 0; }
    location /proxied/ { proxy_pass http://127.0.0.1:80/; proxy_force_ranges on; }
  }`)
  mkdirSync(`${engine.folder}files`)
  writeFileSync(`${engine.folder}files/digits`, '0123456789')
  writeFileSync(`${engine.folder}files/long`, long)
})

afterEach(() => engine.stop())

const bodyOf = (answer: string): string => answer.slice(answer.indexOf('\r\n\r\n') + 4)

describe('one range', () => {
  test.each([
    ['bytes=2-4', 'bytes 2-4/10', '234'],
    ['bytes=7-', 'bytes 7-9/10', '789'],
    ['bytes=-2', 'bytes 8-9/10', '89'],
    ['bytes=8-99', 'bytes 8-9/10', '89'],
  ])('%s is %s', async (range, contentRange, body) => {
    const answer = await engine.get('/digits', [`Range: ${range}`])
    expect(answer).toContain('HTTP/1.1 206 Partial Content\r\n')
    expect(answer).toContain(`Content-Range: ${contentRange}\r\n`)
    expect(bodyOf(answer)).toBe(body)
  })

  test('of a file larger than what is read at once, and of an upstream that streams', async () => {
    const lines = ['Range: bytes=100000-200001']
    expect(bodyOf(await engine.get('/long', lines))).toBe(long.slice(100_000, 200_002))
    expect(bodyOf(await engine.get('/proxied/long', lines))).toBe(long.slice(100_000, 200_002))
  })

  test('behind the end is 416 with the length', async () => {
    const answer = await engine.get('/digits', ['Range: bytes=10-'])
    expect(answer).toContain('HTTP/1.1 416 Requested Range Not Satisfiable\r\n')
    expect(answer).toContain('Content-Range: bytes */10\r\n')
  })

  test('with an If-Range that does not hold is the whole', async () => {
    const answer = await engine.get('/digits', ['Range: bytes=1-2', 'If-Range: "other"'])
    expect([answer.slice(9, 12), bodyOf(answer)]).toEqual(['200', '0123456789'])
  })
})

describe('several ranges', () => {
  test('come as parts, and the length is theirs', async () => {
    const answer = await engine.get('/digits', ['Range: bytes=0-1,-1'])
    const boundary = /boundary=(\d{20})\r\n/.exec(answer)?.[1] ?? ''
    const body =
      `\r\n--${boundary}\r\nContent-Type: text/plain\r\nContent-Range: bytes 0-1/10\r\n\r\n01` +
      `\r\n--${boundary}\r\nContent-Type: text/plain\r\nContent-Range: bytes 9-9/10\r\n\r\n9` +
      `\r\n--${boundary}--\r\n`
    expect(bodyOf(answer)).toBe(body)
    expect(answer).toContain(`Content-Length: ${body.length}\r\n`)
  })

  test('more than max_ranges are the whole; 0 turns ranges off', async () => {
    const many = await engine.get('/two/digits', ['Range: bytes=0-0,2-2,4-4'])
    const off = await engine.get('/none/digits', ['Range: bytes=0-0'])
    expect([bodyOf(many), bodyOf(off)]).toEqual(['0123456789', '0123456789'])
    expect(off).not.toContain('Accept-Ranges')
  })
})
