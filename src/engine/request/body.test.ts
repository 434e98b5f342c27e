import { expect, test } from 'vitest'
import { RequestBody } from './body.ts'
import type { Exchange } from './exchange.ts'

const x = {
  settings: { clientBodyBufferSize: 4, clientMaxBodySize: 0, fields: { clientBodyInFileOnly: 'on' } },
  cycle: { tempFolder: '/nowhere' },
} as unknown as Exchange

/** A body of ten bytes whose client has sent `come` before anybody reads. */
function bodyWith(come: string): { body: RequestBody; send: (text: string) => void; asked: string[] } {
  const asked: string[] = []
  let waiting = come
  let left = 10
  const hand = (): void => {
    const piece = Buffer.from(waiting)
    waiting = ''
    left -= piece.length
    if (piece.length > 0) body.push(piece, 0, piece.length)
    if (left === 0 && !body.whole) body.finish()
    else body.flush()
  }
  const body: RequestBody = new RequestBody(
    {
      resumeBody: () => asked.push('resume'),
      sendContinue: () => asked.push('100'),
      readNow: hand,
    },
    'length',
    10,
    false,
  )
  return {
    body,
    asked,
    send(text) {
      waiting += text
      if (body.wanted) hand()
    },
  }
}

function sinkOf(body: RequestBody): string[] {
  const taken: string[] = []
  body.stream(
    x,
    {
      data: (buffer, start, end) => taken.push(buffer.toString('latin1', start, end)) > 0,
      flush: () => undefined,
      end: () => taken.push('end'),
    },
    (status) => taken.push(String(status)),
  )
  return taken
}

test('what has come whole is taken at once, in memory whatever its size', () => {
  const { body } = bodyWith('0123456789')
  expect([body.takeAvailable(x), body.inMemory()?.toString(), body.file]).toEqual([
    true,
    '0123456789',
    undefined,
  ])
})

test('what came before the upstream was there is streamed first, what comes later behind it', () => {
  const { body, send } = bodyWith('01234')
  expect(body.takeAvailable(x)).toBe(false)
  send('56789') // nobody reads while the upstream is being connected
  expect(body.whole).toBe(false)
  expect(sinkOf(body)).toEqual(['01234', '56789', 'end'])
})

test('a body that is whole before it is streamed loses nothing', () => {
  const { body } = bodyWith('0123456789')
  body.takeAvailable(x)
  expect(sinkOf(body)).toEqual(['0123456789', 'end'])
})

test('a body over its limit while it is streamed is refused with 413, once', () => {
  const limited = {
    ...x,
    settings: { ...x.settings, clientMaxBodySize: 3, errorLogs: [] },
  } as unknown as Exchange
  const chunked = new RequestBody(
    {
      resumeBody: () => undefined,
      sendContinue: () => undefined,
      readNow: () => undefined,
    },
    'chunked',
    0,
    false,
  )
  const refused: number[] = []
  Object.assign(limited, {
    head: { fields: { names: [] }, requestLine: '' },
    address: {},
    server: {},
    attempts: [],
    cycle: { log: () => undefined },
  })
  chunked.stream(limited, { data: () => true, flush: () => undefined, end: () => undefined }, (status) =>
    refused.push(status),
  )
  chunked.push(Buffer.from('0123'), 0, 4)
  chunked.push(Buffer.from('4567'), 0, 4)
  expect(refused).toEqual([413])
})
