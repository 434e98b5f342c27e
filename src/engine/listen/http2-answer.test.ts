import { describe, expect, test } from 'vitest'
import { Answer } from '../request/answer.ts'
import type { Exchange } from '../request/exchange.ts'
import { fakeClock } from '../testing/fake-clock.ts'
import { HpackDecoder } from '../wire/hpack-decoder.ts'
import { answerBlock, interimBlock, trailerBlock } from './http2-answer.ts'

const x = {
  settings: {
    serverTokens: 'off',
    absoluteRedirect: true,
    portInRedirect: true,
    serverNameInRedirect: false,
  },
  address: { localAddress: '127.0.0.1', serverPort: 443, ssl: {} },
  cycle: { clock: fakeClock() },
  host: 'a.test',
} as unknown as Exchange

/** The fields of a block, as a client reads them. */
function read(block: Buffer): string[] {
  const fields: string[] = []
  new HpackDecoder().decode(block, 0, block.length, block.length, Infinity, (name, value) =>
    fields.push(`${name}: ${value}`),
  )
  return fields
}

function answered(more: Partial<Answer>, upgraded = false): string[] {
  return read(answerBlock(x, Object.assign(new Answer(200), more), false, upgraded))
}

const ours = ['server: nginx', 'date: Thu, 01 Jan 2026 00:00:00 GMT']

describe('the head of an answer', () => {
  // ngx_http_v2_header_filter
  test('has nginx’s fields in nginx’s order, then the others in small letters', () => {
    expect(
      answered({
        contentType: 'text/plain',
        contentLength: 5,
        lastModified: 'then',
        location: '/a',
        lines: 'X-A: 1\r\nX-b:2\r\nEmpty: \r\n',
      }),
    ).toEqual([
      ':status: 200',
      ...ours,
      'content-type: text/plain',
      'content-length: 5',
      'last-modified: then',
      'location: https://a.test/a',
      'x-a: 1',
      'x-b: 2',
      'empty: ',
    ])
  })

  test('has an upstream’s Server and Date where those are passed', () => {
    expect(answered({ server: '', date: '', lines: 'Server: x\r\n' })).toEqual([':status: 200', 'server: x'])
  })

  test('of 204 says nothing of a body, and an empty Location is none', () => {
    const more = { status: 204, contentType: 'a/b', contentLength: 0, lastModified: 'then', location: '' }
    expect(answered(more)).toEqual([':status: 204', ...ours])
  })

  // RFC 9113 §8.2.2.
  test('has nothing about a connection', () => {
    const lines =
      'Connection: x\r\nKeep-Alive: x\r\nProxy-Connection: x\r\nTransfer-Encoding: x\r\nUPGRADE: x\r\nUpgrades: y\r\nSec-WebSocket-Accept: z\r\n'
    expect(answered({ lines })).toEqual([':status: 200', ...ours, 'upgrades: y', 'sec-websocket-accept: z'])
  })

  test('that opens a WebSocket is 200 without what proves it to HTTP/1.1', () => {
    const lines = 'Upgrade: websocket\r\nSec-WebSocket-Accept: z\r\nSec-WebSocket-Protocol: chat\r\n'
    expect(answered({ status: 101, contentType: 'a/b', contentLength: 5, lines }, true)).toEqual([
      ':status: 200',
      ...ours,
      'sec-websocket-protocol: chat',
    ])
  })

  test.each(['no colon\r\nX: 1\r\n', 'X: 1', 'no colon\r\n'])(
    'ends where its lines are none: %j',
    (lines) => {
      expect(answered({ lines })).toEqual([':status: 200', ...ours])
    },
  )

  test('tells a client that has changed its table that ours is empty', () => {
    expect(answerBlock(x, new Answer(200), true, false)[0]).toBe(0x20)
    expect(answerBlock(x, new Answer(200), false, false)[0]).toBe(0x88)
  })
})

test('an interim answer has its status and fields, and a table update too', () => {
  expect(read(interimBlock(103, 'Link: </a>\r\n', false))).toEqual([':status: 103', 'link: </a>'])
  expect(interimBlock(103, '', true)[0]).toBe(0x20)
})

test('trailer fields are written in small letters, with a table update too', () => {
  expect(read(trailerBlock([['X-After', 'a b'], ['Y', '']], false))).toEqual(['x-after: a b', 'y: ']) // prettier-ignore
  expect(trailerBlock([], true)).toEqual(Buffer.of(0x20))
})
