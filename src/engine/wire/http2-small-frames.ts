/** Frames that carry a number or two: PRIORITY, RST_STREAM, SETTINGS, PING, GOAWAY, WINDOW_UPDATE (RFC 9113 §6). */
import { errorCode, Http2Error } from './http2-error.ts'
import { frameFlag, frameType, readUint31, readUint32 } from './http2-frames.ts'
import type { FrameUser } from './http2-reader.ts'

const settingSize = 6

/** Tells the user of a frame whose payload of `length` bytes begins at `at`; where its numbers end, −1 if they are not all there. */
export function readSmallFrame(
  user: FrameUser,
  type: number,
  flags: number,
  stream: number,
  length: number,
  buffer: Buffer,
  at: number,
): number {
  switch (type) {
    case frameType.priority:
      return readPriority(user, stream, length, buffer, at)
    case frameType.rstStream:
      return readReset(user, stream, length, buffer, at)
    case frameType.ping:
      return readPing(user, flags, stream, length, buffer, at)
    case frameType.windowUpdate:
      return readWindowUpdate(user, stream, length, buffer, at)
    default:
      return readGoaway(stream, length, buffer, at)
  }
}

function readPriority(user: FrameUser, stream: number, length: number, buffer: Buffer, at: number): number {
  expectLength(length, 5, 'PRIORITY')
  if (buffer.length - at < 5) return -1
  user.priority(stream, readUint31(buffer, at))
  return at + 5
}

function readReset(user: FrameUser, stream: number, length: number, buffer: Buffer, at: number): number {
  expectLength(length, 4, 'RST_STREAM')
  if (buffer.length - at < 4) return -1
  if (stream === 0) throw incorrectIdentifier('RST_STREAM')
  user.reset(stream, readUint32(buffer, at))
  return at + 4
}

function readPing(
  user: FrameUser,
  flags: number,
  stream: number,
  length: number,
  buffer: Buffer,
  at: number,
): number {
  expectLength(length, 8, 'PING')
  if (buffer.length - at < 8) return -1
  if (stream !== 0) throw incorrectIdentifier('PING')
  if (!(flags & frameFlag.ack)) user.ping(buffer, at)
  return at + 8
}

/** The codes are not looked at: the client will close. */
function readGoaway(stream: number, length: number, buffer: Buffer, at: number): number {
  if (length < 8)
    throw new Http2Error(errorCode.frameSizeError, `client sent GOAWAY frame with incorrect length ${length}`)
  if (buffer.length - at < 8) return -1
  if (stream !== 0) throw incorrectIdentifier('GOAWAY')
  return at
}

function readWindowUpdate(
  user: FrameUser,
  stream: number,
  length: number,
  buffer: Buffer,
  at: number,
): number {
  expectLength(length, 4, 'WINDOW_UPDATE')
  if (buffer.length - at < 4) return -1
  const increment = readUint31(buffer, at)
  if (increment === 0)
    throw new Http2Error(
      errorCode.protocolError,
      'client sent WINDOW_UPDATE frame with incorrect window increment 0',
    )
  user.windowUpdate(stream, increment)
  return at + 4
}

/** A SETTINGS frame begins; false: it is an acknowledgement, and over. */
export function beginSettings(user: FrameUser, flags: number, stream: number, length: number): boolean {
  if (stream !== 0) throw incorrectIdentifier('SETTINGS')
  if (flags === frameFlag.ack) {
    if (length !== 0)
      throw new Http2Error(
        errorCode.frameSizeError,
        'client sent SETTINGS frame with the ACK flag and nonzero length',
      )
    user.settingsAcknowledged()
    return false
  }
  if (length % settingSize !== 0)
    throw new Http2Error(
      errorCode.frameSizeError,
      `client sent SETTINGS frame with incorrect length ${length}`,
    )
  return true
}

/** Tells the parameters that are there of the `left` bytes still to come; where they end. */
export function readSettings(user: FrameUser, left: number, buffer: Buffer, at: number): number {
  const end = Math.min(at + left, buffer.length)
  let next = at
  for (; end - next >= settingSize; next += settingSize)
    user.setting(((buffer[next] ?? 0) << 8) | (buffer[next + 1] ?? 0), readUint32(buffer, next + 2))
  return next
}

function expectLength(length: number, expected: number, name: string): void {
  if (length !== expected)
    throw new Http2Error(
      errorCode.frameSizeError,
      `client sent ${name} frame with incorrect length ${length}`,
    )
}

function incorrectIdentifier(name: string): Http2Error {
  return new Http2Error(errorCode.protocolError, `client sent ${name} frame with incorrect identifier`)
}
