import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { frame, settingsFrame, windowUpdateFrame } from '../testing/http2-client.ts'
import { http2Stage, largeSize, type Http2Stage } from '../testing/http2-stage.ts'
import { passTime } from '../testing/pass-time.ts'
import { errorCode } from '../wire/http2-error.ts'
import { frameType, setting } from '../wire/http2-frames.ts'
import type { Exchange } from '../request/exchange.ts'
import { fakeClock } from '../testing/fake-clock.ts'
import { Sending } from './http2-sending.ts'
import type { Http2Stream } from './http2-stream.ts'

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

// The same close up: a stream that only writes down what is done to it, and a connection whose socket may be full.
describe('what is sent', () => {
  function close({ window = 100, connectionWindow = 1000, frameSize = 16_384, chunk = 8192 } = {}) {
    const told: string[] = []
    const clock = fakeClock()
    const output = {
      blocked: false,
      data: (_id: number, buffer: Buffer, start: number, end: number) => {
        told.push(buffer.toString('latin1', start, end))
        return 9
      },
      end: () => told.push('end'),
    }
    const connection = {
      output,
      sendWindow: connectionWindow,
      payload: 0,
      clientSettings: { frameSize },
      waits: () => void told.push('waits'),
    }
    const x = {
      settings: { fields: { http2ChunkSize: chunk }, sendTimeout: 40 },
      cycle: { clock },
      startedAt: clock.now(),
      bytesSent: 0,
    } as unknown as Exchange
    const stream = {
      id: 1,
      connection,
      x: x as Exchange | undefined,
      outClosed: false,
      wait: (what: string, ms: number) => void told.push(`${what} ${ms}`),
      clearWait: () => void told.push('wait no more'),
      sent: () => void told.push('sent'),
    }
    const sending = new Sending(stream as unknown as Http2Stream, window)
    const write = (text: string, stays = false): boolean => {
      const bytes = Buffer.from(text)
      const flowing = sending.write(x, bytes, 0, bytes.length, stays)
      // Whoever keeps a piece that does not stay has made it his own.
      if (!stays) bytes.fill('#')
      return flowing
    }
    return { sending, stream, connection, output, x, told, write, clock }
  }

  test('goes at once where the windows are open, and counts for both', () => {
    const { sending, connection, x, told, write } = close()
    expect([write('hello'), told, sending.pending]).toEqual([true, ['hello'], 0])
    expect([sending.window, connection.sendWindow, connection.payload, x.bytesSent]).toEqual([95, 995, 5, 14])
  })

  test.each([
    ['of the stream', { window: 3 }],
    ['of the connection', { connectionWindow: 3 }],
  ])('goes as far as the window %s, and the rest when it opens', (_, windows) => {
    const { sending, connection, told, write } = close(windows)
    expect([write('hello'), write(' world', true), sending.pending]).toEqual([false, false, 8])
    expect(told.splice(0)).toEqual(['hel', 'waits', 'send 40'])
    sending.window += 4
    connection.sendWindow += 4
    expect(sending.goOn()).toBe(true)
    expect(told.splice(0)).toEqual(['lo', ' w', 'send 40'])
    sending.window = connection.sendWindow = 0
    expect([sending.goOn(), told]).toEqual([true, []])
    sending.window = connection.sendWindow = 100
    expect([sending.goOn(), told, sending.pending]).toEqual([false, ['orld', 'wait no more', 'sent'], 0])
  })

  test('goes in frames no larger than the client and http2_chunk_size allow', () => {
    const { told, write } = close({ frameSize: 4, chunk: 3 })
    write('abcdefgh')
    const other = close({ frameSize: 4, chunk: 9 })
    other.write('abcdefgh')
    expect([told, other.told]).toEqual([
      ['abc', 'def', 'gh'],
      ['abcd', 'efgh'],
    ])
  })

  test('waits for a socket that is full, before the next piece', () => {
    const { sending, output, told, write } = close()
    output.blocked = true
    expect([write('one'), write('two')]).toEqual([false, false])
    expect(told.splice(0)).toEqual(['one', 'waits', 'send 40'])
    expect([sending.goOn(), told]).toEqual([true, []])
    output.blocked = false
    output.data = () => {
      output.blocked = true
      return 9
    }
    expect([sending.goOn(), sending.pending, told]).toEqual([true, 0, []])
    output.blocked = false
    expect([sending.goOn(), told]).toEqual([false, ['wait no more', 'sent']])
  })

  test('is nothing more once the stream is over', () => {
    const { sending, stream, told, write } = close({ window: 1 })
    write('ab')
    told.length = 0
    stream.outClosed = true
    expect(sending.goOn()).toBe(false)
    stream.outClosed = false
    stream.x = undefined
    expect(sending.goOn()).toBe(false)
    sending.drop()
    expect([sending.pending, sending.waiting, told]).toEqual([0, false, []])
    expect(sending.end()).toBe(1)
  })

  test('goes at the speed of limit_rate, and through the windows', () => {
    const { sending, x, told, write, clock } = close({ window: 5 })
    sending.limit(x, { rate: 4, after: 0 })
    expect([write('abcdef'), write('gh', true), told, sending.pending]).toEqual([false, false, ['abcd'], 4])
    clock.advance(1000)
    // The window is shut in the middle of the second's share.
    expect(told.splice(0)).toEqual(['abcd', 'e', 'waits', 'send 40'])
    sending.window = 100
    expect(sending.goOn()).toBe(false)
    expect(told.splice(0)).toEqual(['f', 'wait no more'])
    clock.advance(1000)
    expect([told, sending.pending]).toEqual([['gh', 'sent'], 0])
    sending.drop()
  })
})
