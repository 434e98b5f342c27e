import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  dataFrame,
  headersFrame,
  http2Client,
  pseudo,
  type FieldList,
  type Http2Client,
} from '../testing/http2-client.ts'
import { scriptedOrigin, type ScriptedOrigin } from '../testing/scripted-origin.ts'
import { startWith, type Started } from '../testing/start-with.ts'

let origin: ScriptedOrigin
let started: Started
let client: Http2Client

beforeAll(async () => {
  origin = await scriptedOrigin(() => 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok')
  started = await startWith(`
    error_log start.log info;
    server { listen 80 http2; server_name first.test; location / { return 200 "first"; }
      location /up { proxy_pass http://127.0.0.1:${origin.port}; } }
    server { listen 80 http2; server_name second.test; underscores_in_headers on; return 200 "second $http_x_a"; }`)
  client = await http2Client(started.port(80))
  await client.until(() => client.frames.length > 0)
})
afterAll(async () => {
  client.destroy()
  await started.stop()
  await origin.close()
})

const get = (authority: string, more: FieldList = []): number =>
  client.request([...pseudo('GET', '/', authority), ...more])
const bodyOf = async (stream: number): Promise<string> => (await client.answer(stream)).body
/** What the log says from here on, without where it came from. */
const logged = (from: number): string[] =>
  started.log.slice(from).map((line) => line.slice(0, line.indexOf(', client')))

describe('the server', () => {
  test.each([
    ['second.test', 'second '],
    ['SECOND.test:8080', 'second '],
    ['unknown.test', 'first'],
  ])('is that of the authority: %s', async (authority, body) => {
    expect(await bodyOf(get(authority))).toBe(body)
  })

  test('is that of Host, and the default one without either', async () => {
    const fields = pseudo('GET', '/').filter(([name]) => name !== ':authority')
    expect(await bodyOf(client.request([...fields, ['host', 'second.test']]))).toBe('second ')
    // HTTP/2 is HTTP/1.1 in this: a request needs a host.
    expect((await client.answer(client.request(fields))).status).toBe(400)
  })

  test('says which names are valid: the one that is asked for', async () => {
    expect(await bodyOf(get('second.test', [['x_a', '1']]))).toBe('second 1')
    const from = started.log.length
    expect(await bodyOf(get('first.test', [['x_a', '1'], ['x!', '2']]))).toBe('first') // prettier-ignore
    expect(logged(from)).toEqual([
      'info: client sent invalid header: "x_a" while reading client request headers',
      'info: client sent invalid header: "x!" while reading client request headers',
    ])
  })
})

describe('a request that is refused', () => {
  test.each<[what: string, fields: FieldList, status: number, reason: string]>([
    ['for its head', [...pseudo('get', '/')], 400, 'client sent invalid method: "get"'],
    ['for its host', [...pseudo('GET', '/', 'a/b')], 400, 'client sent invalid host header'],
    [
      'for its framing',
      [...pseudo('POST', '/', 'second.test'), ['content-length', '1'], ['content-length', '2']],
      400,
      'client sent duplicate header line: "content-length: 2", previous value: "content-length: 1"',
    ],
    [
      'for its path, which nginx reads before its fields',
      [...pseudo('GET', '/%zz'), ['content-length', 'x']],
      400,
      'client sent invalid request',
    ],
    ['for its method', [...pseudo('TRACE', '/')], 405, 'client sent TRACE method'],
    [
      'for a length beside the end of its stream',
      [...pseudo('POST', '/'), ['content-length', '5']],
      400,
      'client prematurely closed stream',
    ],
  ])('%s is answered, and told of', async (_, fields, status, reason) => {
    const from = started.log.length
    expect((await client.answer(client.request(fields))).status).toBe(status)
    expect(logged(from)).toEqual([`info: ${reason} while reading client request headers`])
  })
})

describe('a body', () => {
  test.each<[what: string, fields: FieldList, pieces: string[], sent: string]>([
    ['of a length', [['content-length', '5']], ['he', 'llo'], 'Content-Length: 5'],
    ['whose length is not told', [], ['he', 'llo'], 'Content-Length: 5'],
    ['that is told to be nothing and is nothing', [['content-length', '0']], [''], 'Content-Length: 0'],
  ])('%s reaches the upstream', async (_, fields, pieces, sent) => {
    const number = origin.requests.length + 1
    const stream = client.request([...pseudo('POST', '/up'), ...fields], false)
    pieces.forEach((piece, i) => client.send(dataFrame(stream, piece, i === pieces.length - 1)))
    expect(await bodyOf(stream)).toBe('ok')
    const { head, body } = await origin.request(number)
    expect([head.split('\r\n').includes(sent), body]).toEqual([true, pieces.join('')])
  })

  test('that is none has no length', async () => {
    const number = origin.requests.length + 1
    const stream = client.request(pseudo('POST', '/up'))
    expect(await bodyOf(stream)).toBe('ok')
    expect((await origin.request(number)).head).not.toContain('Content-Length')
  })
})

test('an address of its own has servers of its own', async () => {
  const own = await startWith(`
    server { listen 127.0.0.1:80 http2; server_name own.test; return 200 "own"; }
    server { listen 127.0.0.1:80 http2; server_name other.test; return 200 "other"; }`)
  const to = await http2Client(own.port(80))
  to.send(headersFrame(1, pseudo('GET', '/', 'other.test')), headersFrame(3, pseudo('GET', '/', 'own.test')))
  expect([(await to.answer(1)).body, (await to.answer(3)).body]).toEqual(['other', 'own'])
  to.destroy()
  await own.stop()
})
