import net from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { TurnPiece } from './turn-memory.ts'

const stops: (() => unknown)[] = []

afterEach(() => {
  for (const stop of stops.splice(0)) stop()
})

/** Two ends of a connection; `from` is written to, `to` is not read from. */
async function pair(): Promise<{ from: net.Socket; to: net.Socket }> {
  const server = net.createServer({ pauseOnConnect: true })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const from = net.connect((server.address() as net.AddressInfo).port, '127.0.0.1')
  const to = await new Promise<net.Socket>((resolve) => server.once('connection', resolve))
  stops.push(() => [from.destroy(), to.destroy(), server.close()])
  return { from, to }
}

function read(piece: TurnPiece): string {
  const target = Buffer.alloc(65_536)
  return target.toString('latin1', 0, piece.copyTo(target))
}

test('a text and bytes stand behind each other', () => {
  const piece = new TurnPiece(100)
  piece.text('head\u00e9 ')
  piece.copy(Buffer.from('a body of bytes'), 2, 6)
  expect(read(piece)).toBe('head\u00e9 body')
  piece.drop()
})

test('a piece takes no more where another one stands behind it, and none beyond its block', () => {
  const first = new TurnPiece(100)
  first.text('first')
  expect([first.hasRoom(60_000), first.hasRoom(65_536)]).toEqual([true, false])
  const second = new TurnPiece(100)
  second.text('second')
  expect([first.hasRoom(1), second.hasRoom(1)]).toEqual([false, true])
  first.drop()
  second.drop()
})

test('as long as one piece of a block is needed nothing is written over it', () => {
  const kept = new TurnPiece(1000)
  kept.text('kept')
  for (let i = 0; i < 500; i++) {
    const other = new TurnPiece(1000)
    other.text('x'.repeat(1000))
    other.drop()
  }
  expect(read(kept)).toBe('kept')
  kept.drop()
})

test('what the kernel does not take at once is not written over', async () => {
  const { from, to } = await pair()
  let sent = ''
  for (let i = 0; from.writableLength === 0; i++) {
    const piece = new TurnPiece(40_000)
    const text = String(i % 10).repeat(40_000)
    piece.text(text)
    sent += text
    piece.write(from)
  }
  for (let i = 0; i < 40; i++) {
    const other = new TurnPiece(40_000)
    other.text('?'.repeat(40_000))
    other.drop()
  }
  from.end()
  let received = ''
  for await (const bytes of to) received += (bytes as Buffer).toString('latin1')
  expect(received === sent).toBe(true)
})
