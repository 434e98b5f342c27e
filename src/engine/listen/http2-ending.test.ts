import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { frame, http2Client, plainBlock, pseudo } from '../testing/http2-client.ts'
import { http2Stage, type Http2Stage } from '../testing/http2-stage.ts'
import { passTime } from '../testing/pass-time.ts'
import { startWith } from '../testing/start-with.ts'
import { errorCode } from '../wire/http2-error.ts'
import { frameFlag, frameType } from '../wire/http2-frames.ts'
import { fakeClock } from '../testing/fake-clock.ts'
import type { Http2Connection } from './http2-connection.ts'
import { Ending } from './http2-ending.ts'

let stage: Http2Stage
beforeAll(async () => {
  stage = await http2Stage()
})
afterAll(() => stage.stop())

const { endStream } = frameFlag
const { noError, protocolError, frameSizeError } = errorCode

describe('the end of a connection', () => {
  test('without a request, after client_header_timeout', async () => {
    const c = await stage.client()
    expect(await passTime(stage.clock, c.goaway())).toBeGreaterThanOrEqual(20_000)
    expect(await c.goaway()).toBe(protocolError)
  })

  test('a head that stops coming resets its stream after client_header_timeout', async () => {
    const c = await stage.client()
    c.send(frame(frameType.headers, endStream, 1, plainBlock(pseudo('GET', '/'))))
    const over = c.answer(1)
    expect(await passTime(stage.clock, over)).toBeGreaterThanOrEqual(20_000)
    expect((await over).reset).toBe(protocolError)
  })

  test('idle, after keepalive_timeout', async () => {
    const c = await stage.client()
    await c.answer(c.get('/local'))
    expect(await passTime(stage.clock, c.goaway())).toBeGreaterThanOrEqual(50_000)
    expect(await c.goaway()).toBe(noError)
  })

  test('keepalive_timeout 0 answers one request', async () => {
    const c = await stage.client(81)
    expect((await c.answer(c.get('/local'))).status).toBe(200)
    expect(await c.goaway()).toBe(noError)
    await passTime(stage.clock, c.closed)
  })

  test('the last of keepalive_requests is answered behind GOAWAY', async () => {
    const c = await stage.client(82)
    await c.answer(c.get('/local'))
    const last = c.get('/local')
    expect((await c.answer(last)).status).toBe(200)
    const goaway = c.frames.find(({ type }) => type === frameType.goaway)
    expect([goaway?.payload.readUInt32BE(0), goaway?.payload.readUInt32BE(4)]).toEqual([last, noError])
  })

  test('an apply ends idle connections and lets the others finish what runs', async () => {
    const idle = await stage.client()
    await idle.answer(idle.get('/local'))
    const busy = await stage.client()
    const number = stage.origin.requests.length + 1
    const stream = busy.get('/silent')
    const upstream = await stage.origin.request(number)
    expect(await stage.started.apply(stage.text)).toEqual([])
    expect(await idle.goaway()).toBe(noError)
    expect(await busy.goaway()).toBe(noError)
    // What comes behind GOAWAY is not begun.
    busy.get('/local')
    upstream.socket.write('HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nlate')
    expect((await busy.answer(stream)).body).toBe('late')
    await passTime(stage.clock, busy.closed)
    await stage.othersAreServed()
  })

  test('a client that goes on talking behind the end is heard for lingering_time at most', async () => {
    const c = await stage.client()
    c.socket.allowHalfOpen = true
    c.send(frame(frameType.ping, 0, 0, 'too short'.slice(0, 7)))
    expect(await c.goaway()).toBe(frameSizeError)
    const talking = async (): Promise<void> => {
      while (!c.socket.destroyed) {
        c.socket.write('more')
        await new Promise((resolve) => setImmediate(resolve))
      }
    }
    c.socket.on('error', () => undefined) // reset when it is no longer listened to
    const passed = await passTime(stage.clock, Promise.race([c.closed, talking()]))
    expect(passed).toBeGreaterThanOrEqual(12_000)
    expect(passed).toBeLessThan(20_000)
  })

  test('a graceful stop waits for what runs', async () => {
    const other = await startWith(
      `server { listen 80 http2; location / { proxy_pass http://127.0.0.1:${stage.origin.port}; } }`,
    )
    const c = await http2Client(other.port(80))
    const number = stage.origin.requests.length + 1
    const stream = c.get('/silent')
    const upstream = await stage.origin.request(number)
    const stopped = other.engine.stop({ graceful: true })
    expect(await c.goaway()).toBe(noError)
    upstream.socket.write('HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nlate')
    expect((await c.answer(stream)).body).toBe('late')
    c.destroy()
    await stopped
    await other.stop()
  })
})

// The same close up: a connection that only writes down what is done to it.
describe('an ending', () => {
  function close({ when = 'always', requests = 1, closing = false } = {}) {
    const told: string[] = []
    const clock = fakeClock()
    const connection = {
      listener: { cycle: { clock }, closing },
      server: {
        clientHeaderTimeout: 20_000,
        root: { keepalive: { timeout: 50_000 }, lingering: { when, time: 12_000, timeout: 5000 } },
      },
      requests,
      lastStream: 7,
      output: {
        goaway: (last: number, code: number) => void told.push(`goaway ${last} ${code}`),
        send: () => void told.push('send'),
      },
      socket: {
        end: () => void told.push('end'),
        destroy: () => void told.push('destroy'),
        destroySoon: () => void told.push('destroy soon'),
      },
      log: (_severity: string, message: string) => void told.push(message),
      dropStreams: () => void told.push('drop'),
    }
    return { ending: new Ending(connection as unknown as Http2Connection), told, clock }
  }
  const cutOff = ['goaway 7 1', 'drop', 'send', 'end']

  test('comes once, whatever else would end the connection', () => {
    const { ending, told } = close()
    ending.now(protocolError)
    ending.now(noError)
    ending.goAway(noError)
    ending.idle()
    expect(told).toEqual(cutOff)
  })

  test('is told once, and comes when the last stream is over', () => {
    const { ending, told } = close()
    ending.goAway(noError)
    ending.goAway(protocolError)
    expect(told.splice(0)).toEqual(['goaway 7 0'])
    ending.idle()
    expect(told).toEqual(['send', 'end'])
  })

  test('comes with the last stream where the listener closes', () => {
    const { ending, told } = close({ closing: true })
    ending.idle()
    expect(told).toEqual(['goaway 7 0', 'drop', 'send', 'end'])
  })

  test('does not linger with lingering_close off', () => {
    const { ending, told, clock } = close({ when: 'off' })
    ending.now(protocolError)
    expect([ending.lingering, told]).toEqual([false, ['goaway 7 1', 'drop', 'send', 'destroy soon']])
    clock.advance(60_000)
    expect(told).toHaveLength(4)
  })

  test('lingers for lingering_timeout from the last that came, lingering_time at most', () => {
    const { ending, told, clock } = close()
    ending.now(protocolError)
    for (let n = 0; n < 3; n++) {
      clock.advance(3999)
      ending.goOnLingering()
    }
    expect(told).toEqual(cutOff)
    clock.advance(3)
    expect(told.slice(4)).toEqual(['destroy'])
    ending.goOnLingering()
    expect(told.slice(4)).toEqual(['destroy', 'destroy'])
  })

  test('is not waited for after it was disposed of', () => {
    const { ending, told, clock } = close({ requests: 0 })
    ending.dispose()
    clock.advance(60_000)
    expect(told).toEqual([])
  })
})
