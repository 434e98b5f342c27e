import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  dataFrame,
  frame,
  headersFrame,
  http2Client,
  parametersOf,
  plainBlock,
  pseudo,
  resetFrame,
  settingsFrame,
  uint32,
  windowUpdateFrame,
} from '../testing/http2-client.ts'
import { http2Stage, type Http2Stage } from '../testing/http2-stage.ts'
import { errorCode } from '../wire/http2-error.ts'
import { frameFlag, frameType, setting } from '../wire/http2-frames.ts'

let stage: Http2Stage
beforeAll(async () => {
  stage = await http2Stage()
})
afterAll(() => stage.stop())

const { endHeaders } = frameFlag
const { protocolError, flowControlError, frameSizeError, refusedStream } = errorCode

test('a server begins with its settings and a wide window for the connection', async () => {
  const { frames } = await stage.client()
  expect(parametersOf(frames[0] as never)).toEqual({
    [setting.maxConcurrentStreams]: 10,
    [setting.initialWindowSize]: 1024,
    [setting.maxFrameSize]: 2 ** 24 - 1,
    [setting.enableConnectProtocol]: 1,
  })
  expect(frames[1]).toMatchObject({ type: frameType.windowUpdate, stream: 0 })
  expect(frames[1]?.payload.readUInt32BE(0)).toBe(2 ** 31 - 1 - 65_535)
})

test('what does not begin as HTTP/2 ends', async () => {
  const other = await http2Client(stage.started.port(80), {
    begin: Buffer.from('GET / HTTP/1.1\r\nHost: a\r\n\r\n'),
  })
  expect(await other.goaway()).toBe(protocolError)
  expect(stage.started.log.at(-1)).toMatch(
    /^info: invalid connection preface while processing HTTP\/2 connection, client: /,
  )
  other.destroy()
})

test('PING is answered with what it said', async () => {
  const c = await stage.client()
  c.send(frame(frameType.ping, 0, 0, 'any eight'.slice(0, 8)))
  await c.until(() => c.frames.some(({ type }) => type === frameType.ping))
  expect(c.frames.find(({ type }) => type === frameType.ping)).toMatchObject({
    flags: frameFlag.ack,
    payload: Buffer.from('any eigh'),
  })
})

const open = headersFrame(1, pseudo('POST', '/silent'), false)
// Its body passes through a window of client_body_buffer_size, 16 KiB.
const streamed = headersFrame(1, [...pseudo('POST', '/stream/silent'), ['content-length', '100000']], false)

describe('what a connection cannot live with', () => {
  test.each<[what: string, frames: Buffer[], code: number]>([
    ['HEADERS on an even stream', [headersFrame(2, pseudo('GET', '/'))], protocolError],
    ['HEADERS on stream 0', [headersFrame(0, pseudo('GET', '/'))], protocolError],
    ['HEADERS on a stream again', [open, headersFrame(1, pseudo('GET', '/'))], protocolError],
    ['HEADERS on an earlier stream', [headersFrame(3, pseudo('GET', '/local')), open], protocolError],
    [
      'a stream that depends on itself',
      [
        frame(
          frameType.headers,
          endHeaders | 0x20,
          1,
          Buffer.concat([uint32(1), Buffer.of(0), plainBlock(pseudo('GET', '/'))]),
        ),
      ],
      protocolError,
    ],
    ['PRIORITY on stream 0', [frame(frameType.priority, 0, 0, Buffer.alloc(5))], protocolError],
    [
      'PRIORITY of a stream on itself',
      [frame(frameType.priority, 0, 1, Buffer.of(0, 0, 0, 1, 0))],
      protocolError,
    ],
    ['INITIAL_WINDOW_SIZE over 2^31 - 1', [settingsFrame([[4, 2 ** 31]])], flowControlError],
    ['MAX_FRAME_SIZE below 16,384', [settingsFrame([[5, 16_383]])], protocolError],
    ['MAX_FRAME_SIZE over 2^24 - 1', [settingsFrame([[5, 2 ** 24]])], protocolError],
    ['ENABLE_PUSH of 2', [settingsFrame([[2, 2]])], protocolError],
    ['a window over 2^31 - 1', [windowUpdateFrame(0, 2 ** 31 - 1)], flowControlError],
    ['PING of 7 bytes', [frame(frameType.ping, 0, 0, 'seven b')], frameSizeError],
  ])('%s', async (_, frames, code) => {
    const c = await stage.client()
    c.send(...frames)
    expect(await c.goaway()).toBe(code)
    await stage.othersAreServed()
  })
})

describe('what a stream cannot live with, and its connection can', () => {
  test.each<[what: string, frames: Buffer[], code: number]>([
    ['a window over 2^31 - 1', [open, windowUpdateFrame(1, 2 ** 31 - 1)], flowControlError],
    ['more of a body than the window', [streamed, dataFrame(1, 'x'.repeat(40_000))], flowControlError],
    [
      'DATA behind its end',
      [headersFrame(1, pseudo('GET', '/silent')), dataFrame(1, 'x')],
      errorCode.streamClosed,
    ],
    ['a field name with a capital', [headersFrame(1, [...pseudo('GET', '/'), ['X-A', '1']])], protocolError],
    ['a line feed in a value', [headersFrame(1, [...pseudo('GET', '/'), ['x-a', '1\nb: 2']])], protocolError],
    ['a CR in a pseudo-field', [headersFrame(1, pseudo('GET', '/\r'))], protocolError],
    ['a NUL in a name of a server', [headersFrame(1, pseudo('GET', '/', 'a\0'))], protocolError],
  ])('%s', async (_, frames, code) => {
    const c = await stage.client()
    c.send(...frames)
    expect((await c.answer(1)).reset).toBe(code)
    c.send(headersFrame(3, pseudo('GET', '/local')))
    expect((await c.answer(3)).body).toBe('local')
  })
})

test('frames of streams that are over, or were never there, are not taken amiss', async () => {
  const c = await stage.client()
  expect((await c.answer(c.get('/local'))).status).toBe(200)
  c.send(windowUpdateFrame(1, 10), resetFrame(1, 8), dataFrame(99, ''), frame(0x77, 0, 5, 'unknown'))
  expect((await c.answer(c.get('/local'))).status).toBe(200)
})

test('streams beyond http2_max_concurrent_streams are refused, and those within go on', async () => {
  const c = await stage.client()
  const streams = Array.from({ length: 12 }, () => c.get('/silent'))
  expect((await c.answer(streams[10] ?? 0)).reset).toBe(refusedStream)
  expect((await c.answer(streams[11] ?? 0)).reset).toBe(refusedStream)
  c.send(resetFrame(1, errorCode.cancel))
  expect((await c.answer(c.get('/local'))).status).toBe(200)
})
