/** The client: HTTP/1 in text, over TLS where wanted, or HTTP/2 in frames, with the same words for both. */
import {
  allStreamsWide,
  dataFrame,
  frame,
  headersFrame,
  http2Client,
  plainBlock,
  pseudo,
  resetFrame,
  type FieldList,
  type Http2Client as Frames,
} from '../../../src/engine/testing/http2-client.ts'
import { frameType } from '../../../src/engine/wire/http2-frames.ts'
import { endTo, opened, type End } from './end.ts'
import { requestTo, upTo, type Point, type RequestKind } from './phases.ts'
import { isWhole } from './whole.ts'

export interface Client {
  readonly end: End
  /** Says more of the request, up to this point. */
  send(point: Point): void
  /** Another request, with the first one's path. */
  again(): void
  /** The answer to the latest request, or what there is of it. */
  seen(): string
  /** All of that answer is there. */
  whole(): boolean
  /** No more will come of that answer. */
  over(): boolean
  /** Gives the request up and keeps the connection, where the protocol can. */
  cancel?(): void
}

export async function connectHttp1(
  port: number,
  secure: boolean,
  path: string,
  kind: RequestKind,
): Promise<Client> {
  const end = await opened(endTo(port, secure ? { servername: 'localhost' } : undefined))
  const request = requestTo(path, kind)
  let [said, from] = [0, 0]
  const answer = (): string => end.heard.slice(from)
  return {
    end,
    send: (point) => {
      const text = upTo(request, point)
      end.say(text.slice(said))
      said = text.length
    },
    again: () => {
      from = end.heard.length
      end.say(upTo(requestTo(path, 'get'), 'all'))
    },
    seen: answer,
    whole: () => isWhole(answer()),
    over: () => isWhole(answer()) || end.left !== undefined,
  }
}

const cancelled = 8

export async function connectHttp2(port: number, path: string, kind: RequestKind): Promise<Client> {
  const end = endTo(port, { servername: 'localhost', ALPNProtocols: ['h2'] })
  const frames = await http2Client(port, { settings: allStreamsWide, connect: () => end.stream })
  // A server may want its settings acknowledged before it takes bodies.
  await frames.until(() => frames.frames.length > 0)
  let stream = 1
  const parts = partsOf(path, kind)
  let said = 0
  return {
    end,
    send: (point) => {
      const until = partsUpTo[point]
      const more = parts.slice(said, until)
      said = until
      if (more.length > 0) frames.send(...more)
    },
    again: () => {
      stream += 2
      frames.send(headersFrame(stream, pseudo('GET', path)))
    },
    seen: () => streamSeen(frames, stream),
    whole: () => frames.seen(stream).whole,
    over: () => {
      const { whole, reset } = frames.seen(stream)
      return whole || reset !== undefined || end.left !== undefined
    },
    cancel: () => frames.send(resetFrame(stream, cancelled)),
  }
}

const partsUpTo: Readonly<Record<Point, number>> = {
  nothing: 0,
  'half a head': 1,
  head: 2,
  'half a body': 3,
  all: 4,
}

/** The frames of a request, a part for each point that they reach. */
function partsOf(path: string, kind: RequestKind): Buffer[] {
  const body = kind === 'get' ? '' : requestTo(path, 'post').body
  const fields: FieldList = kind === 'post' ? [['content-length', String(body.length)]] : []
  const block = plainBlock([...pseudo(kind === 'get' ? 'GET' : 'POST', path), ...fields])
  const half = block.length / 2
  const endStream = body === '' ? 1 : 0
  const endHeaders = 4
  return [
    frame(frameType.headers, endStream, 1, block.subarray(0, half)),
    frame(frameType.continuation, endHeaders, 1, block.subarray(half)),
    data(body.slice(0, body.length / 2), false),
    data(body.slice(body.length / 2), true),
  ]
}

// Frames of at most 16,384 bytes, which every server takes.
function data(text: string, last: boolean): Buffer {
  if (text === '') return Buffer.alloc(0)
  const middle = text.length / 2
  return Buffer.concat([dataFrame(1, text.slice(0, middle)), dataFrame(1, text.slice(middle), last)])
}

function streamSeen(frames: Frames, stream: number): string {
  const { status, lines, body, whole, reset } = frames.seen(stream)
  const goaway = frames.frames.find(({ type }) => type === frameType.goaway)
  return [
    status === 0 ? '' : `${status}\n${lines.map(([name, value]) => `${name}: ${value}\n`).join('')}\n${body}`,
    // What comes behind the end of an answer says only that no more of its request is wanted.
    whole ? 'END_STREAM' : reset === undefined ? '' : `RST_STREAM ${reset}`,
    goaway ? `GOAWAY ${goaway.payload.readUInt32BE(4)}` : '',
  ]
    .filter((part) => part !== '')
    .join(' ')
}
