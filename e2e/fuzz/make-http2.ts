import { frameFlag, frameType } from '../../src/engine/wire/http2-frames.ts'
import { dataFrame, frame, plainBlock } from '../../src/engine/testing/http2-client.ts'
import { change } from './pieces.ts'
import type { Chance } from './random.ts'

type Fields = [name: string, value: string][]

/** The frames of one stream: a request that is mostly nearly right, its block now and then cut up or changed at random. */
export function makeHttp2Request(chance: Chance, stream: number): Buffer {
  const body = bodyOf(chance)
  const fields = fieldsOf(chance, body.length)
  let block = plainBlock(fields)
  if (chance.percent(10)) block = Buffer.from(change(block.toString('latin1'), chance), 'latin1')
  const endStream = body === undefined || body.length === 0
  const frames = [...headFrames(chance, stream, block, endStream)]
  if (!endStream && body !== undefined) frames.push(...bodyFrames(chance, stream, body))
  return Buffer.concat(frames)
}

function bodyOf(chance: Chance): string {
  return chance.weighted([
    ['', 50], ['a', 10], ['hello', 20], ['0\r\n\r\n', 5], ['GET /in HTTP/1.1\r\nHost: in\r\n\r\n', 10],
    ['x'.repeat(chance.upTo(3000)), 5],
  ]) // prettier-ignore
}

function fieldsOf(chance: Chance, length: number): Fields {
  const fields: Fields = [
    [':method', chance.weighted([['GET', 60], ['POST', 25], ['HEAD', 3], ['PUT', 3], ['CONNECT', 1], ['get', 1], ['', 1], ['GE T', 1], ['GET\r\nA: b', 1], ['G\0T', 1], ['X_Y-Z', 2], ['TRACE', 1]])],
    [':scheme', chance.weighted([['http', 90], ['https', 3], ['HTTP', 2], ['', 1], ['ht tp', 1], ['h+t.1-', 1], ['1http', 1], ['ht\rtp', 1]])],
    [':path', path(chance)],
    [':authority', authority(chance)],
  ] // prettier-ignore
  if (chance.percent(3)) fields.splice(chance.upTo(fields.length), 1)
  if (chance.percent(3)) fields.push(chance.one(fields))
  if (chance.percent(2)) fields.push([chance.one([':unknown', ':', ':Path', ':path ']), '/'])
  if (chance.percent(length > 0 ? 60 : 10)) fields.push(['content-length', contentLength(chance, length)])
  if (chance.percent(2)) fields.push(['content-length', String(length)])
  for (let more = chance.upTo(4); more > 0; more--) fields.push(otherField(chance))
  // A pseudo-field behind the others.
  if (chance.percent(5)) fields.push(...fields.splice(chance.upTo(3), 1))
  return fields
}

function path(chance: Chance): string {
  if (chance.percent(50)) return '/'
  if (chance.percent(50)) {
    const pieces = ['a', 'b.c', '.', '..', '/', '//', '?', '&', '=', '%41', '%2f', '%2e', '%00', '%0d%0a', '%', '%4', '+', ';', '\\', '\xe4', '#'] // prettier-ignore
    return `/${Array.from({ length: chance.upTo(7) }, () => chance.one(pieces)).join('')}`
  }
  return chance.one([
    '*', '', 'a', '?', '/a b', '/a\tb', '/\x01', '/\x7f', '/a\rb', '/a\nb', '/a\r\nHost: x', '/a\0b', 'http://h/', '/ HTTP/1.1', '//h/a',
    `/${'u'.repeat(chance.upTo(3000))}`, `/${'u'.repeat(chance.upTo(10_000))}`,
  ]) // prettier-ignore
}

function authority(chance: Chance): string {
  return chance.weighted([
    ['h', 85], ['h:80', 4], ['', 2], ['a b', 1], ['a/b', 1], ['a..b', 1], ['[::1]:80', 1], ['A.b.:80', 1], ['a,b', 1], ['h\r\nX: y', 1], ['h\0', 1],
  ]) // prettier-ignore
}

function contentLength(chance: Chance, length: number): string {
  return chance.weighted([
    [String(length), 75], [String(length + 1), 5], [String(Math.max(0, length - 1)), 5], [`0${length}`, 3], ['', 1], ['x', 1], [`+${length}`, 1],
    [`-${length}`, 1], [`${length},${length}`, 1], ['99999999999999999999', 1], [`${length} `, 1], [` ${length}`, 1],
  ]) // prettier-ignore
}

function otherField(chance: Chance): [string, string] {
  const name = chance.weighted([
    ['x-a', 30], ['accept', 10], ['cookie', 20], ['host', 5], ['connection', 5], ['transfer-encoding', 5], ['te', 4], ['keep-alive', 2],
    ['proxy-connection', 2], ['upgrade', 3], ['expect', 3], ['if-match', 2], ['range', 2], ['authorization', 2], ['x_a', 3], ['x.a', 2],
    ['content_length', 2], ['X-Upper', 2], ['', 1], ['x a', 1], ['x\0a', 1], ['x\ra', 1], ['x\na', 1], ['\xe4', 1], ['x:a', 1], ['-', 1], ['"', 1],
  ]) // prettier-ignore
  const value = chance.weighted([
    ['1', 30], ['', 5], ['close', 5], ['chunked', 5], ['trailers', 3], ['100-continue', 3], ['a b', 3], [' a', 3], ['a ', 3], ['a:b', 2], ['a=1', 5],
    ['\xe4\xff', 2], ['\x01', 1], ['a\x7f', 1], ['a\0b', 1], ['a\rb', 1], ['a\nb', 1], ['a\r\nTransfer-Encoding: chunked', 2],
    ['v'.repeat(chance.upTo(3000)), 1], ['v'.repeat(chance.upTo(20_000)), 1],
  ]) // prettier-ignore
  return [name, value]
}

/** HEADERS and as many CONTINUATION as chance wants. */
function* headFrames(chance: Chance, stream: number, block: Buffer, endStream: boolean): Generator<Buffer> {
  const cuts = chance.percent(70) ? 0 : 1 + chance.upTo(3)
  const parts: Buffer[] = []
  let rest = block
  for (let i = 0; i < cuts; i++) {
    const at = 1 + chance.upTo(Math.max(1, rest.length - 1))
    parts.push(rest.subarray(0, at))
    rest = rest.subarray(at)
  }
  parts.push(rest)
  for (const [i, part] of parts.entries()) {
    const last = i === parts.length - 1 ? frameFlag.endHeaders : 0
    if (i > 0) yield frame(frameType.continuation, last, stream, part)
    else yield headersFrame(chance, stream, part, last | (endStream ? frameFlag.endStream : 0))
  }
}

function headersFrame(chance: Chance, stream: number, part: Buffer, flags: number): Buffer {
  const padding = chance.percent(15) ? chance.upTo(50) : -1
  const priority = chance.percent(15)
  return frame(
    frameType.headers,
    flags | (padding >= 0 ? frameFlag.padded : 0) | (priority ? frameFlag.priority : 0),
    stream,
    Buffer.concat([
      padding >= 0 ? Buffer.of(padding) : Buffer.alloc(0),
      priority ? Buffer.of(0, 0, 0, chance.percent(5) ? stream : 0, 15) : Buffer.alloc(0),
      part,
      Buffer.alloc(Math.max(0, padding)),
    ]),
  )
}

function* bodyFrames(chance: Chance, stream: number, body: string): Generator<Buffer> {
  let rest = body
  while (chance.percent(30) && rest.length > 1) {
    const at = chance.upTo(rest.length)
    yield dataFrame(stream, rest.slice(0, at))
    rest = rest.slice(at)
  }
  const padding = chance.percent(15) ? chance.upTo(50) : -1
  if (padding < 0) yield dataFrame(stream, rest, true)
  else
    yield frame(
      frameType.data,
      frameFlag.endStream | frameFlag.padded,
      stream,
      Buffer.concat([Buffer.of(padding), Buffer.from(rest, 'latin1'), Buffer.alloc(padding)]),
    )
}
