/** A client of HTTP/2 that sends exactly these frames, right or wrong, and tells which it was sent. */
import { connect as connectPlain, type Socket } from 'node:net'
import { HpackDecoder } from '../wire/hpack-decoder.ts'
import {
  frameFlag,
  frameHeadSize,
  frameType,
  preface,
  setting,
  writeFrameHead,
  writeUint32,
} from '../wire/http2-frames.ts'

export interface Http2Frame {
  readonly type: number
  readonly flags: number
  readonly stream: number
  readonly payload: Buffer
}

/** What came on one stream. Texts are bytes, one a character. */
export interface Http2Answer {
  readonly status: number
  /** Fields of the final head, `:status` left out. */
  readonly fields: Readonly<Record<string, string>>
  /** The same as they came, in order. */
  readonly lines: FieldList
  readonly body: string
  readonly trailers: Readonly<Record<string, string>> | undefined
  /** The stream was ended by RST_STREAM with this code. */
  readonly reset: number | undefined
  /** The stream was ended by END_STREAM. */
  readonly whole: boolean
}

export type FieldList = readonly (readonly [name: string, value: string])[]

export interface Http2Client {
  readonly socket: Socket
  /** All frames that came so far. */
  readonly frames: readonly Http2Frame[]
  send(...frames: readonly Buffer[]): void
  /** A GET of this path on the next free stream; its number. */
  get(path: string, more?: FieldList): number
  /** HEADERS on the next free stream; its number. */
  request(fields: FieldList, endStream?: boolean): number
  /** What has come on a stream so far. */
  seen(stream: number): Http2Answer
  /** Resolves when the stream has ended, one way or the other; rejects when the connection ends first. */
  answer(stream: number): Promise<Http2Answer>
  /** Resolves when this holds, looked at with each frame that comes; rejects when the connection ends first. */
  until(holds: () => boolean): Promise<void>
  /** Resolves with the error code of GOAWAY, or undefined if the connection ended without. */
  goaway(): Promise<number | undefined>
  /** Resolves when the connection is over. */
  readonly closed: Promise<void>
  destroy(): void
}

/** One frame, whatever its parts are. */
export function frame(type: number, flags: number, stream: number, payload: Buffer | string = ''): Buffer {
  const body = Buffer.isBuffer(payload) ? payload : Buffer.from(payload, 'latin1')
  const head = Buffer.alloc(frameHeadSize)
  writeFrameHead(head, 0, body.length, type, flags, stream)
  return Buffer.concat([head, body])
}

/** A header block that uses neither table nor code. */
export function plainBlock(fields: FieldList): Buffer {
  return Buffer.concat(fields.flatMap(([name, value]) => [Buffer.of(0), plainText(name), plainText(value)]))
}

function plainText(text: string): Buffer {
  const length: number[] = []
  let rest = text.length - 0x7f
  if (rest < 0) length.push(text.length)
  else {
    length.push(0x7f)
    for (; rest >= 0x80; rest >>>= 7) length.push((rest & 0x7f) | 0x80)
    length.push(rest)
  }
  return Buffer.concat([Buffer.from(length), Buffer.from(text, 'latin1')])
}

export function headersFrame(stream: number, fields: FieldList, endStream = true): Buffer {
  const flags = frameFlag.endHeaders | (endStream ? frameFlag.endStream : 0)
  return frame(frameType.headers, flags, stream, plainBlock(fields))
}

export function dataFrame(stream: number, payload: Buffer | string, endStream = false): Buffer {
  return frame(frameType.data, endStream ? frameFlag.endStream : 0, stream, payload)
}

export function settingsFrame(parameters: readonly (readonly [id: number, value: number])[] = []): Buffer {
  return frame(
    frameType.settings,
    0,
    0,
    Buffer.concat(parameters.map(([id, value]) => Buffer.concat([Buffer.of(id >> 8, id), uint32(value)]))),
  )
}

export function windowUpdateFrame(stream: number, increment: number): Buffer {
  return frame(frameType.windowUpdate, 0, stream, uint32(increment))
}

export function resetFrame(stream: number, code: number): Buffer {
  return frame(frameType.rstStream, 0, stream, uint32(code))
}

export function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  writeUint32(bytes, 0, value)
  return bytes
}

/** The pseudo-fields of a request. */
export function pseudo(method: string, path: string, authority = 'localhost'): FieldList {
  return [
    [':method', method],
    [':scheme', 'http'],
    [':path', path],
    [':authority', authority],
  ]
}

/**
 * Connects to a port of this machine, says the preface and its settings, and acknowledges the server's.
 * `connect`: another way to a socket (TLS); `begin`: what is said instead of preface and settings.
 */
export function http2Client(
  port: number,
  options: {
    settings?: readonly (readonly [id: number, value: number])[]
    connect?: () => Socket
    begin?: Buffer
  } = {},
): Promise<Http2Client> {
  const socket = options.connect?.() ?? connectPlain({ port, host: '127.0.0.1', noDelay: true })
  return new Promise((resolve, reject) => {
    socket.on('error', reject) // once the connection stands, 'close' says all there is to say
    socket.once(options.connect ? 'secureConnect' : 'connect', () => {
      socket.write(options.begin ?? Buffer.concat([preface, settingsFrame(options.settings)]))
      resolve(clientOn(socket))
    })
  })
}

function clientOn(socket: Socket): Http2Client {
  const frames: Http2Frame[] = []
  const streams = new Map<number, Incoming>()
  const looking = new Set<() => void>()
  const decoder = new HpackDecoder()
  let rest: Buffer = Buffer.alloc(0)
  let nextStream = 1
  let over = false
  const incoming = (stream: number): Incoming => {
    let known = streams.get(stream)
    if (!known) streams.set(stream, (known = new Incoming(decoder)))
    return known
  }
  const look = (): void => {
    for (const each of [...looking]) each()
  }
  const closed = new Promise<void>((resolve) => {
    socket.on('close', () => {
      over = true
      look()
      resolve()
    })
  })
  socket.on('data', (piece: Buffer) => {
    rest = Buffer.concat([rest, piece])
    for (let next = readFrame(rest); next; next = readFrame(rest)) {
      rest = rest.subarray(frameHeadSize + next.payload.length)
      frames.push(next)
      if (next.type === frameType.settings && next.flags === 0)
        socket.write(frame(frameType.settings, frameFlag.ack, 0))
      if (next.stream > 0) incoming(next.stream).take(next)
      look()
    }
  })
  const until = (holds: () => boolean): Promise<void> =>
    new Promise((resolve, reject) => {
      const each = (): void => {
        if (holds()) resolve()
        else if (over) reject(new Error(`the connection ended: ${frames.map(shown).join(' ')}`))
        else return
        looking.delete(each)
      }
      looking.add(each)
      each()
    })
  const client: Http2Client = {
    socket,
    frames,
    send: (...pieces) => void socket.write(Buffer.concat(pieces)),
    get: (path, more = []) => client.request([...pseudo('GET', path), ...more]),
    request: (fields, endStream = true) => {
      const stream = nextStream
      nextStream += 2
      client.send(headersFrame(stream, fields, endStream))
      return stream
    },
    seen: (stream) => incoming(stream).answer(),
    answer: async (stream) => {
      await until(() => incoming(stream).over)
      return client.seen(stream)
    },
    until,
    goaway: async () => {
      const find = (): Http2Frame | undefined => frames.find(({ type }) => type === frameType.goaway)
      await until(() => find() !== undefined || over)
      return find()?.payload.readUInt32BE(4)
    },
    closed,
    destroy: () => void socket.destroy(),
  }
  return client
}

function readFrame(bytes: Buffer): Http2Frame | undefined {
  if (bytes.length < frameHeadSize) return undefined
  const end = frameHeadSize + bytes.readUIntBE(0, 3)
  if (bytes.length < end) return undefined
  return {
    type: bytes.readUInt8(3),
    flags: bytes.readUInt8(4),
    stream: bytes.readUInt32BE(5),
    payload: bytes.subarray(frameHeadSize, end),
  }
}

function shown({ type, stream, payload }: Http2Frame): string {
  return `${type}@${stream}:${payload.length}${type === frameType.goaway ? `=${payload.readUInt32BE(4)}` : ''}`
}

/** What comes on one stream. */
class Incoming {
  over = false
  readonly #decoder: HpackDecoder
  #status = 0
  #fields: Record<string, string> = {}
  #lines: FieldList = []
  #trailers: Record<string, string> | undefined
  #body = ''
  #reset: number | undefined
  #whole = false
  #block: Buffer[] = []

  constructor(decoder: HpackDecoder) {
    this.#decoder = decoder
  }

  take({ type, flags, payload }: Http2Frame): void {
    if (type === frameType.data) this.#body += payload.toString('latin1')
    else if (type === frameType.rstStream) this.#reset = payload.readUInt32BE(0)
    else if (type === frameType.headers || type === frameType.continuation) {
      this.#block.push(payload)
      if (flags & frameFlag.endHeaders) this.#head()
    }
    if (flags & frameFlag.endStream && type !== frameType.continuation) this.#whole = true
    this.over = this.#reset !== undefined || (this.#whole && this.#block.length === 0)
  }

  #head(): void {
    const block = Buffer.concat(this.#block)
    this.#block = []
    const fields: Record<string, string> = {}
    const lines: (readonly [string, string])[] = []
    this.#decoder.decode(block, 0, block.length, block.length, Infinity, (name, value) => {
      lines.push([name, value])
      fields[name] = name in fields ? `${fields[name]}, ${value}` : value
    })
    const { ':status': status, ...others } = fields
    if (status === undefined) this.#trailers = others
    else {
      this.#status = Number(status)
      this.#fields = others
      this.#lines = lines.filter(([name]) => name !== ':status')
    }
  }

  answer(): Http2Answer {
    return {
      status: this.#status,
      fields: this.#fields,
      lines: this.#lines,
      body: this.#body,
      trailers: this.#trailers,
      reset: this.#reset,
      whole: this.#whole,
    }
  }
}

/** The parameters of a server's first SETTINGS by their numbers. */
export function parametersOf({ payload }: Http2Frame): Readonly<Record<number, number>> {
  const parameters: Record<number, number> = {}
  for (let at = 0; at < payload.length; at += 6)
    parameters[payload.readUInt16BE(at)] = payload.readUInt32BE(at + 2)
  return parameters
}

export const allStreamsWide = [[setting.initialWindowSize, 2 ** 31 - 1]] as const
