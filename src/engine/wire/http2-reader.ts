/**
 * Takes the bytes of an HTTP/2 client apart into frames. Nothing is kept that need not be: bodies are handed
 * on as they come, header blocks field by field. What is wrong with a frame by itself is thrown as an
 * Http2Error, with nginx's words; what is wrong for a stream's state is its user's to say.
 * Source: ngx_http_v2_state_head and its companions.
 */
import { HpackDecoder, type TakeField } from './hpack-decoder.ts'
import { errorCode, Http2Error } from './http2-error.ts'
import { frameFlag, frameHeadSize, frameType, preface, readUint31, readUint32 } from './http2-frames.ts'
import { beginSettings, readSettings, readSmallFrame } from './http2-small-frames.ts'

/** Who is told what the client sent. Each may throw an Http2Error. */
export interface FrameUser {
  /** The most bytes a name or value may have as it is encoded. */
  readonly textLimit: number
  /** A header block begins. False: it is not looked at, not even for the table. */
  headers(stream: number, endStream: boolean, dependency: number, size: number): boolean
  /** Further bytes of the block are announced. */
  continued(size: number): void
  readonly field: TakeField
  headersEnd(): void
  /**
   * A DATA frame begins; `size` is what it costs of the windows, `last` the bytes of content with which the stream ends,
   * -1 where it goes on. False: it is skipped.
   */
  data(stream: number, size: number, last: number): boolean
  /** A piece of the frame that has begun; it may be overwritten afterwards. */
  dataPiece(buffer: Buffer, start: number, end: number): void
  dataEnd(endStream: boolean): void
  priority(stream: number, dependency: number): void
  reset(stream: number, code: number): void
  /** One parameter; `settingsEnd` follows the last. */
  setting(id: number, value: number): void
  settingsEnd(): void
  settingsAcknowledged(): void
  ping(buffer: Buffer, start: number): void
  windowUpdate(stream: number, increment: number): void
  unknown(type: number): void
}

type State = 'preface' | 'head' | 'block' | 'data' | 'settings' | 'fixed' | 'skip'

const nothing = Buffer.alloc(0)

export class FrameReader {
  readonly #user: FrameUser
  readonly #decoder = new HpackDecoder()
  #state: State = 'preface'
  /** Bytes that came and could not be dealt with yet; a few, or a field that is not whole. */
  #rest = nothing
  // The frame at hand.
  #type = 0
  #flags = 0
  #stream = 0
  /** Bytes of the frame that are still to come, without padding. */
  #left = 0
  #padding = 0
  /** A block has begun and its last frame has not come. */
  #inBlock = false
  #blockTaken = false
  #endHeaders = false

  constructor(user: FrameUser) {
    this.#user = user
  }

  /** More is expected for what has been sent so far. */
  get incomplete(): boolean {
    return this.#rest.length > 0 || this.#inBlock || (this.#state !== 'head' && this.#state !== 'preface')
  }

  /** A header block has begun and is not whole. */
  get inBlock(): boolean {
    return this.#inBlock
  }

  /** Reads what has come. Throws an Http2Error; nothing is read after that. */
  feed(piece: Buffer): void {
    const buffer = this.#rest.length === 0 ? piece : Buffer.concat([this.#rest, piece])
    this.#rest = nothing
    let at = 0
    while (at < buffer.length || this.#left === 0) {
      const next = this.#step(buffer, at)
      if (next < 0) break
      at = next
    }
    if (at < buffer.length) this.#rest = Buffer.from(buffer.subarray(at))
  }

  /** One thing further, where there is a byte to read or nothing is left to come; −1: more bytes are needed. */
  #step(buffer: Buffer, at: number): number {
    switch (this.#state) {
      case 'preface':
        return this.#readPreface(buffer, at)
      case 'head':
        return this.#readHead(buffer, at)
      case 'block':
        return this.#readBlock(buffer, at)
      case 'data':
        return this.#readData(buffer, at)
      case 'settings':
        return this.#readSettings(buffer, at)
      case 'fixed':
        return this.#readFixed(buffer, at)
      case 'skip':
        return this.#skip(buffer, at)
    }
  }

  #readPreface(buffer: Buffer, at: number): number {
    // nginx looks at the first line when it is there, at the rest when that is.
    const length = Math.min(preface.length, buffer.length - at)
    const line = 16
    const looked = length < line ? 0 : length < preface.length ? line : length
    if (preface.compare(buffer, at, at + looked, 0, looked) !== 0)
      throw new Http2Error(errorCode.protocolError, 'invalid connection preface')
    if (length < preface.length) return -1
    this.#state = 'head'
    return at + preface.length
  }

  #readHead(buffer: Buffer, at: number): number {
    if (buffer.length - at < frameHeadSize) return -1
    this.#left = readUint32(buffer, at) >>> 8
    const type = buffer[at + 3] ?? 0
    this.#flags = buffer[at + 4] ?? 0
    const stream = readUint31(buffer, at + 5)
    this.#padding = 0
    if (this.#inBlock) this.#checkContinuation(type, stream)
    this.#type = type
    this.#stream = stream
    this.#begin()
    return at + frameHeadSize
  }

  #checkContinuation(type: number, stream: number): void {
    if (type !== frameType.continuation)
      throw new Http2Error(
        errorCode.protocolError,
        'client sent inappropriate frame while CONTINUATION was expected',
      )
    if (stream !== this.#stream)
      throw new Http2Error(
        errorCode.protocolError,
        'client sent CONTINUATION frame with incorrect identifier',
      )
  }

  #begin(): void {
    switch (this.#type) {
      case frameType.data:
      case frameType.headers:
      case frameType.priority:
      case frameType.rstStream:
      case frameType.ping:
      case frameType.goaway:
      case frameType.windowUpdate:
        this.#state = 'fixed'
        return
      case frameType.settings:
        if (beginSettings(this.#user, this.#flags, this.#stream, this.#left)) this.#state = 'settings'
        else this.#done()
        return
      case frameType.continuation:
        if (!this.#inBlock)
          throw new Http2Error(errorCode.protocolError, 'client sent unexpected CONTINUATION frame')
        this.#endHeaders = (this.#flags & frameFlag.endHeaders) !== 0
        this.#user.continued(this.#left)
        this.#state = 'block'
        return
      case frameType.pushPromise:
        throw new Http2Error(errorCode.protocolError, 'client sent PUSH_PROMISE frame')
      default:
        this.#user.unknown(this.#type)
        this.#state = 'skip'
    }
  }

  // Frames whose first bytes have to be there before anything can be said.
  #readFixed(buffer: Buffer, at: number): number {
    if (this.#type === frameType.data) return this.#beginData(buffer, at)
    if (this.#type === frameType.headers) return this.#beginHeaders(buffer, at)
    const next = readSmallFrame(this.#user, this.#type, this.#flags, this.#stream, this.#left, buffer, at)
    if (next < 0) return -1
    // What GOAWAY says in words is not looked at.
    if (this.#type === frameType.goaway) this.#state = 'skip'
    else this.#done()
    return next
  }

  // ---- bodies ----

  #beginData(buffer: Buffer, at: number): number {
    const size = this.#left
    let next = at
    if (this.#flags & frameFlag.padded) {
      if (size === 0)
        throw new Http2Error(
          errorCode.frameSizeError,
          'client sent padded DATA frame with incorrect length: 0',
        )
      this.#padding = buffer[next++] ?? 0
      if (this.#padding >= size)
        throw new Http2Error(
          errorCode.protocolError,
          `client sent padded DATA frame with incorrect length: ${size}, padding: ${this.#padding}`,
        )
      this.#left -= 1 + this.#padding
    }
    if (this.#stream === 0)
      throw new Http2Error(errorCode.protocolError, 'client sent DATA frame with incorrect identifier')
    const last = this.#flags & frameFlag.endStream ? this.#left : -1
    if (this.#user.data(this.#stream, size, last)) this.#state = 'data'
    else this.#skipPadded()
    return next
  }

  #readData(buffer: Buffer, at: number): number {
    const end = Math.min(buffer.length, at + this.#left)
    if (end > at) {
      this.#left -= end - at
      this.#user.dataPiece(buffer, at, end)
    }
    if (this.#left > 0) return end
    this.#user.dataEnd((this.#flags & frameFlag.endStream) !== 0)
    this.#skipPadded()
    return end
  }

  #skipPadded(): void {
    this.#left += this.#padding
    this.#padding = 0
    this.#state = 'skip'
  }

  #skip(buffer: Buffer, at: number): number {
    const end = Math.min(buffer.length, at + this.#left)
    this.#left -= end - at
    if (this.#left > 0) return end
    this.#done()
    return end
  }

  /** The next frame; `#left` is not 0, so that nothing is read where there is nothing. */
  #done(): void {
    this.#state = 'head'
    this.#left = frameHeadSize
  }

  // ---- heads ----

  #beginHeaders(buffer: Buffer, at: number): number {
    const padded = (this.#flags & frameFlag.padded) !== 0
    const priority = (this.#flags & frameFlag.priority) !== 0
    const extra = (padded ? 1 : 0) + (priority ? 5 : 0)
    if (this.#left < extra)
      throw new Http2Error(
        errorCode.frameSizeError,
        `client sent HEADERS frame with incorrect length ${this.#left}`,
      )
    if (this.#left === extra)
      throw new Http2Error(errorCode.frameSizeError, 'client sent HEADERS frame with empty header block')
    if (buffer.length - at < extra) return -1
    let next = at
    this.#left -= extra
    if (padded) {
      this.#padding = buffer[next++] ?? 0
      if (this.#padding > this.#left)
        throw new Http2Error(
          errorCode.protocolError,
          `client sent padded HEADERS frame with incorrect length: ${this.#left}, padding: ${this.#padding}`,
        )
      this.#left -= this.#padding
    }
    const dependency = priority ? readUint31(buffer, next) : 0
    if (priority) next += 5
    const endStream = (this.#flags & frameFlag.endStream) !== 0
    this.#blockTaken = this.#user.headers(this.#stream, endStream, dependency, this.#left)
    if (!this.#blockTaken) {
      this.#skipPadded()
      return next
    }
    this.#inBlock = true
    this.#endHeaders = (this.#flags & frameFlag.endHeaders) !== 0
    this.#state = 'block'
    return next
  }

  #readBlock(buffer: Buffer, at: number): number {
    const end = Math.min(buffer.length, at + this.#left)
    const { textLimit, field } = this.#user
    const left = this.#endHeaders ? this.#left : Infinity
    const next = this.#decoder.decode(buffer, at, end, left, textLimit, field)
    this.#left -= next - at
    if (this.#left > 0 && !(end - next === this.#left && !this.#endHeaders)) return next > at ? next : -1
    if (this.#left > 0) {
      const moved = this.#carryOver(buffer, next)
      // What has been read is not read again when the next frame is there.
      return moved < 0 && next > at ? next : moved
    }
    if (this.#endHeaders) {
      this.#inBlock = false
      this.#user.headersEnd()
    }
    this.#skipPadded()
    return next
  }

  /** A field goes on in the next frame: the next frame's head and padding are cut out between its parts. */
  #carryOver(buffer: Buffer, at: number): number {
    const part = this.#left
    const headAt = at + part + this.#padding
    if (buffer.length - headAt < frameHeadSize) return -1
    const length = readUint32(buffer, headAt) >>> 8
    this.#checkContinuation(buffer[headAt + 3] ?? 0, readUint31(buffer, headAt + 5))
    this.#flags = buffer[headAt + 4] ?? 0
    this.#endHeaders = (this.#flags & frameFlag.endHeaders) !== 0
    this.#padding = 0
    this.#user.continued(length)
    this.#left = part + length
    const moved = headAt + frameHeadSize - part
    buffer.copyWithin(moved, at, at + part)
    return moved
  }

  #readSettings(buffer: Buffer, at: number): number {
    const next = readSettings(this.#user, this.#left, buffer, at)
    this.#left -= next - at
    if (this.#left > 0) return next > at ? next : -1
    this.#user.settingsEnd()
    this.#done()
    return next
  }
}
