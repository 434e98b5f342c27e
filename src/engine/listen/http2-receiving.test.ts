import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { dataFrame, pseudo } from '../testing/http2-client.ts'
import { http2Stage, type Http2Stage } from '../testing/http2-stage.ts'
import { passTime } from '../testing/pass-time.ts'
import type { Exchange } from '../request/exchange.ts'
import { errorCode } from '../wire/http2-error.ts'
import { frameType } from '../wire/http2-frames.ts'
import { Receiving } from './http2-receiving.ts'
import type { Http2Stream } from './http2-stream.ts'

let stage: Http2Stage
beforeAll(async () => {
  stage = await http2Stage()
})
afterAll(() => stage.stop())

const { noError, protocolError } = errorCode

describe('bodies', () => {
  test.each([
    ['gathered', '/up', true],
    ['gathered', '/up', false],
    ['streamed', '/stream', true],
    ['streamed', '/stream', false],
  ])(
    'one that is %s (%s) and larger than it said is refused, whether it ends (%s) or not',
    async (_, path, ends) => {
      const c = await stage.client()
      const stream = c.request([...pseudo('POST', path), ['content-length', '4']], false)
      c.send(dataFrame(stream, 'hello', ends))
      expect((await c.answer(stream)).status).toBe(400)
    },
  )

  test('one that is streamed and ends too early is refused', async () => {
    const c = await stage.client()
    const asked = stage.origin.request(stage.origin.requests.length + 1)
    const stream = c.request([...pseudo('POST', '/stream/silent'), ['content-length', '6']], false)
    c.send(dataFrame(stream, 'hello'))
    await asked
    c.send(dataFrame(stream, '', true))
    expect((await c.answer(stream)).status).toBe(400)
  })

  test('the frame that ends it too early does not reach the upstream', async () => {
    const c = await stage.client()
    const number = stage.origin.requests.length + 1
    const stream = c.request([...pseudo('POST', '/stream/silent'), ['content-length', '10']], false)
    c.send(dataFrame(stream, '0123'))
    expect(await stage.origin.body(number, 4)).toBe('0123')
    const upstream = await stage.origin.request(number)
    const ended = new Promise((resolve) => upstream.socket.on('close', resolve))
    c.send(dataFrame(stream, '56789', true))
    expect((await c.answer(stream)).status).toBe(400)
    await ended
    expect(upstream.body).toBe('0123')
  })

  test('one that stops coming is refused after client_body_timeout', async () => {
    const c = await stage.client()
    const stream = c.request([...pseudo('POST', '/up'), ['content-length', '6']], false)
    c.send(dataFrame(stream, 'hello'))
    await c.until(() =>
      c.frames.some((each) => each.stream === stream && each.type === frameType.windowUpdate),
    )
    const over = c.answer(stream)
    expect(await passTime(stage.clock, over)).toBeGreaterThanOrEqual(30_000)
    expect((await over).reset).toBe(protocolError)
  })

  test('an answer that does not wait for the body resets the rest of it without an error', async () => {
    const c = await stage.client()
    const stream = c.request([...pseudo('POST', '/local'), ['content-length', '6']], false)
    expect(await c.answer(stream)).toMatchObject({ status: 200, body: 'local' })
    await c.until(() => c.seen(stream).reset !== undefined)
    expect(c.seen(stream).reset).toBe(noError)
    c.send(dataFrame(stream, 'late'))
    expect((await c.answer(c.get('/local'))).status).toBe(200)
  })

  test('a body may come as fast as it is gathered, beyond http2_body_preread_size', async () => {
    const c = await stage.client()
    const number = stage.origin.requests.length + 1
    const stream = c.request([...pseudo('POST', '/up'), ['content-length', '5000']], false)
    c.send(dataFrame(stream, 'a'.repeat(1000)))
    await c.until(() =>
      c.frames.some((each) => each.stream === stream && each.type === frameType.windowUpdate),
    )
    c.send(dataFrame(stream, 'b'.repeat(4000), true))
    expect((await stage.origin.body(number, 5000)).length).toBe(5000)
    expect((await c.answer(stream)).body).toBe('ok')
  })
})

// The same close up: a stream that only writes down what is done to it, and a body that takes so many pieces.
describe('what is received', () => {
  interface Close {
    readonly receiving: Receiving
    readonly stream: { inClosed: boolean; webSocket: boolean; tunnel: unknown; x: Exchange | undefined }
    readonly told: string[]
    /** Whether somebody reads, how many more pieces they take, and whether they are done with. */
    readonly reader: { wanted: boolean; room: number; discarded: boolean; streaming: boolean; whole: boolean }
    send(text: string, last?: boolean): boolean
    end(): void
  }

  function close({ length = -1, window = 100, preread = 100, buffer = 1000 } = {}): Close {
    const told: string[] = []
    const reader = { wanted: false, room: Infinity, discarded: false, streaming: true, whole: false }
    const body = {
      length,
      received: 0,
      get wanted() {
        return reader.wanted
      },
      get streaming() {
        return reader.streaming
      },
      get discarded() {
        return reader.discarded
      },
      get whole() {
        return reader.whole
      },
      push: (bytes: Buffer, start: number, end: number) => {
        told.push(bytes.toString('latin1', start, end))
        return --reader.room > 0
      },
      flush: () => void told.push('flush'),
      finish: () => {
        reader.whole = true
        told.push('finish')
      },
      fail: (status: number) => void told.push(`fail ${status}`),
    }
    const x = {
      body,
      finished: false,
      settings: { clientBodyTimeout: 30, clientBodyBufferSize: buffer },
      cycle: {
        log: (_logs: unknown, _severity: string, message: string) => void told.push(message.slice(0, 40)),
      },
      head: { fields: { names: [] } },
      address: {},
      server: {},
      attempts: [],
    } as unknown as Exchange
    const stream = {
      id: 1,
      x: x as Exchange | undefined,
      inClosed: false,
      webSocket: false,
      tunnel: undefined as unknown,
      connection: {
        server: { http2: { prereadSize: preread } },
        output: { windowUpdate: (_id: number, increment: number) => void told.push(`window +${increment}`) },
        log: (_severity: string, message: string) => void told.push(message.slice(0, 40)),
      },
      terminate: (code: number) => void told.push(`terminate ${code}`),
      wait: (what: string, ms: number) => void told.push(`wait ${what} ${ms}`),
      clearWait: () => void told.push('wait no more'),
    }
    const receiving = new Receiving(stream as unknown as Http2Stream, window)
    return {
      receiving,
      stream,
      told,
      reader,
      send: (text, last = false) => {
        const accepted = receiving.accepts(text.length, last ? text.length : -1)
        if (accepted) receiving.data(Buffer.from(text), 0, text.length)
        return accepted
      },
      end: () => {
        stream.inClosed = true
        receiving.end()
      },
    }
  }

  const { streamClosed, flowControlError } = errorCode

  test('is held until somebody asks, then handed in in order, and its end behind it', () => {
    const { receiving, told, reader, send, end } = close({ length: 6 })
    for (const piece of ['ab', 'cd', 'ef']) send(piece)
    end()
    expect(told).toEqual([])
    reader.wanted = true
    receiving.resumeBody()
    expect(told).toEqual(['ab', 'cd', 'ef', 'flush', 'wait no more', 'finish'])
    receiving.readNow()
    receiving.resumeBody()
    expect(told).toHaveLength(6)
  })

  test('waits while its reader is full, and so do its end and its window', () => {
    const { receiving, told, reader, send, end } = close({ length: 6 })
    reader.wanted = true
    reader.room = 1
    receiving.resumeBody()
    // What came ahead may be as much as its window: none is needed.
    expect(told.splice(0)).toEqual(['wait body 30'])
    for (const piece of ['ab', 'cd', 'ef']) send(piece)
    end()
    expect(told.splice(0)).toEqual(['ab'])
    reader.room = 1
    receiving.resumeBody()
    expect(told.splice(0)).toEqual(['cd', 'flush'])
    reader.room = 2
    receiving.resumeBody()
    expect(told).toEqual(['ef', 'flush', 'wait no more', 'finish'])
  })

  test('is not handed in from within its own handing in', () => {
    const { receiving, stream, told, reader, send } = close()
    reader.wanted = true
    receiving.resumeBody()
    told.length = 0
    const { body } = stream.x as Exchange
    body.push = () => {
      receiving.resumeBody()
      receiving.readNow()
      told.push('pushed')
      return true
    }
    send('ab')
    expect(told).toEqual(['wait body 30', 'window +2', 'pushed'])
  })

  test('is dropped where the rest is not wanted, and nothing of it is accepted', () => {
    const { receiving, told, reader, send, end } = close()
    send('ab')
    reader.discarded = true
    receiving.resumeBody()
    expect([send('cd'), told]).toEqual([false, []])
    end()
    expect(told).toEqual([])
  })

  test('goes nowhere when its exchange is over, or has not begun', () => {
    const { receiving, stream, told, send, end } = close()
    ;(stream.x as Exchange).finished = true
    receiving.resumeBody()
    stream.x = undefined
    expect(send('ab', true)).toBe(true)
    receiving.readNow()
    end()
    expect(told).toEqual([])
  })

  test('may be no more than the window, nor come behind the end', () => {
    const { stream, told, send } = close({ window: 3 })
    expect(send('abcd')).toBe(false)
    expect(told.splice(0)).toEqual([
      'client violated flow control for stream ',
      `terminate ${flowControlError}`,
    ])
    stream.inClosed = true
    expect(send('abc')).toBe(false)
    expect(told).toEqual(['client sent DATA frame for half-closed s', `terminate ${streamClosed}`])
  })

  test('is waited for after each read, unless it is whole, paused or ended', () => {
    const { receiving, stream, told, reader, send } = close()
    const x = stream.x as Exchange
    receiving.endOfRead(x)
    expect(told.splice(0)).toEqual(['flush'])
    reader.wanted = true
    receiving.resumeBody()
    told.length = 0
    receiving.endOfRead(x)
    expect(told.splice(0)).toEqual(['flush', 'wait body 30'])
    stream.inClosed = true
    receiving.endOfRead(x)
    expect(told.splice(0)).toEqual(['flush'])
    stream.inClosed = false
    reader.room = 1
    send('ab')
    told.length = 0
    receiving.endOfRead(x)
    expect(told.splice(0)).toEqual(['flush'])
    reader.whole = true
    receiving.endOfRead(x)
    expect(told).toEqual([])
  })

  test('has a window as wide as any where it is gathered, opened again when three quarters are used', () => {
    const { receiving, told, reader } = close({ window: 0, preread: 0 })
    reader.streaming = false
    reader.wanted = true
    receiving.resumeBody()
    expect(told[0]).toBe(`window +${2 ** 31 - 1}`)
    const most = 2 ** 24 - 1
    for (let n = 0; n < 100; n++) receiving.accepts(most, -1)
    // Below a quarter of 2^31: after 97 frames of the largest size.
    expect(told.filter((text) => text.startsWith('window')).slice(1)).toEqual([`window +${97 * most}`])
  })

  test('has a window of the buffer where it is larger or its length is not told', () => {
    const first = (options: Parameters<typeof close>[0]): string | undefined => {
      const { receiving, told, reader } = close({ window: 0, preread: 0, ...options })
      reader.wanted = true
      receiving.resumeBody()
      return told[0]
    }
    expect([first({}), first({ length: 5000 }), first({ length: 10 })]).toEqual([
      'window +1000',
      'window +1000',
      'window +11',
    ])
  })

  test('gets no window when it has ended before anybody asked', () => {
    const { receiving, told, reader, end } = close({ length: 0, window: 0 })
    end()
    reader.wanted = true
    receiving.resumeBody()
    expect(told).toEqual(['wait no more', 'finish'])
  })

  test('is nothing more when it was whole already', () => {
    const { receiving, told, reader, end } = close()
    reader.wanted = true
    reader.whole = true
    end()
    expect(told).toEqual(['wait no more'])
    receiving.sendContinue()
    expect(told).toHaveLength(1)
  })

  test('is a tunnel’s from an upgrade on, with what came early and a window of its own', () => {
    const { receiving, stream, told, send } = close({ window: 10 })
    send('early')
    expect(receiving.becomeTunnel().toString()).toBe('early')
    expect(told.splice(0)).toEqual(['window +65530'])
    stream.tunnel = { feed: (piece: Buffer) => void told.push(`fed ${piece.toString()}`) }
    send('more')
    receiving.taken(32_766)
    expect(told).toEqual(['fed more'])
    receiving.taken(2)
    expect(told).toEqual(['fed more', 'window +32768'])
    stream.inClosed = true
    receiving.taken(60_000)
    expect(told).toHaveLength(2)
  })

  test('by a tunnel needs no window where the client has ended already', () => {
    const { receiving, stream, told } = close({ window: 10 })
    stream.inClosed = true
    expect(receiving.becomeTunnel().toString()).toBe('')
    expect(told).toEqual([])
  })
})
