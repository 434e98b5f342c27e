import { describe, expect, test } from 'vitest'
import { Answer, WrittenHead } from '../request/answer.ts'
import type { Exchange } from '../request/exchange.ts'
import { fakeClock } from '../testing/fake-clock.ts'
import { absoluteLocation, answerHead } from './answer-head.ts'

interface Options {
  readonly settings?: object
  readonly address?: object
  readonly host?: string
  readonly keepalive?: boolean
  readonly localRedirect?: (url: string) => string | undefined
}

/** An exchange as far as the head of its answer is concerned. */
function exchange({
  settings,
  address,
  host = 'a.test',
  keepalive = false,
  localRedirect,
}: Options = {}): Exchange {
  return {
    settings: {
      serverTokens: 'off',
      absoluteRedirect: true,
      portInRedirect: true,
      serverNameInRedirect: false,
      keepalive: {},
      ...settings,
    },
    address: { localAddress: '127.0.0.1', serverPort: 80, ssl: undefined, ...address },
    server: { firstName: 'first.test' },
    cycle: { clock: fakeClock(), localRedirect },
    host,
    keepalive,
  } as unknown as Exchange
}

function answerWith(more: Partial<Answer>): Answer {
  return Object.assign(new Answer(200), more)
}

/** The lines of a head, without Date and the blank line. */
function lines(answer: Partial<Answer>, options?: Options, chunked = false): string[] {
  const text = answerHead(exchange(options), answerWith(answer), chunked)
  expect(text.endsWith('\r\n\r\n')).toBe(true)
  return text
    .split('\r\n')
    .slice(0, -2)
    .filter((line) => !line.startsWith('Date: '))
}

describe('the head of an answer', () => {
  // ngx_http_header_filter
  test('has nginx’s fields in nginx’s order, then the others', () => {
    const head = answerHead(
      exchange({ keepalive: true, settings: { keepalive: { headerTimeout: 65_900 } } }),
      answerWith({
        contentType: 'text/plain',
        contentLength: 5,
        lastModified: 'then',
        location: '/a',
        lines: 'X-A: 1\r\nX-B: 2\r\n',
      }),
      false,
    )
    expect(head.split('\r\n')).toEqual([
      'HTTP/1.1 200 OK',
      'Server: nginx',
      'Date: Thu, 01 Jan 2026 00:00:00 GMT',
      'Content-Type: text/plain',
      'Content-Length: 5',
      'Last-Modified: then',
      'Location: http://a.test/a',
      'Connection: keep-alive',
      'Keep-Alive: timeout=65',
      'X-A: 1',
      'X-B: 2',
      '',
      '',
    ])
  })

  test('of an upstream has its words, and its Server and Date among its fields', () => {
    const text = answerHead(
      exchange(),
      answerWith({ reason: '299 Mine', server: '', date: '', lines: 'Server: x\r\n' }),
      true,
    )
    expect(text.split('\r\n')).toEqual([
      'HTTP/1.1 299 Mine',
      'Transfer-Encoding: chunked',
      'Connection: close',
      'Server: x',
      '',
      '',
    ])
  })

  test('of 204 says nothing of a body, unless an upstream has said it', () => {
    const body = { status: 204, contentType: 'a/b', contentLength: 0, lastModified: 'then' }
    expect(lines(body)).toEqual(['HTTP/1.1 204 No Content', 'Server: nginx', 'Connection: close'])
    expect(lines({ ...body, reason: '204 No' })).toContain('Content-Length: 0')
  })

  test('of 101 says upgrade', () => {
    expect(lines({ status: 101 }, { keepalive: true }).at(-1)).toBe('Connection: upgrade')
  })

  test('says keep-alive, with its time-out where one is to be said', () => {
    expect(lines({}, { keepalive: true }).slice(2)).toEqual(['Connection: keep-alive'])
  })

  test('has Location behind Connection where it stays as it is', () => {
    expect(lines({ location: 'http://b.test/' }).slice(-2)).toEqual([
      'Connection: close',
      'Location: http://b.test/',
    ])
    const relative = { settings: { absoluteRedirect: false } }
    expect(lines({ location: '/a' }, relative).slice(-2)).toEqual(['Connection: close', 'Location: /a'])
  })
})

describe('a Location that begins with a slash', () => {
  test.each<[what: string, options: Options, expected: string]>([
    ['the host that was asked for', {}, 'http://a.test/x'],
    ['the address that was reached where none was', { host: '' }, 'http://127.0.0.1/x'],
    ['an IPv6 address in brackets', { host: '', address: { localAddress: '::1' } }, 'http://[::1]/x'],
    [
      'the first name with server_name_in_redirect',
      { settings: { serverNameInRedirect: true } },
      'http://first.test/x',
    ],
    ['a port that is not 80', { address: { serverPort: 8080 } }, 'http://a.test:8080/x'],
    [
      'no port without port_in_redirect',
      { address: { serverPort: 8080 }, settings: { portInRedirect: false } },
      'http://a.test/x',
    ],
    ['no port on a unix socket', { address: { serverPort: 0 } }, 'http://a.test/x'],
    ['https', { address: { ssl: {}, serverPort: 443 } }, 'https://a.test/x'],
    ['a port that is not 443', { address: { ssl: {}, serverPort: 80 } }, 'https://a.test:80/x'],
  ])('gets %s', (_, options, expected) => {
    expect(absoluteLocation(exchange(options), '/x')).toBe(expected)
  })

  test('names the port that is open on this machine', () => {
    const localRedirect = (url: string): string | undefined =>
      url.startsWith('http://a.test/') ? 'http://a.test:8080/' : undefined
    expect(absoluteLocation(exchange({ localRedirect }), '/x')).toBe('http://a.test:8080/')
    expect(absoluteLocation(exchange({ localRedirect }), 'http://a.test/x')).toBe('http://a.test:8080/')
    expect(absoluteLocation(exchange({ localRedirect }), 'http://b.test/x')).toBe('http://b.test/x')
    expect(absoluteLocation(exchange({ localRedirect, host: 'b.test' }), '/x')).toBe('http://b.test/x')
  })
})

describe('an answer that is sent to many', () => {
  const stored = {
    reason: '200 OK',
    server: '',
    date: '',
    contentType: 'text/plain',
    contentLength: 2,
    lines: 'X: y\r\n',
  }
  const others: [name: string, answer: Partial<Answer>, options?: Options, chunked?: boolean][] = [
    ['lines', { lines: 'X: z\r\n' }],
    ['no lines', { lines: '' }],
    ['status', { status: 206, reason: undefined }],
    ['reason', { reason: '200 Fine' }],
    ['our server', { server: undefined }],
    ['our date', { date: undefined }],
    ['type', { contentType: undefined }],
    ['length', { contentLength: 3 }],
    ['no length, chunked', { contentLength: -1 }, {}, true],
    ['modification', { lastModified: 'yesterday' }],
    ['location', { location: '/b' }],
    ['the same location for another host', { location: '/b' }, { host: 'b.test' }],
    ['kept connection', {}, { keepalive: true }],
    ['Keep-Alive', {}, { keepalive: true, settings: { keepalive: { headerTimeout: 5000 } } }],
    ['tokens', { server: undefined }, { settings: { serverTokens: 'on' } }],
  ]

  test.each(others)(
    'has the head it would have alone: other %s',
    (_name, answer, options, chunked = false) => {
      const again = new WrittenHead()
      const plain: [Partial<Answer>, Options, boolean] = [{}, {}, false]
      const other: [Partial<Answer>, Options, boolean] = [answer, options ?? {}, chunked]
      for (const [about, asked, chunks] of [plain, other, other, plain]) {
        const alone = answerHead(exchange(asked), answerWith({ ...stored, ...about }), chunks)
        expect(answerHead(exchange(asked), answerWith({ ...stored, ...about, again }), chunks)).toBe(alone)
      }
    },
  )

  test('tells the present time', () => {
    const clock = fakeClock()
    const x = { ...exchange(), cycle: { clock } } as unknown as Exchange
    const answer = answerWith({ ...stored, date: undefined, again: new WrittenHead() })
    const first = answerHead(x, answer, false)
    clock.advance(1000)
    const second = answerHead(x, answer, false)
    expect([first, second].map((head) => /Date: .*:(\d\d) GMT/.exec(head)?.[1])).toEqual(['00', '01'])
  })
})
