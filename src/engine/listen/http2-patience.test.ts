import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  dataFrame,
  frame,
  headersFrame,
  plainBlock,
  pseudo,
  resetFrame,
  settingsFrame,
  windowUpdateFrame,
} from '../testing/http2-client.ts'
import { http2Stage, type Http2Stage } from '../testing/http2-stage.ts'
import { errorCode } from '../wire/http2-error.ts'
import { frameFlag, frameType } from '../wire/http2-frames.ts'
import type { ServerSettings } from '../cycle/settings.ts'
import type { Http2Output } from './http2-output.ts'
import { Patience } from './http2-patience.ts'

let stage: Http2Stage
beforeAll(async () => {
  stage = await http2Stage()
})
afterAll(() => stage.stop())

const { endHeaders, endStream } = frameFlag
const { noError, enhanceYourCalm } = errorCode
const open = headersFrame(1, pseudo('POST', '/silent'), false)

describe('floods', () => {
  // CVE-2023-44487: each request is begun and given up at once, and costs us an upstream connection.
  test('requests that are reset at once are refused, and then their connection is ended', async () => {
    const c = await stage.client()
    const before = stage.origin.requests.length
    const pairs: Buffer[] = []
    for (let stream = 1; stream < 4000; stream += 2)
      pairs.push(headersFrame(stream, pseudo('GET', '/silent')), resetFrame(stream, errorCode.cancel))
    c.send(...pairs)
    expect(await c.goaway()).toBe(noError)
    expect(stage.started.log).toContainEqual(
      expect.stringMatching(/^info: client sent too many streams at once/),
    )
    await stage.othersAreServed()
    // Sixty-four KiB are read at a time; in each only twice as many begin as may run at once.
    expect(stage.origin.requests.length - before).toBeLessThan(200)
  })

  test.each<[what: string, one: Buffer]>([
    ['SETTINGS', settingsFrame()],
    ['PING', frame(frameType.ping, 0, 0, 'pingping')],
    [
      'SETTINGS that change the windows',
      settingsFrame(Array.from({ length: 100 }, (_, i) => [4, i] as const)),
    ],
    ['frames of an unknown type', frame(0x77, 0, 0, 'x'.repeat(16_000))],
    ['WINDOW_UPDATE of a stream that is over', windowUpdateFrame(1, 1)],
    ['RST_STREAM of a stream that is over', resetFrame(1, 8)],
    ['empty DATA', dataFrame(1, '')],
  ])('%s, again and again, ends the connection', async (_, one) => {
    const c = await stage.client()
    c.send(open)
    const many = Buffer.concat(Array.from({ length: Math.ceil(65_536 / one.length) }, () => one))
    const before = stage.started.log.length
    const noticed = (): boolean =>
      stage.started.log.slice(before).some((line) => line.startsWith('info: http2 flood detected'))
    let sent = 0
    // What is on its way when it is noticed is sent in vain.
    while (!noticed() && !c.socket.destroyed && sent < 40_000_000) {
      await new Promise((resolve) => c.socket.write(many, resolve))
      sent += many.length
    }
    expect(noticed()).toBe(true)
    await c.closed
    await stage.othersAreServed()
  })

  test('answers to PING are not piled up for a client that reads nothing', async () => {
    const c = await stage.client()
    c.socket.pause()
    const many = Buffer.concat(Array.from({ length: 4000 }, () => frame(frameType.ping, 0, 0, 'pingping')))
    const before = stage.started.log.length
    const floods = (): boolean =>
      stage.started.log.slice(before).some((line) => line.includes('http2 flood detected'))
    const write = (): void => {
      if (!floods() && !c.socket.destroyed) c.socket.write(many, write)
    }
    write()
    await stage.started.until(floods)
    c.destroy()
    await stage.othersAreServed()
  })

  test('PRIORITY again and again ends the connection', async () => {
    const c = await stage.client()
    c.send(...Array.from({ length: 200 }, () => frame(frameType.priority, 0, 3, Buffer.alloc(5))))
    expect(await c.goaway()).toBe(enhanceYourCalm)
    await stage.othersAreServed()
  })

  test('CONTINUATION without end is cut off where a head is too large', async () => {
    const c = await stage.client()
    c.send(frame(frameType.headers, endStream, 1, plainBlock(pseudo('GET', '/'))))
    const piece = frame(frameType.continuation, 0, 1, plainBlock([['x-a', 'a'.repeat(500)]]))
    c.send(...Array.from({ length: 100 }, () => piece))
    expect(await c.goaway()).toBe(enhanceYourCalm)
    expect(stage.started.log).toContainEqual(
      expect.stringMatching(/^info: client sent too large header while /),
    )
    await stage.othersAreServed()
  })

  test('empty CONTINUATION without end is a flood', async () => {
    const c = await stage.client()
    c.send(frame(frameType.headers, endStream, 1, plainBlock(pseudo('GET', '/'))))
    const many = Buffer.concat(Array.from({ length: 8000 }, () => frame(frameType.continuation, 0, 1)))
    const isOver = (): boolean => c.frames.some(({ type }) => type === frameType.goaway)
    for (let i = 0; i < 1000 && !isOver(); i++) await new Promise((resolve) => c.socket.write(many, resolve))
    expect(await c.goaway()).toBe(noError)
    c.destroy()
    await stage.othersAreServed()
  })

  // One byte a field: 4 KB in the table, named a thousand times in one block.
  test('a block that grows beyond the limit when it is read ends the connection', async () => {
    const c = await stage.client()
    const value = 'a'.repeat(900)
    const kept = Buffer.concat([Buffer.of(0x40), plainBlock([['x-bomb', value]]).subarray(1)])
    const bomb = Buffer.concat([plainBlock(pseudo('GET', '/')), kept, Buffer.alloc(1000, 0xbe)])
    c.send(frame(frameType.headers, endHeaders | endStream, 1, bomb))
    expect(await c.goaway()).toBe(enhanceYourCalm)
    await stage.othersAreServed()
  })

  test('one field larger than a buffer ends the connection before it has come', async () => {
    const c = await stage.client()
    const start = Buffer.concat([
      plainBlock(pseudo('GET', '/')),
      Buffer.of(0, 3),
      Buffer.from('x-a'),
      Buffer.of(0x7f, 0xff, 0x7f),
    ])
    c.send(frame(frameType.headers, 0, 1, start))
    expect(await c.goaway()).toBe(enhanceYourCalm)
  })
})

describe('a stream is refused', () => {
  const serverOf = (maxConcurrentStreams: number, prereadSize = 1024): ServerSettings =>
    ({ http2: { maxConcurrentStreams, prereadSize }, root: { keepalive: { requests: 5 } } }) as ServerSettings

  test('where as many run as may', () => {
    const patience = new Patience(serverOf(3))
    expect([2, 3, 4].map((running) => patience.refusal(running, true, true))).toEqual([
      undefined,
      'concurrent streams exceeded 3',
      'concurrent streams exceeded 4',
    ])
  })

  test('where twice as many have begun in one read, and not in the next', () => {
    const patience = new Patience(serverOf(2))
    const reasons = (): (string | undefined)[] =>
      Array.from({ length: 5 }, () => patience.refusal(0, true, true))
    const expected = [...Array<undefined>(4).fill(undefined), 'client sent too many streams at once']
    patience.read(1)
    expect(reasons()).toEqual(expected)
    patience.read(1)
    expect(reasons()).toEqual(expected)
  })

  // It may have sent more of the body than the settings it does not know yet allow.
  test('where it has a body and the client has not acknowledged a small window', () => {
    const refused = 'client sent stream with data before settings were acknowledged'
    const reason = (acknowledged: boolean, endStream: boolean, preread?: number): string | undefined =>
      new Patience(serverOf(3, preread)).refusal(0, acknowledged, endStream)
    expect([
      reason(false, false),
      reason(true, false),
      reason(false, true),
      reason(false, false, 65_535),
    ]).toEqual([refused, undefined, undefined, undefined])
  })

  test('a hundred times at least before its connection is ended', () => {
    const patience = new Patience(serverOf(3))
    for (let n = 0; n < 100; n++) patience.refused()
    expect(() => patience.refused()).toThrow('client sent too many refused streams')
    const more = new Patience(serverOf(128))
    for (let n = 0; n < 128; n++) more.refused()
    expect(() => more.refused()).toThrow('client sent too many refused streams')
  })

  test('PRIORITY frames are borne for each stream that begins, and a hundred', () => {
    const patience = new Patience(serverOf(3))
    patience.streamBegins()
    for (let n = 1; n < 103; n++) patience.priority()
    expect(() => patience.priority()).toThrow('client sent too many PRIORITY frames')
  })

  test('reads that leave nothing to do are borne ten times for each request that may come', () => {
    const patience = new Patience(serverOf(3))
    const output = { overhead: 0, waitingFrames: 0 } as Http2Output
    for (let n = 0; n < 50; n++) patience.idleRead()
    expect(patience.isFlood(output, 0)).toBe(false)
    patience.idleRead()
    expect(patience.isFlood(output, 0)).toBe(true)
  })
})
