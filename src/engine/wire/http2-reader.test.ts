import { describe, expect, test } from 'vitest'
import {
  frame,
  plainBlock,
  resetFrame,
  settingsFrame,
  uint32,
  windowUpdateFrame,
} from '../testing/http2-client.ts'
import { Http2Error, errorCode } from './http2-error.ts'
import { frameFlag, frameType, preface } from './http2-frames.ts'
import { FrameReader, type FrameUser } from './http2-reader.ts'

/** Writes down what it is told; pieces of bodies are put together. */
function recorder(taken = true): { user: FrameUser; told: string[] } {
  const told: string[] = []
  let body = ''
  const user: FrameUser = {
    textLimit: 100,
    headers: (stream, endStream, dependency) => {
      told.push(`headers ${stream} ${endStream} ${dependency}`)
      return taken
    },
    continued: () => undefined,
    field: (name, value) => void told.push(`${name}: ${value}`),
    headersEnd: () => void told.push('headers end'),
    data: (stream, size) => {
      told.push(`data ${stream} ${size}`)
      body = ''
      return taken
    },
    dataPiece: (buffer, start, end) => void (body += buffer.toString('latin1', start, end)),
    dataEnd: (endStream) => void told.push(`"${body}" ${endStream}`),
    priority: (stream, dependency) => void told.push(`priority ${stream} ${dependency}`),
    reset: (stream, code) => void told.push(`reset ${stream} ${code}`),
    setting: (id, value) => void told.push(`setting ${id} ${value}`),
    settingsEnd: () => void told.push('settings end'),
    settingsAcknowledged: () => void told.push('settings acknowledged'),
    ping: (buffer, start) => void told.push(`ping ${buffer.toString('latin1', start, start + 8)}`),
    windowUpdate: (stream, increment) => void told.push(`window ${stream} ${increment}`),
    unknown: (type) => void told.push(`unknown ${type}`),
  }
  return { user, told }
}

const fields = [
  ['x-first', 'one'],
  ['x-second', 'two'],
] as const
const block = plainBlock(fields)
const { endHeaders, endStream, padded, priority, ack } = frameFlag

/** Padding in front of and behind a payload. */
function padding(bytes: number, payload: Buffer | string): Buffer {
  const body = Buffer.isBuffer(payload) ? payload : Buffer.from(payload)
  return Buffer.concat([Buffer.of(bytes), body, Buffer.alloc(bytes)])
}

const all = Buffer.concat([
  preface,
  settingsFrame([
    [1, 100],
    [4, 2 ** 31 - 1],
  ]),
  frame(frameType.settings, ack, 0),
  frame(frameType.headers, endHeaders | endStream, 1, block),
  // Cut up inside a name, inside a value, and padded.
  frame(
    frameType.headers,
    padded | priority,
    3,
    padding(3, Buffer.concat([uint32(1), Buffer.of(9), block.subarray(0, 5)])),
  ),
  frame(frameType.continuation, 0, 3, block.subarray(5, 12)),
  frame(frameType.continuation, 0, 3),
  frame(frameType.continuation, endHeaders, 3, block.subarray(12)),
  frame(frameType.data, 0, 3, 'hello'),
  frame(frameType.data, padded, 3, padding(4, ' world')),
  frame(frameType.data, 0, 3),
  frame(frameType.data, padded | endStream, 3, padding(0, '')),
  frame(frameType.priority, 0, 5, Buffer.concat([uint32(0x80000003), Buffer.of(1)])),
  frame(frameType.ping, 0, 0, 'pingpong'),
  frame(frameType.ping, ack, 0, 'pingpong'),
  windowUpdateFrame(0, 0x80000007),
  windowUpdateFrame(3, 8),
  resetFrame(3, errorCode.cancel),
  frame(0x42, 0xff, 7, 'whatever'),
  frame(frameType.goaway, 0, 0, Buffer.concat([uint32(3), uint32(0), Buffer.from('good bye')])),
  frame(frameType.headers, endHeaders, 5, block),
])

const toldOfAll = [
  'setting 1 100',
  `setting 4 ${2 ** 31 - 1}`,
  'settings end',
  'settings acknowledged',
  'headers 1 true 0',
  'x-first: one',
  'x-second: two',
  'headers end',
  'headers 3 false 1',
  'x-first: one',
  'x-second: two',
  'headers end',
  'data 3 5',
  '"hello" false',
  'data 3 11',
  '" world" false',
  'data 3 0',
  '"" false',
  'data 3 1',
  '"" true',
  'priority 5 3',
  'ping pingpong',
  'window 0 7',
  'window 3 8',
  'reset 3 8',
  'unknown 66',
  'headers 5 false 0',
  'x-first: one',
  'x-second: two',
  'headers end',
]

test('all kinds of frames are told in order', () => {
  const { user, told } = recorder()
  const reader = new FrameReader(user)
  reader.feed(Buffer.from(all))
  expect(told).toEqual(toldOfAll)
  expect(reader.incomplete).toBe(false)
})

test('the same is told wherever the bytes are cut', () => {
  for (let cut = 1; cut < all.length; cut++) {
    const { user, told } = recorder()
    const reader = new FrameReader(user)
    reader.feed(Buffer.from(all.subarray(0, cut)))
    reader.feed(Buffer.from(all.subarray(cut)))
    expect(told, `cut at ${cut}`).toEqual(toldOfAll)
  }
})

test('the same is told byte by byte', () => {
  const { user, told } = recorder()
  const reader = new FrameReader(user)
  for (const byte of all) reader.feed(Buffer.of(byte))
  expect(told).toEqual(toldOfAll)
})

test('a block may be parted between its fields, wherever the bytes are cut', () => {
  const first = plainBlock(fields.slice(0, 1))
  const second = plainBlock(fields.slice(1))
  const parted = Buffer.concat([
    preface,
    frame(frameType.headers, padded, 1, padding(2, first)),
    frame(frameType.continuation, 0, 1, second),
    frame(frameType.continuation, endHeaders, 1),
    frame(frameType.ping, 0, 0, 'pingpong'),
  ])
  for (let cut = 1; cut <= parted.length; cut++) {
    const { user, told } = recorder()
    const reader = new FrameReader(user)
    reader.feed(Buffer.from(parted.subarray(0, cut)))
    reader.feed(Buffer.from(parted.subarray(cut)))
    expect(told, `cut at ${cut}`).toEqual([
      'headers 1 false 0',
      'x-first: one',
      'x-second: two',
      'headers end',
      'ping pingpong',
    ])
  }
})

test('a field that goes on in the next frame is whole when that frame comes later, and what came before is told once', () => {
  for (let cut = 1; cut < block.length; cut++) {
    const { user, told } = recorder()
    const reader = new FrameReader(user)
    reader.feed(Buffer.concat([preface, frame(frameType.headers, 0, 1, block.subarray(0, cut))]))
    reader.feed(frame(frameType.continuation, endHeaders, 1, block.subarray(cut)))
    expect(told, `cut at ${cut}`).toEqual([
      'headers 1 false 0',
      'x-first: one',
      'x-second: two',
      'headers end',
    ])
  }
})

test('frames that are not taken are skipped with their padding, wherever they are cut', () => {
  const skipped = Buffer.concat([
    preface,
    frame(frameType.headers, endHeaders | padded, 1, padding(5, block)),
    frame(frameType.data, padded, 1, padding(9, 'hello')),
    frame(frameType.ping, 0, 0, 'pingpong'),
  ])
  for (let cut = 1; cut < skipped.length; cut++) {
    const { user, told } = recorder(false)
    const reader = new FrameReader(user)
    reader.feed(Buffer.from(skipped.subarray(0, cut)))
    reader.feed(Buffer.from(skipped.subarray(cut)))
    expect(told).toEqual(['headers 1 false 0', 'data 1 15', 'ping pingpong'])
  }
})

test('a reader knows when it is in the middle of something', () => {
  const reader = new FrameReader(recorder().user)
  const states = [Buffer.alloc(0), preface, frame(frameType.headers, 0, 1, block.subarray(0, 5))].map(
    (piece) => {
      reader.feed(Buffer.from(piece))
      return [reader.incomplete, reader.inBlock]
    },
  )
  expect(states).toEqual([
    [false, false],
    [false, false],
    [true, true],
  ])
})

describe('what is wrong with a frame ends the connection', () => {
  const { protocolError, frameSizeError, compressionError, enhanceYourCalm } = errorCode
  const open = frame(frameType.headers, 0, 1, block.subarray(0, 3))
  test.each<[what: string, frames: Buffer[], code: number, message: string]>([
    [
      'DATA on stream 0',
      [frame(frameType.data, 0, 0, 'a')],
      protocolError,
      'client sent DATA frame with incorrect identifier',
    ],
    [
      'padded DATA of length 0',
      [frame(frameType.data, padded, 1)],
      frameSizeError,
      'client sent padded DATA frame with incorrect length: 0',
    ],
    [
      'DATA that is padding alone and more',
      [frame(frameType.data, padded, 1, Buffer.of(1))],
      protocolError,
      'client sent padded DATA frame with incorrect length: 1, padding: 1',
    ],
    [
      'HEADERS without a block',
      [frame(frameType.headers, endHeaders, 1)],
      frameSizeError,
      'client sent HEADERS frame with empty header block',
    ],
    [
      'HEADERS too short for its priority',
      [frame(frameType.headers, priority, 1, 'abcd')],
      frameSizeError,
      'client sent HEADERS frame with incorrect length 4',
    ],
    [
      'HEADERS with more padding than block',
      [frame(frameType.headers, padded, 1, Buffer.of(2, 0x82))],
      protocolError,
      'client sent padded HEADERS frame with incorrect length: 1, padding: 2',
    ],
    [
      'PRIORITY of 4 bytes',
      [frame(frameType.priority, 0, 1, 'abcd')],
      frameSizeError,
      'client sent PRIORITY frame with incorrect length 4',
    ],
    [
      'RST_STREAM of 5 bytes',
      [frame(frameType.rstStream, 0, 1, 'abcde')],
      frameSizeError,
      'client sent RST_STREAM frame with incorrect length 5',
    ],
    [
      'RST_STREAM on stream 0',
      [resetFrame(0, 0)],
      protocolError,
      'client sent RST_STREAM frame with incorrect identifier',
    ],
    [
      'SETTINGS on a stream',
      [frame(frameType.settings, 0, 1)],
      protocolError,
      'client sent SETTINGS frame with incorrect identifier',
    ],
    [
      'SETTINGS of 7 bytes',
      [frame(frameType.settings, 0, 0, 'abcdefg')],
      frameSizeError,
      'client sent SETTINGS frame with incorrect length 7',
    ],
    [
      'an acknowledgement with content',
      [frame(frameType.settings, ack, 0, 'abcdef')],
      frameSizeError,
      'client sent SETTINGS frame with the ACK flag and nonzero length',
    ],
    [
      'PUSH_PROMISE',
      [frame(frameType.pushPromise, 0, 1, 'abcd')],
      protocolError,
      'client sent PUSH_PROMISE frame',
    ],
    [
      'PING of 7 bytes',
      [frame(frameType.ping, 0, 0, 'abcdefg')],
      frameSizeError,
      'client sent PING frame with incorrect length 7',
    ],
    [
      'PING on a stream',
      [frame(frameType.ping, 0, 1, 'abcdefgh')],
      protocolError,
      'client sent PING frame with incorrect identifier',
    ],
    [
      'GOAWAY of 7 bytes',
      [frame(frameType.goaway, 0, 0, 'abcdefg')],
      frameSizeError,
      'client sent GOAWAY frame with incorrect length 7',
    ],
    [
      'GOAWAY on a stream',
      [frame(frameType.goaway, 0, 1, 'abcdefgh')],
      protocolError,
      'client sent GOAWAY frame with incorrect identifier',
    ],
    [
      'WINDOW_UPDATE of 3 bytes',
      [frame(frameType.windowUpdate, 0, 0, 'abc')],
      frameSizeError,
      'client sent WINDOW_UPDATE frame with incorrect length 3',
    ],
    [
      'WINDOW_UPDATE of 0',
      [windowUpdateFrame(1, 0)],
      protocolError,
      'client sent WINDOW_UPDATE frame with incorrect window increment 0',
    ],
    [
      'CONTINUATION of nothing',
      [frame(frameType.continuation, endHeaders, 1, block)],
      protocolError,
      'client sent unexpected CONTINUATION frame',
    ],
    [
      'another frame inside a block',
      [open, frame(frameType.ping, 0, 0, 'abcdefgh')],
      protocolError,
      'client sent inappropriate frame while CONTINUATION was expected',
    ],
    [
      'DATA inside a block',
      [open, frame(frameType.data, 0, 1, 'a')],
      protocolError,
      'client sent inappropriate frame while CONTINUATION was expected',
    ],
    [
      'DATA behind the whole fields of a block that goes on',
      [frame(frameType.headers, 0, 1, block), frame(frameType.data, 0, 1, 'a')],
      protocolError,
      'client sent inappropriate frame while CONTINUATION was expected',
    ],
    [
      'CONTINUATION of another stream behind whole fields',
      [frame(frameType.headers, 0, 1, block), frame(frameType.continuation, endHeaders, 3, block)],
      protocolError,
      'client sent CONTINUATION frame with incorrect identifier',
    ],
    [
      'CONTINUATION of another stream',
      [open, frame(frameType.continuation, endHeaders, 3, block)],
      protocolError,
      'client sent CONTINUATION frame with incorrect identifier',
    ],
    [
      'a block that ends inside a field',
      [frame(frameType.headers, endHeaders, 1, block.subarray(0, 3))],
      frameSizeError,
      'client sent header field with incorrect length',
    ],
    [
      'a block that ends inside a field in its second part',
      [open, frame(frameType.continuation, endHeaders, 1, block.subarray(3, 5))],
      frameSizeError,
      'client sent header field with incorrect length',
    ],
    [
      'an index that is not there',
      [frame(frameType.headers, endHeaders, 1, Buffer.of(0xbe))],
      compressionError,
      'client sent out of bound hpack table index: 0',
    ],
    [
      'a field larger than it may be',
      [frame(frameType.headers, 0, 1, Buffer.of(0, 1, 0x61, 101))],
      enhanceYourCalm,
      'client sent too large header field',
    ],
  ])('%s', (_, frames, code, message) => {
    const bytes = Buffer.concat([preface, ...frames])
    const read = (pieces: Buffer[]): unknown => {
      const reader = new FrameReader(recorder().user)
      try {
        for (const piece of pieces) reader.feed(Buffer.from(piece))
      } catch (error) {
        if (error instanceof Http2Error) return { code: error.code, message: error.message }
        throw error
      }
      return 'nothing was thrown'
    }
    expect(read([bytes])).toEqual({ code, message })
    expect(read([...bytes].map((byte) => Buffer.of(byte)))).toEqual({ code, message })
  })

  test.each(['GET / HTTP/1.1\r\nHost: a\r\n\r\n', 'PRI * HTTP/2.0\r\n\r\nXX\r\n\r\n'])(
    'a wrong preface: %j',
    (text) => {
      expect(() => new FrameReader(recorder().user).feed(Buffer.from(text))).toThrow(
        'invalid connection preface',
      )
    },
  )
})
