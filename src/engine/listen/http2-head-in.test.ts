import { expect, test } from 'vitest'
import { fakeClock } from '../testing/fake-clock.ts'
import { frame, http2Client, plainBlock, pseudo, type FieldList } from '../testing/http2-client.ts'
import { startWith } from '../testing/start-with.ts'
import { errorCode, Http2Error } from '../wire/http2-error.ts'
import { frameFlag, frameType } from '../wire/http2-frames.ts'
import type { Http2Connection } from './http2-connection.ts'
import { HeadIn } from './http2-head-in.ts'
import type { Http2Stream } from './http2-stream.ts'

/** A connection and a stream that only write down what is done to them. */
function close() {
  const told: string[] = []
  const clock = fakeClock()
  const headLimits = { lineLimit: 100, totalLimit: 50, ignoreInvalid: true, underscores: false }
  const connection = {
    listener: { cycle: { clock } },
    server: { headLimits, clientHeaderTimeout: 20_000 },
    payload: 0,
    log: (_severity: string, message: string) => void told.push(message),
  }
  const stream = { terminate: (code: number) => void told.push(`terminate ${code}`) } as Http2Stream
  return { head: new HeadIn(connection as unknown as Http2Connection), connection, stream, told, clock }
}
const take = (head: HeadIn, fields: FieldList): void => {
  for (const [name, value] of fields) head.take(name, value)
}
const { protocolError } = errorCode
const late = ['client timed out (110: Connection timed out)', `terminate ${protocolError}`]

test('a head that is malformed ends its stream, and its bytes count', () => {
  const { head, connection, stream, told } = close()
  head.begin(stream, 10)
  head.continued(5)
  take(head, [['X-A', '1']])
  head.end()
  expect([connection.payload, told]).toEqual([
    15,
    ['client sent invalid header name: "X-A"', `terminate ${protocolError}`],
  ])
})

test('a head of a stream that was refused is read for its limit alone', () => {
  const { head, connection, told, clock } = close()
  head.begin(undefined, 10)
  take(head, [['X-A', '1']])
  head.waitForMore()
  clock.advance(60_000)
  head.end()
  expect([connection.payload, told]).toEqual([0, []])
  head.begin(undefined, 10)
  expect(() => head.take('name', 'v'.repeat(47))).toThrow(
    new Http2Error(errorCode.enhanceYourCalm, 'client sent too large header'),
  )
})

test('large_client_header_buffers bound each head by itself', () => {
  const { head, stream } = close()
  for (let n = 0; n < 3; n++) {
    head.begin(stream, 10)
    take(head, [['name', 'v'.repeat(46)]])
  }
  expect(() => head.take('', 'v')).toThrow('client sent too large header')
})

test('a head that stops coming is given up after client_header_timeout', () => {
  const { head, stream, told, clock } = close()
  head.begin(stream, 10)
  head.waitForMore()
  clock.advance(19_999)
  head.waitForMore()
  clock.advance(19_999)
  expect(told).toEqual([])
  clock.advance(1)
  expect(told).toEqual(late)
  // What still comes of it is nobody's.
  take(head, [['x', '1']])
  head.end()
  expect(told).toEqual(late)
})

test('a head whose stream is reset is not waited for, one of another stream is', () => {
  const { head, stream, told, clock } = close()
  head.begin(stream, 10)
  head.waitForMore()
  head.drop({} as Http2Stream)
  clock.advance(20_000)
  expect(told.splice(0)).toEqual(late)
  head.begin(stream, 10)
  head.waitForMore()
  head.drop(stream)
  clock.advance(20_000)
  expect(told).toEqual([])
})

test('nothing is waited for after it was disposed of', () => {
  const { head, stream, told, clock } = close()
  head.begin(stream, 10)
  head.waitForMore()
  head.dispose()
  clock.advance(60_000)
  expect(told).toEqual([])
})

test('a head that is whole is a request that runs, in however many frames it came', async () => {
  const started = await startWith('server { listen 80 http2; return 200 "$request_method $uri $http_x"; }')
  const client = await http2Client(started.port(80))
  const block = plainBlock([...pseudo('GET', '/a'), ['x', 'y']])
  const { headers, continuation } = frameType
  client.send(
    frame(headers, frameFlag.endStream, 1, block.subarray(0, 5)),
    frame(continuation, 0, 1, block.subarray(5, 20)),
    frame(continuation, frameFlag.endHeaders, 1, block.subarray(20)),
  )
  expect((await client.answer(1)).body).toBe('GET /a y')
  client.destroy()
  await started.stop()
})
