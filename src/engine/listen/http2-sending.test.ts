import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { frame, settingsFrame, windowUpdateFrame } from '../testing/http2-client.ts'
import { http2Stage, largeSize, type Http2Stage } from '../testing/http2-stage.ts'
import { passTime } from '../testing/pass-time.ts'
import { errorCode } from '../wire/http2-error.ts'
import { frameType, setting } from '../wire/http2-frames.ts'

let stage: Http2Stage
beforeAll(async () => {
  stage = await http2Stage()
})
afterAll(() => stage.stop())

const { protocolError } = errorCode

describe('windows', () => {
  test('a body goes as far as the windows of stream and connection, and on when they open', async () => {
    const c = await stage.client()
    const stream = c.get('/large')
    const length = (): number => c.seen(stream).body.length
    await c.until(() => length() === 65_535)
    c.send(windowUpdateFrame(stream, 1000))
    // Only the connection's is shut now.
    c.send(frame(frameType.ping, 0, 0, 'pingping'))
    await c.until(() => c.frames.some(({ type }) => type === frameType.ping))
    expect(length()).toBe(65_535)
    c.send(windowUpdateFrame(0, 500))
    await c.until(() => length() === 66_035)
    c.send(windowUpdateFrame(0, largeSize), windowUpdateFrame(stream, largeSize))
    expect((await c.answer(stream)).body.length).toBe(largeSize)
  })

  test('INITIAL_WINDOW_SIZE moves the windows of streams that run, below zero too', async () => {
    const c = await stage.client()
    c.send(settingsFrame([[4, 1000]]))
    const stream = c.get('/large')
    const length = (): number => c.seen(stream).body.length
    await c.until(() => length() === 1000)
    c.send(settingsFrame([[4, 100]]), windowUpdateFrame(stream, 800), frame(frameType.ping, 0, 0, 'pingping'))
    await c.until(() => c.frames.some(({ type }) => type === frameType.ping))
    expect(length()).toBe(1000)
    c.send(settingsFrame([[4, 300]]))
    await c.until(() => length() === 1100)
    c.send(settingsFrame([[4, largeSize]]), windowUpdateFrame(0, largeSize))
    expect((await c.answer(stream)).body.length).toBe(largeSize)
  })

  test('a client that opens no window is cut off after send_timeout, and its upstream with it', async () => {
    const c = await stage.client(80, { settings: [[setting.initialWindowSize, 0]] })
    const rows = stage.started.exchanges.length
    const stream = c.get('/large')
    await c.until(() => c.seen(stream).status === 200)
    const over = c.answer(stream)
    expect(await passTime(stage.clock, over)).toBeGreaterThanOrEqual(40_000)
    expect((await over).reset).toBe(protocolError)
    await stage.started.until(() => stage.started.exchanges.length > rows)
    expect(stage.started.exchanges[rows]?.bytesSent).toBeLessThan(1000)
    expect(stage.started.log).toContainEqual(
      expect.stringMatching(/^info: client timed out .* while sending response to client/),
    )
  })

  test('streams whose windows are shut hold little in memory, and their upstreams wait', async () => {
    const c = await stage.client(80, { settings: [[setting.initialWindowSize, 0]] })
    const before = stage.origin.requests.length
    const streams = Array.from({ length: 10 }, () => c.get('/huge'))
    await c.until(() => streams.every((stream) => c.seen(stream).status === 200))
    await stage.othersAreServed()
    // Of 50 MB the kernel takes some for each connection, and we a read or two.
    const sockets = stage.origin.requests.slice(before, before + 10).map(({ socket }) => socket)
    const passed = sockets.map((socket) => socket.bytesWritten - socket.writableLength)
    expect(Math.max(...passed)).toBeLessThan(20_000_000)
    c.destroy()
  })
})

test('http2_chunk_size is the most that one DATA frame holds', async () => {
  const c = await stage.client(83)
  const stream = c.get(`/${'a'.repeat(1299)}`)
  expect((await c.answer(stream)).body.length).toBe(2600)
  const sizes = c.frames.filter(({ type }) => type === frameType.data).map(({ payload }) => payload.length)
  expect(sizes).toEqual([1024, 1024, 552])
})

test('limit_rate holds for each stream by itself', async () => {
  const c = await stage.client()
  c.send(settingsFrame([[setting.initialWindowSize, 2 ** 30]]), windowUpdateFrame(0, 2 ** 30))
  const paced = c.get('/paced/large')
  const other = c.get('/large')
  expect((await c.answer(other)).body.length).toBe(largeSize)
  expect(c.seen(paced).body.length).toBeLessThanOrEqual(51_200)
  const answered = c.answer(paced)
  // 200,000 bytes at 51,200 a second, the first second's at once.
  expect(await passTime(stage.clock, answered, 100)).toBeGreaterThanOrEqual(2000)
  expect((await answered).body).toBe('x'.repeat(largeSize))
})
