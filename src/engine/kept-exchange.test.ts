import { expect, test } from 'vitest'
import { detailOf, recordOf, type AttemptFacts, type ExchangeFacts } from './exchange-facts.ts'
import { keepExchange, keptExchange } from './kept-exchange.ts'

function attempt(about: Partial<AttemptFacts> = {}): AttemptFacts {
  return {
    peer: '127.0.0.1:3000',
    status: 200,
    connectMs: 0.25,
    headerMs: 1.5,
    responseMs: 2,
    reused: false,
    error: undefined,
    requestHead: 'GET /a HTTP/1.1\r\nHost: up\r\n\r\n',
    responseHead: 'HTTP/1.1 200 OK\r\nServer: x\r\n\r\n',
    ...about,
  }
}

function facts(about: Partial<ExchangeFacts> = {}): ExchangeFacts {
  return {
    id: 7,
    status: 200,
    durationMs: 3.5,
    route: 'r',
    server: 'app.localhost',
    location: '/a',
    upstream: 'up',
    error: undefined,
    startedAt: 1_700_000_000_000.5,
    bytesSent: 300,
    bodyBytesSent: 100,
    requestBytes: 80,
    headMs: 0.5,
    contentMs: 0.75,
    sentMs: 3,
    secure: true,
    upgraded: false,
    running: false,
    keptReply: false,
    clientPort: 50_123,
    port: 8443,
    client: '127.0.0.1',
    protocol: 'HTTP/1.1',
    method: 'GET',
    host: 'app.localhost',
    target: '/a?\u00e9',
    requestLine: 'GET /a?\u00e9 HTTP/1.1',
    fields: 'Host: app.localhost\r\nX-Empty:\r\n',
    cache: undefined,
    cacheReason: undefined,
    cacheExpiredSeconds: 0,
    cacheNotStored: undefined,
    limited: undefined,
    answerLine: '200 OK',
    contentType: 'text/plain',
    contentLength: 100,
    lastModified: undefined,
    answerLocation: undefined,
    answerLines: 'X: y\r\n',
    attempts: [attempt()],
    ...about,
  }
}

const wholly: [name: string, facts: ExchangeFacts][] = [
  ['a proxied one', facts()],
  [
    'one that nobody answered',
    facts({
      status: 499,
      answerLine: undefined,
      contentType: undefined,
      contentLength: -1,
      answerLines: '',
      attempts: [],
    }),
  ],
  ['one that matched nothing', facts({ route: undefined, upstream: undefined, error: 'broken', host: '' })],
  ['one with another request line', facts({ requestLine: 'GET http://app.localhost/a?\u00e9 HTTP/1.1' })],
  ['one without a protocol', facts({ protocol: 'HTTP/0.9', requestLine: 'GET /a?\u00e9' })],
  ['a redirect', facts({ answerLocation: '/b', lastModified: 'now', contentType: undefined })],
  ['one that was limited', facts({ limited: { verdict: 'REJECTED', zone: 'one', key: '127.0.0.1' } })],
  [
    'one of the cache',
    facts({
      cache: 'MISS',
      cacheReason: 'expired',
      cacheNotStored: 'private',
      upgraded: true,
      secure: false,
    }),
  ],
  [
    'one with several attempts, two of them with the same head',
    facts({
      attempts: [
        attempt({ error: 'refused', connectMs: -1, headerMs: -1, responseHead: undefined }),
        attempt({ peer: 'unix:/x' }),
        attempt({ requestHead: 'GET /b HTTP/1.0\r\n\r\n' }),
        attempt({ requestHead: undefined }),
      ],
    }),
  ],
]

test.each(wholly)('%s is shown as if it had just ended', (_name, facts) => {
  const kept = keptExchange(keepExchange(facts))
  expect(kept?.id).toBe(facts.id)
  expect(kept?.record()).toEqual(recordOf(facts))
  expect(kept?.detail()).toEqual(detailOf(facts))
})

test('the newest are there, those that made room for them are not', () => {
  const long = 'x'.repeat(100_000)
  const places = Array.from({ length: 400 }, (_, id) => keepExchange(facts({ id, fields: `X: ${long}\r\n` })))
  const there = places.map((place) => keptExchange(place)?.record()?.id)
  const first = there.findIndex((id) => id !== undefined)
  expect(first).toBeGreaterThan(100)
  expect(there.slice(first)).toEqual(there.slice(first).map((_, i) => first + i))
  expect(keptExchange(places.at(-1) ?? 0)?.detail()?.request.fields).toEqual([['X', long]])
  expect(there.slice(0, first)).toEqual(there.slice(0, first).map(() => undefined))
})

test('one that would fill the memory is kept without its heads', () => {
  const endless = `/${'y'.repeat(300_000)}`
  const place = keepExchange(facts({ target: endless, requestLine: `GET ${endless} HTTP/1.1` }))
  const record = keptExchange(place)?.record()
  expect({ ...record, target: record?.target.length }).toEqual({ ...recordOf(facts()), target: 65_536 })
})
