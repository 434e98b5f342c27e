/**
 * What one HTTP/2 connection sends: frames of all its streams are gathered and written together at the end
 * of the turn, so that sixteen answers cost one write.
 */
import type { Socket } from 'node:net'
import { frameFlag, frameHeadSize, frameType, writeFrameHead, writeUint32 } from '../wire/http2-frames.ts'
import { atEndOfTurn, type Writing } from './end-of-turn.ts'

// Several frames of any usual size; what is larger than a slab is sent by itself.
const slabSize = 131_072
const mostFreeSlabs = 32

/** Memory that frames are gathered in until it has been sent. */
interface Slab {
  readonly buffer: Buffer
  readonly release: () => void
}

const freeSlabs: Slab[] = []

function takeSlab(): Slab {
  const free = freeSlabs.pop()
  if (free) return free
  const slab: Slab = {
    buffer: Buffer.allocUnsafeSlow(slabSize),
    release: () => {
      if (freeSlabs.length < mostFreeSlabs) freeSlabs.push(slab)
    },
  }
  return slab
}

/** Where a stream's last DATA frame stands while it has not been sent. */
export interface LastFrame {
  buffer: Buffer | undefined
  /** Which filling of that memory it is part of: the same memory comes again. */
  fill: number
  at: number
  size: number
}

export class Http2Output implements Writing {
  /** The socket has more to send than it should. */
  blocked = false
  /** Bytes of frames that carry no content; what nginx weighs against content to see a flood. */
  overhead = 0
  /** Frames that answer something and wait in a socket that takes nothing. */
  waitingFrames = 0
  readonly #socket: Socket
  readonly #onBlocked: () => void
  #slab: Slab | undefined
  #at = 0
  #fill = 0
  #soon = false

  /** `onBlocked` is called when the socket takes no more; its `drain` has to be told with `drained`. */
  constructor(socket: Socket, onBlocked: () => void) {
    this.#socket = socket
    this.#onBlocked = onBlocked
  }

  /** A header block as HEADERS and as many CONTINUATION as it needs; how many bytes it took. */
  headers(stream: number, block: Buffer, endStream: boolean, frameSize: number): number {
    let bytes = 0
    let from = 0
    let type: number = frameType.headers
    do {
      const size = Math.min(frameSize, block.length - from)
      const last = from + size === block.length
      const flags =
        (last ? frameFlag.endHeaders : 0) |
        (endStream && type === frameType.headers ? frameFlag.endStream : 0)
      this.#frame(type, flags, stream, block, from, from + size)
      bytes += frameHeadSize + size
      from += size
      type = frameType.continuation
    } while (from < block.length)
    return bytes
  }

  /**
   * A piece of a body, which may be overwritten afterwards: in a DATA frame of its own, or behind the last
   * one of its stream if nothing has come in between and it does not get larger than `most`. How many bytes
   * of frame heads that took.
   */
  data(stream: number, buffer: Buffer, start: number, end: number, most: number, last: LastFrame): number {
    const size = end - start
    const { at } = last
    const slab = this.#slab?.buffer
    if (
      slab !== undefined &&
      last.buffer === slab &&
      last.fill === this.#fill &&
      at + frameHeadSize + last.size === this.#at &&
      last.size + size <= most &&
      this.#at + size <= slabSize
    ) {
      buffer.copy(slab, this.#at, start, end)
      this.#at += size
      last.size += size
      writeFrameHead(slab, at, last.size, frameType.data, 0, stream)
      return 0
    }
    this.#frame(frameType.data, 0, stream, buffer, start, end)
    last.buffer = frameHeadSize + size <= slabSize ? this.#slab?.buffer : undefined
    last.fill = this.#fill
    last.at = this.#at - size - frameHeadSize
    last.size = size
    return frameHeadSize
  }

  /** Ends a stream: with its last DATA frame, or with an empty one if that is sent. How many bytes that took. */
  end(stream: number, last: LastFrame): number {
    if (last.buffer !== undefined && last.buffer === this.#slab?.buffer && last.fill === this.#fill) {
      last.buffer[last.at + 4] = frameFlag.endStream
      return 0
    }
    this.#frame(frameType.data, frameFlag.endStream, stream, scratch, 0, 0)
    return frameHeadSize
  }

  windowUpdate(stream: number, increment: number): void {
    this.#numbers(frameType.windowUpdate, 0, stream, increment)
  }

  reset(stream: number, code: number): void {
    this.#numbers(frameType.rstStream, 0, stream, code)
  }

  goaway(lastStream: number, code: number): void {
    this.#numbers(frameType.goaway, 0, 0, lastStream, code)
  }

  ping(buffer: Buffer, start: number): void {
    this.#control(8)
    this.#frame(frameType.ping, frameFlag.ack, 0, buffer, start, start + 8)
  }

  settings(parameters: readonly (readonly [id: number, value: number])[]): void {
    const body = Buffer.alloc(parameters.length * 6)
    parameters.forEach(([id, value], i) => {
      body.writeUInt16BE(id, i * 6)
      body.writeUInt32BE(value, i * 6 + 2)
    })
    this.#control(body.length)
    this.#frame(frameType.settings, 0, 0, body, 0, body.length)
  }

  settingsAcknowledged(): void {
    this.#numbers(frameType.settings, frameFlag.ack, 0)
  }

  #numbers(type: number, flags: number, stream: number, ...values: readonly number[]): void {
    this.#control(values.length * 4)
    this.#frame(type, flags, stream, numbers(values), 0, values.length * 4)
  }

  #control(size: number): void {
    this.overhead += frameHeadSize + size
    if (this.blocked) this.waitingFrames++
  }

  #frame(type: number, flags: number, stream: number, body: Buffer, start: number, end: number): void {
    const size = end - start
    const room = frameHeadSize + size
    if (this.#slab && this.#at + room > slabSize) this.#send()
    if (!this.#soon) {
      this.#soon = true
      atEndOfTurn(this)
    }
    if (room > slabSize) {
      this.#large(type, flags, stream, body.subarray(start, end))
      return
    }
    const slab = (this.#slab ??= takeSlab())
    const at = writeFrameHead(slab.buffer, this.#at, size, type, flags, stream)
    body.copy(slab.buffer, at, start, end)
    this.#at = at + size
  }

  #large(type: number, flags: number, stream: number, body: Buffer): void {
    const frame = Buffer.allocUnsafe(frameHeadSize + body.length)
    writeFrameHead(frame, 0, body.length, type, flags, stream)
    body.copy(frame, frameHeadSize)
    this.#write(frame)
  }

  endOfTurn(): void {
    this.#soon = false
    this.#send()
  }

  /** Writes now what was to be written at the end of the turn. */
  send(): void {
    this.#send()
  }

  #send(): void {
    const slab = this.#slab
    if (!slab) return
    const size = this.#at
    this.#slab = undefined
    this.#at = 0
    this.#fill++
    if (this.#socket.destroyed) {
      slab.release()
      return
    }
    this.#write(slab.buffer.subarray(0, size), slab.release)
  }

  #write(bytes: Buffer, done?: () => void): void {
    if (this.#socket.destroyed) return
    if (this.#socket.write(bytes, done) || this.blocked) return
    this.blocked = true
    this.#onBlocked()
  }

  /** The socket takes more again. */
  drained(): void {
    this.blocked = false
    this.waitingFrames = 0
  }
}

const scratch = Buffer.alloc(16)

function numbers(values: readonly number[]): Buffer {
  let at = 0
  for (const value of values) at = writeUint32(scratch, at, value)
  return scratch
}
