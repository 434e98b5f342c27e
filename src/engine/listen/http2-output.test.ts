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
