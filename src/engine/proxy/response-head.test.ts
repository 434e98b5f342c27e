import { describe, expect, test } from 'vitest'
import type { Exchange } from '../request/exchange.ts'
import { parseResponseHead, type ResponseHead } from '../wire/response-head.ts'
import { answerOf, carriedBy, isSameForAll, type CacheState } from './response-head.ts'
import type { ProxySettings } from './settings.ts'

function headOf(fields: string, status = '200 OK'): ResponseHead {
  const bytes = Buffer.from(`HTTP/1.1 ${status}\r\n${fields}\r\n`, 'latin1')
  const result = parseResponseHead(bytes, 0, bytes.length, 0)
  if (result.kind !== 'head') throw new Error('no head')
  return result.head
}

/** The settings of a location as far as heads are concerned; nginx hides these by itself. */
function settingsOf(more: Partial<ProxySettings> = {}): ProxySettings {
  return {
    hidden: new Set(['date', 'server', 'x-pad']),
    ignored: new Set(),
    redirects: [],
    cookies: [],
    forceRanges: false,
    ...more,
  } as unknown as ProxySettings
}

function exchange(more: object = {}): Exchange {
  return { settings: { absoluteRedirect: true }, cycle: {}, ...more } as unknown as Exchange
}

interface Case {
  readonly settings?: Partial<ProxySettings>
  readonly x?: Exchange
  readonly cache?: CacheState
}

function answered(
  fields: string,
  { settings = {}, x = exchange(), cache }: Case = {},
): ReturnType<typeof answerOf> {
  return answerOf(x, settingsOf(settings), headOf(fields), { contentLength: undefined }, cache)
}

describe('the fields of an answer', () => {
  const hop = 'Connection: close\r\nKeep-Alive: x\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n'
  test.each<[what: string, fields: string, lines: string]>([
    ['are passed as they came', 'A: 1\r\nb-C: 2\r\n', 'A: 1\r\nb-C: 2\r\n'],
    ['are written anew where they were spelt in another way', 'A:1\r\nB: 2 \n', 'A: 1\r\nB: 2\r\n'],
    ['of a connection are left out', `A: 1\r\n${hop}B: 2\r\n`, 'A: 1\r\nB: 2\r\n'],
    ['that are hidden are left out', 'Date: x\r\nServer: y\r\nA: 1\r\nX-Pad: z\r\n', 'A: 1\r\n'],
    ['may be none', '', ''],
  ])('%s', (_, fields, lines) => {
    expect(answered(fields).answer.lines).toBe(lines)
  })

  test('say status, reason and length', () => {
    const head = headOf('A: 1\r\n', '404 Gone Fishing')
    const { answer } = answerOf(exchange(), settingsOf(), head, { contentLength: 7 })
    expect([answer.status, answer.reason, answer.contentLength]).toEqual([404, '404 Gone Fishing', 7])
    expect(answered('').answer.contentLength).toBe(-1)
  })

  test('Server and Date are ours unless the location passes them', () => {
    const { answer } = answered('Server: x\r\nDate: y\r\n', { settings: { hidden: new Set() } })
    expect([answer.server, answer.date, answer.lines]).toEqual(['', '', 'Server: x\r\nDate: y\r\n'])
    const ours = answered('').answer
    expect([ours.server, ours.date]).toEqual([undefined, undefined])
  })

  test('Content-Type is the answer’s, unless it is hidden', () => {
    expect(answered('Content-Type: a/b\r\n').answer).toMatchObject({ contentType: 'a/b', lines: '' })
    const hidden = answered('Content-Type: a/b\r\n', { settings: { hidden: new Set(['content-type']) } })
    expect(hidden.answer).toMatchObject({ contentType: undefined, lines: '' })
  })

  test('ETag is known to filters and passed', () => {
    expect(answered('ETag: "x"\r\n').answer).toMatchObject({ etag: '"x"', lines: 'ETag: "x"\r\n' })
  })

  test.each<[what: string, more: Case, lines: string, allowRanges: boolean]>([
    ['are the upstream’s to offer', {}, 'Accept-Ranges: bytes\r\n', false],
    ['are ours with proxy_force_ranges', { settings: { forceRanges: true } }, '', true],
    ['are ours where the answer is stored', { cache: 'storing' }, '', true],
    ['are ours where it comes from the cache', { cache: 'cached' }, '', true],
  ])('ranges %s', (_, more, lines, allowRanges) => {
    const { answer } = answered('Accept-Ranges: bytes\r\n', more)
    expect([answer.lines, answer.allowRanges]).toEqual([lines, allowRanges])
  })

  test('a sticky cookie stands in front, but not of what is stored', () => {
    const x = exchange({ stickyCookie: 'route=a' })
    expect(answered('A: 1\r\n', { x }).answer.lines).toBe('Set-Cookie: route=a\r\nA: 1\r\n')
    expect(answered('A: 1\r\n', { x, cache: 'storing' }).answer.lines).toBe('Set-Cookie: route=a\r\nA: 1\r\n')
    expect(answered('A: 1\r\n', { x, cache: 'cached' }).answer.lines).toBe('A: 1\r\n')
  })
})

describe('what points elsewhere', () => {
  const inward: Partial<ProxySettings> = {
    redirects: [
      () => undefined,
      (_, value, at) =>
        value.startsWith('http://in/', at) ? `${value.slice(0, at)}/out/${value.slice(at + 10)}` : undefined,
    ],
  }

  test('Location is rewritten by the first rule that fits', () => {
    const { answer } = answered('Location: http://in/a\r\n', { settings: inward })
    expect([answer.location, answer.lines]).toEqual(['/out/a', ''])
  })

  test('Location stays a path without absolute_redirect, and what no rule fits stays as it is', () => {
    const x = exchange({ settings: { absoluteRedirect: false } })
    const lines = (fields: string, more: Case): string => answered(fields, more).answer.lines
    expect(lines('Location: http://in/a\r\n', { settings: inward, x })).toBe('Location: /out/a\r\n')
    expect(lines('location: http://else/a\r\n', { settings: inward })).toBe('location: http://else/a\r\n')
    expect(lines('Location: /a\r\n', {})).toBe('Location: /a\r\n')
  })

  test('Location of one of our servers names the port that is open here', () => {
    const localRedirect = (url: string): string | undefined =>
      url === 'https://a.test/' ? 'https://a.test:8443/' : undefined
    const x = exchange({ cycle: { localRedirect } })
    expect(answered('Location: https://a.test/\r\n', { x }).answer.lines).toBe(
      'Location: https://a.test:8443/\r\n',
    )
    expect(answered('Location: https://b.test/\r\n', { x }).answer.lines).toBe(
      'Location: https://b.test/\r\n',
    )
  })

  test.each([
    ['Refresh: 3; url=http://in/a\r\n', 'Refresh: 3; url=/out/a\r\n'],
    ['Refresh: 3; URL=http://in/a\r\n', 'Refresh: 3; URL=/out/a\r\n'],
    ['Refresh: 3; url=http://else/a\r\n', 'Refresh: 3; url=http://else/a\r\n'],
    ['Refresh: 3\r\n', 'Refresh: 3\r\n'],
  ])('%j is passed as %j', (fields, lines) => {
    expect(answered(fields, { settings: inward }).answer.lines).toBe(lines)
  })

  test('cookies go through all rewrites, those that change nothing too', () => {
    const settings: Partial<ProxySettings> = {
      cookies: [(_, text) => `${text}; a`, () => undefined, (_, text) => `${text}; b`],
    }
    expect(answered('Set-Cookie: x=1\r\nA: 1\r\nSet-Cookie: y\r\n', { settings }).answer.lines).toBe(
      'Set-Cookie: x=1; a; b\r\nA: 1\r\nSet-Cookie: y; a; b\r\n',
    )
  })

  test('what is hidden is not rewritten but left out', () => {
    const hidden = new Set(['location', 'refresh', 'set-cookie', 'etag', 'accept-ranges', 'x-accel-redirect'])
    const fields =
      'Location: a\r\nRefresh: b\r\nSet-Cookie: c\r\nETag: d\r\nAccept-Ranges: e\r\nX-Accel-Redirect: /f\r\n'
    const { answer, steering } = answered(fields, { settings: { hidden } })
    expect([answer.lines, answer.etag, steering.redirect]).toEqual(['', undefined, '/f'])
  })
})

describe('X-Accel fields', () => {
  const fields =
    'X-Accel-Redirect: /a\r\nX-Accel-Redirect: /b\r\nX-Accel-Buffering: No\r\nX-Accel-Limit-Rate: 100\r\n'

  test('steer us', () => {
    const x = exchange()
    const { answer, steering } = answered(fields, { x })
    expect([steering, x.limitRate]).toEqual([{ redirect: '/a', buffering: false }, 100])
    // Whether they are shown is for proxy_hide_header to say, which names them by itself.
    expect(answer.lines).toBe(fields)
  })

  test.each([
    ['X-Accel-Buffering: yes\r\n', true],
    ['X-Accel-Buffering: NO\r\n', false],
    ['X-Accel-Buffering: maybe\r\n', undefined],
    ['X-Accel-Limit-Rate: off\r\n', undefined],
    ['X-Accel-Limit-Rate: 1k\r\n', undefined],
  ])('%j says: %j', (field, buffering) => {
    const x = exchange()
    const { steering } = answered(field, { x })
    expect([steering, x.limitRate]).toEqual([{ redirect: undefined, buffering }, undefined])
  })

  test('do not where they are ignored', () => {
    const x = exchange()
    const ignored = new Set(['x-accel-redirect', 'x-accel-buffering', 'x-accel-limit-rate'])
    const { steering } = answered(fields, { x, settings: { ignored } })
    expect([steering, x.limitRate]).toEqual([{ redirect: undefined, buffering: undefined }, undefined])
  })
})

describe('an answer is the same for every exchange', () => {
  test.each<[fields: string, settings: Partial<ProxySettings>, same: boolean]>([
    ['A: 1\r\nETag: x\r\nContent-Type: y\r\n', {}, true],
    ['Set-Cookie: a\r\n', {}, true],
    ['Set-Cookie: a\r\n', { cookies: [() => undefined] }, false],
    ['Location: /\r\n', {}, false],
    ['A: 1\r\nRefresh: 1\r\n', {}, false],
    ['X-Accel-Buffering: no\r\n', {}, false],
  ])('with %j: %#', (fields, settings, same) => {
    expect(isSameForAll(settingsOf(settings), headOf(fields))).toBe(same)
  })
})

test('what is hidden is the same for every answer of a location', () => {
  const settings = settingsOf({ hidden: new Set(['a']) })
  const lines = (fields: string): string =>
    answerOf(exchange(), settings, headOf(fields), { contentLength: undefined }).answer.lines
  expect([lines('A: 1\r\nB: 2\r\n'), lines('B: 3\r\nA: 4\r\n')]).toEqual(['B: 2\r\n', 'B: 3\r\n'])
})

test('of an answer whose X-Accel-Redirect is followed a few fields stay', () => {
  const fields =
    'Content-Type: a/b\r\nCache-Control: no-cache\r\nX-Other: 1\r\nSet-Cookie: c\r\nExpires: never\r\nAccept-Ranges: bytes\r\nContent-Disposition: inline\r\n'
  const settings = settingsOf({ cookies: [(_, text) => `${text}; Secure`] })
  const carried = carriedBy(exchange(), settings, headOf(fields, '201 Made'))
  expect([carried.status, carried.contentType, carried.lines]).toEqual([
    201,
    'a/b',
    'Cache-Control: no-cache\r\nSet-Cookie: c; Secure\r\nExpires: never\r\nAccept-Ranges: bytes\r\nContent-Disposition: inline\r\n',
  ])
})
