import { expect, test } from 'vitest'
import type { Exchange } from '../request/exchange.ts'
import { fakeClock, type FakeClock } from '../testing/fake-clock.ts'
import type { ResponseFraming } from '../wire/response-framing.ts'
import { BodyReader, type BodyTaker } from './body-reader.ts'

/** Writes down what it is told. */
class Taker implements BodyTaker {
  told: string[] = []
  over = false
  pass(buffer: Buffer, start: number, end: number): void {
    this.told.push(buffer.toString('latin1', start, end))
  }
  flush(): void {
    this.told.push('flush')
  }
  whole(clean: boolean): void {
    this.told.push(`whole ${clean}`)
  }
  surplus(what: string): void {
    this.told.push(`surplus: ${what}`)
  }
  invalid(message: string): void {
    this.told.push(`invalid: ${message}`)
  }
  heard(): void {
    this.told.push('heard')
  }
  pauseReading(): void {
    this.told.push('pause')
  }
  resumeReading(): void {
    this.told.push('resume')
  }
}

function readerOf(
  framing: Pick<ResponseFraming, 'body'> & { length?: number },
  { rate = 0, clock = fakeClock() }: { rate?: number; clock?: FakeClock } = {},
): { taker: Taker; reader: BodyReader } {
  const taker = new Taker()
  // Of the exchange, only its clock is asked.
  const x = { cycle: { clock } } as unknown as Exchange
  const whole = { length: 0, contentLength: undefined, keepalive: true, ...framing }
  return { taker, reader: new BodyReader(x, whole, taker, rate) }
}

/** What is told of a body that comes in these pieces, each behind two bytes that are not its own. */
function told(framing: Pick<ResponseFraming, 'body'> & { length?: number }, ...pieces: string[]): string[] {
  const { taker, reader } = readerOf(framing)
  for (const piece of pieces) reader.take(Buffer.from(`##${piece}`, 'latin1'), 2)
  reader.dispose()
  return taker.told
}

test.each<[pieces: string[], expected: string[]]>([
  [['hello'], ['hello', 'whole true']],
  [
    ['he', 'llo'],
    ['he', 'flush', 'llo', 'whole true'],
  ],
  [['hello and'], ['hello', 'surplus: more data than specified in "Content-Length" header', 'whole false']],
])('a body of 5 bytes as %j', (pieces, expected) => {
  expect(told({ body: 'length', length: 5 }, ...pieces)).toEqual(expected)
})

test.each<[pieces: string[], expected: string[]]>([
  [['2\r\nhi\r\n0\r\n\r\n'], ['hi', 'whole true']],
  [
    ['2\r\nh', 'i\r\n', '0\r\n\r\n'],
    ['h', 'flush', 'i', 'flush', 'whole true'],
  ],
  [['2\r\nhi\r\n0\r\n\r\nHTTP'], ['hi', 'surplus: data after final chunk', 'whole false']],
  [['2\r\nhi\r\nx'], ['hi', 'invalid: upstream sent invalid chunked response']],
])('a chunked body as %j', (pieces, expected) => {
  expect(told({ body: 'chunked' }, ...pieces)).toEqual(expected)
})

test('a body that ends with its connection has no other end', () => {
  expect(told({ body: 'close' }, 'a', 'b')).toEqual(['a', 'flush', 'b', 'flush'])
})

test('proxy_limit_rate deals with what came a second at a time, and reads nothing meanwhile', () => {
  const clock = fakeClock()
  const { taker, reader } = readerOf({ body: 'length', length: 250 }, { rate: 100, clock })
  reader.take(Buffer.from('a'.repeat(250)), 0)
  const first = ['heard', 'a'.repeat(100), 'flush', 'pause']
  expect(taker.told).toEqual(first)
  clock.advance(1000)
  const second = ['heard', 'a'.repeat(100), 'flush']
  expect(taker.told).toEqual([...first, ...second])
  clock.advance(1000)
  expect(taker.told).toEqual([...first, ...second, 'heard', 'a'.repeat(50), 'whole true'])
  clock.advance(1000)
  expect(taker.told.at(-1)).toBe('resume')
})

test('what comes slower than proxy_limit_rate is dealt with at once', () => {
  const { taker, reader } = readerOf({ body: 'close' }, { rate: 1_000_000 })
  reader.take(Buffer.from('a'), 0)
  expect(taker.told).toEqual(['heard', 'a', 'flush'])
})

test('what waits is dropped when the answer is over, and nothing is told after it was disposed of', () => {
  const clock = fakeClock()
  const { taker, reader } = readerOf({ body: 'length', length: 250 }, { rate: 100, clock })
  reader.take(Buffer.from('a'.repeat(250)), 0)
  taker.over = true
  taker.told = []
  clock.advance(1000)
  expect(taker.told).toEqual(['heard'])
  reader.dispose()
  clock.advance(10_000)
  expect(taker.told).toEqual(['heard'])
})
