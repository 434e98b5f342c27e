import { describe, expect, test } from 'vitest'
import { errorCode, Http2Error } from './http2-error.ts'
import { frameFlag, frameType } from './http2-frames.ts'
import type { FrameUser } from './http2-reader.ts'
import { beginSettings, readSettings, readSmallFrame } from './http2-small-frames.ts'

/** What a user is told of small frames; other frames do not come here. */
function recorder(): { user: FrameUser; told: string[] } {
  const told: string[] = []
  const user: Partial<FrameUser> = {
    priority: (stream, dependency) => void told.push(`priority ${stream} ${dependency}`),
    reset: (stream, code) => void told.push(`reset ${stream} ${code}`),
    setting: (id, value) => void told.push(`setting ${id} ${value}`),
    settingsAcknowledged: () => void told.push('acknowledged'),
    ping: (buffer, start) => void told.push(`ping ${buffer.toString('latin1', start, start + 8)}`),
    windowUpdate: (stream, increment) => void told.push(`window ${stream} ${increment}`),
  }
  return { user: user as FrameUser, told }
}

interface Outcome {
  readonly next: number
  readonly told: readonly string[]
}

interface Refusal {
  readonly code: number
  readonly message: string
}

/** A frame's payload read at offset 3; `length` is what its head said. */
function read(
  type: number,
  stream: number,
  payload: string,
  { length = payload.length, flags = 0 } = {},
): Outcome | Refusal {
  const { user, told } = recorder()
  const buffer = Buffer.from(`###${payload}`, 'latin1')
  return outcomeOf(() => ({ next: readSmallFrame(user, type, flags, stream, length, buffer, 3), told }))
}

function outcomeOf<T>(run: () => T): T | Refusal {
  try {
    return run()
  } catch (error) {
    if (error instanceof Http2Error) return { code: error.code, message: error.message }
    throw error
  }
}

const { priority, rstStream, ping, goaway, windowUpdate } = frameType
const { frameSizeError, protocolError } = errorCode

describe('a frame that is right', () => {
  test.each<[what: string, type: number, stream: number, payload: string, size: number, told: string]>([
    ['PRIORITY', priority, 5, '\x80\0\0\x03\x10', 5, 'priority 5 3'],
    ['PRIORITY of stream 0', priority, 0, '\0\0\0\x03\x10', 5, 'priority 0 3'],
    ['RST_STREAM', rstStream, 5, '\xff\0\0\x08', 4, `reset 5 ${0xff000008}`],
    ['PING', ping, 0, 'pingpong', 8, 'ping pingpong'],
    ['WINDOW_UPDATE', windowUpdate, 0, '\xff\xff\xff\xff', 4, `window 0 ${2 ** 31 - 1}`],
    ['WINDOW_UPDATE of 1', windowUpdate, 5, '\0\0\0\x01', 4, 'window 5 1'],
  ])('%s is told', (_, type, stream, payload, size, told) => {
    expect(read(type, stream, payload)).toEqual({ next: 3 + size, told: [told] })
    // Nothing is told before all of its numbers are there.
    for (let length = 0; length < size; length++)
      expect(read(type, stream, payload.slice(0, length), { length: size })).toEqual({ next: -1, told: [] })
  })

  test('the answer to a PING of ours is passed over', () => {
    expect(read(ping, 0, 'pingpong', { flags: frameFlag.ack })).toEqual({ next: 11, told: [] })
  })

  test('what GOAWAY says is left where it is', () => {
    expect(read(goaway, 0, '\0\0\0\x05\0\0\0\0bye')).toEqual({ next: 3, told: [] })
    expect(read(goaway, 0, '\0\0\0\x05\0\0\0', { length: 11 })).toEqual({ next: -1, told: [] })
  })
})

describe('a frame that is wrong ends the connection', () => {
  const size = (name: string, length: number): Refusal => ({
    code: frameSizeError,
    message: `client sent ${name} frame with incorrect length ${length}`,
  })
  const identifier = (name: string): Refusal => ({
    code: protocolError,
    message: `client sent ${name} frame with incorrect identifier`,
  })
  test.each<[type: number, stream: number, payload: string, refusal: Refusal]>([
    [priority, 1, '1234', size('PRIORITY', 4)],
    [priority, 1, '123456', size('PRIORITY', 6)],
    [rstStream, 1, '123', size('RST_STREAM', 3)],
    [rstStream, 1, '12345', size('RST_STREAM', 5)],
    [rstStream, 0, '1234', identifier('RST_STREAM')],
    [ping, 0, '1234567', size('PING', 7)],
    [ping, 0, '123456789', size('PING', 9)],
    [ping, 1, '12345678', identifier('PING')],
    [goaway, 0, '1234567', size('GOAWAY', 7)],
    [goaway, 1, '12345678', identifier('GOAWAY')],
    [windowUpdate, 0, '123', size('WINDOW_UPDATE', 3)],
    [windowUpdate, 0, '12345', size('WINDOW_UPDATE', 5)],
  ])('type %i on stream %i: %j', (type, stream, payload, refusal) => {
    expect(read(type, stream, payload)).toEqual(refusal)
  })

  test.each(['\0\0\0\0', '\x80\0\0\0'])('a window that grows by nothing: %j', (increment) => {
    expect(read(windowUpdate, 1, increment)).toEqual({
      code: protocolError,
      message: 'client sent WINDOW_UPDATE frame with incorrect window increment 0',
    })
  })
})

describe('SETTINGS', () => {
  const begin = (flags: number, stream: number, length: number): unknown => {
    const { user, told } = recorder()
    return outcomeOf(() => ({ goesOn: beginSettings(user, flags, stream, length), told }))
  }

  test('go on with their parameters, an acknowledgement is over', () => {
    expect(begin(0, 0, 12)).toEqual({ goesOn: true, told: [] })
    expect(begin(0, 0, 0)).toEqual({ goesOn: true, told: [] })
    expect(begin(frameFlag.ack, 0, 0)).toEqual({ goesOn: false, told: ['acknowledged'] })
    // nginx looks for this flag alone (ngx_http_v2_state_settings).
    expect(begin(frameFlag.ack | 0x80, 0, 6)).toEqual({ goesOn: true, told: [] })
  })

  test.each<[what: string, flags: number, stream: number, length: number, code: number, message: string]>([
    ['on a stream', 0, 1, 6, protocolError, 'with incorrect identifier'],
    ['of half a parameter', 0, 0, 9, frameSizeError, 'with incorrect length 9'],
    ['acknowledged with content', 1, 0, 6, frameSizeError, 'with the ACK flag and nonzero length'],
  ])('%s end the connection', (_, flags, stream, length, code, message) => {
    expect(begin(flags, stream, length)).toEqual({ code, message: `client sent SETTINGS frame ${message}` })
  })

  test('are told one by one, as far as they are there and belong to the frame', () => {
    const bytes = Buffer.from('###\0\x01\0\0\x10\0\x01\x02\xff\xff\xff\xff\0\x04\0\0\0\x01', 'latin1')
    const settings = (left: number, end: number): unknown => {
      const { user, told } = recorder()
      return { next: readSettings(user, left, bytes.subarray(0, end), 3), told }
    }
    const told = ['setting 1 4096', `setting 258 ${2 ** 32 - 1}`, 'setting 4 1']
    expect(settings(18, 21)).toEqual({ next: 21, told })
    expect(settings(18, 20)).toEqual({ next: 15, told: told.slice(0, 2) })
    expect(settings(12, 21)).toEqual({ next: 15, told: told.slice(0, 2) })
    expect(settings(18, 8)).toEqual({ next: 3, told: [] })
  })
})
