import type { Socket } from 'node:net'
import { describe, expect, test } from 'vitest'
import { Http2Output, type LastFrame } from './http2-output.ts'

/** A socket that has sent a write as soon as it is made, and what it was given. */
function sink(): { socket: Socket; frames(): string[] } {
  const written: Buffer[] = []
  const socket = {
    destroyed: false,
    write(bytes: Buffer, done?: () => void): boolean {
      written.push(Buffer.from(bytes))
      done?.()
      return true
    },
  }
  return { socket: socket as unknown as Socket, frames: () => framesOf(Buffer.concat(written)) }
}

/** `stream flags content` of every DATA frame. */
function framesOf(bytes: Buffer): string[] {
  const frames: string[] = []
  for (let at = 0; at < bytes.length;) {
    const size = bytes.readUIntBE(at, 3)
    const content = bytes.toString('latin1', at + 9, at + 9 + size)
    frames.push(`${bytes.readUInt32BE(at + 5)} ${bytes[at + 4]} ${content}`.trim())
    at += 9 + size
  }
  return frames
}

const noFrame = (): LastFrame => ({ buffer: undefined, fill: 0, at: 0, size: 0 })

describe('what one turn sends', () => {
  test('pieces of one stream that follow each other go out as one frame, which ends it', () => {
    const { socket, frames } = sink()
    const output = new Http2Output(socket, () => undefined)
    const last = noFrame()
    output.data(1, Buffer.from('one'), 0, 3, 100, last)
    output.data(1, Buffer.from('two'), 0, 3, 100, last)
    output.end(1, last)
    output.send()
    expect(frames()).toEqual(['1 1 onetwo'])
  })

  test('the end of a stream whose last frame has been sent touches no frame of another', () => {
    const { socket, frames } = sink()
    const output = new Http2Output(socket, () => undefined)
    const [one, three] = [noFrame(), noFrame()]
    output.data(1, Buffer.from('one'), 0, 3, 100, one)
    output.send()
    // The memory of the first turn is used again.
    output.data(3, Buffer.from('three'), 0, 5, 100, three)
    output.end(1, one)
    output.send()
    expect(frames()).toEqual(['1 0 one', '3 0 three', '1 1'])
  })

  test('nor does its next piece grow a frame of another', () => {
    const { socket, frames } = sink()
    const output = new Http2Output(socket, () => undefined)
    const [one, three] = [noFrame(), noFrame()]
    output.data(1, Buffer.from('one'), 0, 3, 100, one)
    output.send()
    output.data(3, Buffer.from('abc'), 0, 3, 100, three)
    output.data(1, Buffer.from('two'), 0, 3, 100, one)
    output.send()
    expect(frames()).toEqual(['1 0 one', '3 0 abc', '1 0 two'])
  })
})

/** A socket that takes everything and says when it has sent it, or that is full. */
function slowSink() {
  const written: Buffer[] = []
  const done: (() => void)[] = []
  const socket = {
    destroyed: false,
    takes: true,
    write(bytes: Buffer, sent?: () => void): boolean {
      written.push(Buffer.from(bytes))
      if (sent) done.push(sent)
      return socket.takes
    },
  }
  let blocked = 0
  const output = new Http2Output(socket as unknown as Socket, () => blocked++)
  return {
    output,
    socket,
    /** `type stream flags length` of every frame so far. */
    frames: (): string[] => {
      const bytes = Buffer.concat(written)
      const frames: string[] = []
      for (let at = 0; at < bytes.length; at += 9 + bytes.readUIntBE(at, 3))
        frames.push(
          [bytes[at + 3], bytes.readUInt32BE(at + 5), bytes[at + 4], bytes.readUIntBE(at, 3)].join(' '),
        )
      return frames
    },
    writes: () => written.length,
    blocked: () => blocked,
    sent: () => {
      for (const each of done.splice(0)) each()
    },
  }
}

describe('frames', () => {
  const block = Buffer.alloc(25)

  test('of a head go on in CONTINUATION where they are larger than the client takes', () => {
    const { output, frames } = slowSink()
    expect([output.headers(1, block, true, 10), output.headers(3, block, false, 25)]).toEqual([52, 34])
    output.headers(5, Buffer.alloc(0), true, 10)
    output.send()
    expect(frames()).toEqual(['1 1 1 10', '9 1 0 10', '9 1 4 5', '1 3 4 25', '1 5 5 0'])
  })

  test('of control count as overhead, and as waiting while the socket takes nothing', () => {
    const { output, socket } = slowSink()
    output.windowUpdate(0, 5)
    output.ping(Buffer.alloc(8), 0)
    output.settings([[1, 2]])
    output.settingsAcknowledged()
    output.goaway(7, 0)
    expect([output.overhead, output.waitingFrames]).toEqual([5 * 9 + 4 + 8 + 6 + 8, 0])
    socket.takes = false
    output.send()
    output.reset(1, 0)
    expect([output.blocked, output.waitingFrames]).toEqual([true, 1])
    output.drained()
    expect([output.blocked, output.waitingFrames]).toEqual([false, 0])
  })

  test('larger than what is gathered go out by themselves, and are not grown', () => {
    const { output, frames, writes } = slowSink()
    const last = noFrame()
    const large = Buffer.alloc(140_000)
    output.data(1, Buffer.from('a'), 0, 1, 200_000, last)
    output.data(1, large, 0, large.length, 200_000, last)
    output.data(1, Buffer.from('b'), 0, 1, 200_000, last)
    output.end(1, last)
    output.send()
    expect([frames(), writes()]).toEqual([['0 1 0 1', '0 1 0 140000', '0 1 1 1'], 3])
  })

  test('are parted where a piece would make one larger than it may be, or than what is gathered', () => {
    const { output, frames } = slowSink()
    const last = noFrame()
    for (let n = 0; n < 3; n++) output.data(1, block, 0, 25, 60, last)
    const other = noFrame()
    const half = Buffer.alloc(65_536)
    output.data(3, half, 0, half.length, 200_000, other)
    output.data(3, half, 0, half.length, 200_000, other)
    output.send()
    expect(frames()).toEqual(['0 1 0 50', '0 1 0 25', '0 3 0 65536', '0 3 0 65536'])
  })

  test('go out at the end of the turn, in one write', async () => {
    const { output, frames, writes } = slowSink()
    output.reset(1, 8)
    output.reset(3, 8)
    expect(writes()).toBe(0)
    await new Promise((resolve) => setImmediate(resolve))
    await new Promise((resolve) => setImmediate(resolve))
    expect([writes(), frames()]).toEqual([1, ['3 1 0 4', '3 3 0 4']])
  })

  test('tell once that the socket is full', () => {
    const { output, socket, blocked } = slowSink()
    socket.takes = false
    for (let n = 0; n < 2; n++) {
      output.reset(1, 0)
      output.send()
    }
    expect(blocked()).toBe(1)
  })

  test('go nowhere when the socket is gone', () => {
    const { output, socket, writes } = slowSink()
    output.reset(1, 0)
    socket.destroyed = true
    output.send()
    output.send()
    const large = Buffer.alloc(140_000)
    output.data(1, large, 0, large.length, 200_000, noFrame())
    expect(writes()).toBe(0)
  })

  test('do not keep more memory than a few fillings once they are sent', () => {
    const many = Array.from({ length: 40 }, slowSink)
    for (const { output } of many) {
      output.reset(1, 0)
      output.send()
    }
    for (const { sent } of many) sent()
    const again = slowSink()
    again.output.reset(3, 0)
    again.output.send()
    expect(again.frames()).toEqual(['3 3 0 4'])
  })
})
