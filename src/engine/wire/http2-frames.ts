/** Frames of HTTP/2: RFC 9113 §6. */

export const frameHeadSize = 9

export const frameType = {
  data: 0,
  headers: 1,
  priority: 2,
  rstStream: 3,
  settings: 4,
  pushPromise: 5,
  ping: 6,
  goaway: 7,
  windowUpdate: 8,
  continuation: 9,
} as const

export const frameFlag = {
  ack: 0x1,
  endStream: 0x1,
  endHeaders: 0x4,
  padded: 0x8,
  priority: 0x20,
} as const

export const setting = {
  headerTableSize: 1,
  enablePush: 2,
  maxConcurrentStreams: 3,
  initialWindowSize: 4,
  maxFrameSize: 5,
  /** RFC 8441: WebSocket on a stream. */
  enableConnectProtocol: 8,
} as const

export const defaultWindow = 65_535
export const maxWindow = 2 ** 31 - 1
export const defaultFrameSize = 16_384
export const maxFrameSize = 2 ** 24 - 1

/** What a client sends first. */
export const preface = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 'latin1')

/** Writes the nine bytes in front of a frame; where they end. */
export function writeFrameHead(
  buffer: Buffer,
  at: number,
  length: number,
  type: number,
  flags: number,
  stream: number,
): number {
  buffer[at] = length >>> 16
  buffer[at + 1] = length >>> 8
  buffer[at + 2] = length
  buffer[at + 3] = type
  buffer[at + 4] = flags
  return writeUint32(buffer, at + 5, stream)
}

/** Writes a number of 32 bits; where it ends. */
export function writeUint32(buffer: Buffer, at: number, value: number): number {
  buffer[at] = value >>> 24
  buffer[at + 1] = value >>> 16
  buffer[at + 2] = value >>> 8
  buffer[at + 3] = value
  return at + 4
}

/** Reads a number of 32 bits. */
export function readUint32(buffer: Buffer, at: number): number {
  return (
    (((buffer[at] ?? 0) << 24) |
      ((buffer[at + 1] ?? 0) << 16) |
      ((buffer[at + 2] ?? 0) << 8) |
      (buffer[at + 3] ?? 0)) >>>
    0
  )
}

/** Reads a number of 31 bits; the highest bit is reserved. */
export function readUint31(buffer: Buffer, at: number): number {
  return readUint32(buffer, at) & 0x7fffffff
}
