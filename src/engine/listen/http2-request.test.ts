import { describe, expect, test } from 'vitest'
import type { FieldList } from '../testing/http2-client.ts'
import { fieldName, fieldValue } from '../wire/fields.ts'
import { RequestFields, type ReadRequest } from './http2-request.ts'

const usual = { lineLimit: 8192, totalLimit: 32_768, ignoreInvalid: true, underscores: false }

function read(fields: FieldList, limits = usual): ReadRequest {
  const request = new RequestFields()
  for (const [name, value] of fields) request.add(name, value)
  return request.read(limits, 99)
}

const get: FieldList = [
  [':method', 'GET'],
  [':scheme', 'https'],
  [':path', '/a?b'],
  [':authority', 'a.test'],
]
/** The same with one of them changed, or left out. */
const getWith = (name: string, value: string | undefined): FieldList =>
  get.flatMap(([of, was]) => (of !== name ? [[of, was]] : value === undefined ? [] : [[of, value]]))

/** What a request has come to: its fields, or why it is refused. */
function outcome(result: ReadRequest): unknown {
  if (result.kind !== 'head') return [result.kind, result.reason]
  const { fields } = result.head
  return fields.names.map((_, i) => `${fieldName(fields, i)}: ${fieldValue(fields, i)}`)
}

describe('a request', () => {
  test('has a head as over HTTP/1.1, its authority as Host', () => {
    const result = read([...get, ['accept', '*/*']])
    expect(result).toMatchObject({
      kind: 'head',
      webSocket: false,
      dropped: [],
      head: {
        method: 'GET',
        target: '/a?b',
        version: 11,
        protocol: 'HTTP/2.0',
        requestLine: 'GET /a?b HTTP/2.0',
        bytes: 99,
        fields: { names: ['host', 'accept'], canonical: true },
      },
    })
    expect(outcome(result)).toEqual(['host: a.test', 'accept: */*'])
    expect(result.kind === 'head' && result.head.fields.text).toBe('host: a.test\r\naccept: */*\r\n')
  })

  test('needs no authority', () => {
    expect(outcome(read(getWith(':authority', undefined)))).toEqual([])
  })

  test('has one cookie line, wherever its crumbs stood', () => {
    expect(
      outcome(read([...get, ['cookie', 'a=1'], ['x', 'y'], ['cookie', 'b=2'], ['cookie', 'c=3']])),
    ).toEqual(['host: a.test', 'x: y', 'cookie: a=1; b=2; c=3'])
    expect(outcome(read([...get, ['cookie', 'a=1']]))).toEqual(['host: a.test', 'cookie: a=1'])
  })
})

describe('pseudo-fields', () => {
  test.each<[what: string, fields: FieldList, reason: string]>([
    ['no method', getWith(':method', undefined), 'client sent no :method header'],
    ['no scheme', getWith(':scheme', undefined), 'client sent no :scheme header'],
    ['no path', getWith(':path', undefined), 'client sent no :path header'],
    ['an empty method', getWith(':method', ''), 'client sent empty :method header'],
    ['an empty scheme', getWith(':scheme', ''), 'client sent empty :scheme header'],
    ['an empty path', getWith(':path', ''), 'client sent empty :path header'],
    ['two methods', [...get, [':method', 'GET']], 'client sent duplicate :method header'],
    ['two schemes', [...get, [':scheme', 'https']], 'client sent duplicate :scheme header'],
    ['two paths', [...get, [':path', '/']], 'client sent duplicate :path header'],
    ['a wrong method', getWith(':method', 'get'), 'client sent invalid method: "get"'],
    ['a wrong scheme', getWith(':scheme', '1'), 'client sent invalid :scheme header: "1"'],
    ['a path without slash', getWith(':path', '*'), 'client sent invalid :path header: "*"'],
    ['a path with a space', getWith(':path', '/a b'), 'client sent invalid :path header: "/a b"'],
    ['a control byte in a path', getWith(':path', '/\x7f'), 'client sent invalid :path header: "/\x7f"'],
    ['an unknown one', [...get, [':x', 'y']], 'client sent unknown pseudo-header ":x"'],
    ['an unknown one with an odd name', [...get, [':x!', 'y']], 'client sent unknown pseudo-header ":x!"'],
    [
      'a protocol with GET',
      [...get, [':protocol', 'websocket']],
      'client sent unknown pseudo-header ":protocol"',
    ],
    ['an empty protocol', [...get, [':protocol', '']], 'client sent empty :protocol header'],
  ])('%s is 400', (_, fields, reason) => {
    expect(outcome(read(fields))).toEqual(['bad', reason])
  })

  test('a refused request has no request line, and the target that came', () => {
    expect(read(getWith(':scheme', undefined))).toMatchObject({ head: { target: '/a?b', requestLine: '' } })
    expect(read(getWith(':path', undefined))).toMatchObject({ head: { target: '/', requestLine: '' } })
  })

  test('nothing behind the first fault is looked at', () => {
    const fields: FieldList = [
      [':method', 'get'],
      [':scheme', ''],
      ['X', '\n'],
    ]
    expect(outcome(read(fields))).toEqual(['bad', 'client sent invalid method: "get"'])
  })
})

describe('names and values that no field may have', () => {
  test.each<[name: string, value: string, reason: string]>([
    ['X-A', '1', 'client sent invalid header name: "X-A"'],
    ['x a', '1', 'client sent invalid header name: "x a"'],
    ['x:a', '1', 'client sent invalid header name: "x:a"'],
    ['x\x7f', '1', 'client sent invalid header name: "x\x7f"'],
    ['x\0', '1', 'client sent invalid header name: "x\0"'],
    [':X', '1', 'client sent invalid header name: ":X"'],
    ['x', 'a\nb', 'client sent header "x" with invalid value: "a\nb"'],
    ['x', 'a\rb', 'client sent header "x" with invalid value: "a\rb"'],
    ['x', 'a\0b', 'client sent header "x" with invalid value: "a\0b"'],
    [':authority', 'a\n', 'client sent header ":authority" with invalid value: "a\n"'],
  ])('%j: %j makes the stream malformed', (name, value, reason) => {
    expect(outcome(read([[name, value], ...get]))).toEqual(['malformed', reason])
  })

  // nginx reads path and authority as they come, before any field can be wrong.
  test.each<[what: string, fields: FieldList, reason: string]>([
    ['a path that is wrong', getWith(':path', '/%zz'), 'client sent invalid request'],
    ['an authority that is wrong', getWith(':authority', 'a/b'), 'client sent invalid host header'],
  ])('%s is told of first', (_, fields, reason) => {
    expect(outcome(read([...fields, ['X', '1']]))).toEqual(['bad', reason])
  })
})

describe('names that are not valid', () => {
  const fields: FieldList = [...get, ['x_a', '1'], ['x.b', '2'], ['\xe4', '3'], ['x-c', '4']]
  const all = ['x_a: 1', 'x.b: 2', '\xe4: 3', 'x-c: 4']

  test('are left out and told of', () => {
    const result = read(fields)
    expect(outcome(result)).toEqual(['host: a.test', 'x-c: 4'])
    expect(result).toMatchObject({ dropped: ['x_a', 'x.b', '\xe4'] })
  })

  test('are kept where ignore_invalid_headers is off', () => {
    expect(outcome(read(fields, { ...usual, ignoreInvalid: false }))).toEqual(['host: a.test', ...all])
  })

  test('may have underscores where underscores_in_headers is on', () => {
    expect(outcome(read(fields, { ...usual, underscores: true }))).toEqual([
      'host: a.test',
      'x_a: 1',
      'x-c: 4',
    ])
    const underscores = read([...get, ['x_a', '1']], { ...usual, underscores: true })
    expect([outcome(underscores), underscores]).toMatchObject([['host: a.test', 'x_a: 1'], { dropped: [] }])
  })

  test('are judged the same however many there are', () => {
    for (let i = 0; i < 1100; i++) read([...get, [`x-made-up-${i}`, '']])
    for (let i = 0; i < 2; i++)
      expect(outcome(read([...get, ['y_late', ''], ['y-late', '']]))).toEqual(['host: a.test', 'y-late: '])
  })
})

// RFC 8441.
describe('an extended CONNECT', () => {
  const connect: FieldList = [...getWith(':method', 'CONNECT'), [':protocol', 'websocket']]

  test('is the upgrade that HTTP/1.1 knows', () => {
    const result = read([...connect, ['sec-websocket-key', 'mine']])
    expect(result).toMatchObject({ webSocket: true, head: { method: 'GET' } })
    expect(outcome(result)).toEqual([
      'host: a.test',
      'sec-websocket-key: mine',
      'upgrade: websocket',
      'connection: Upgrade',
    ])
  })

  test('gets a key of its own where it has none', () => {
    const keys = [read(connect), read(connect)].map((result) => (outcome(result) as string[]).at(-1))
    expect(keys[0]).toMatch(/^sec-websocket-key: [A-Za-z0-9+/]{22}==$/)
    expect(keys[0]).not.toBe(keys[1])
  })

  test('to anything else than a WebSocket is refused', () => {
    expect(outcome(read([...getWith(':method', 'CONNECT'), [':protocol', 'tcp']]))).toEqual([
      'bad',
      'client sent unknown pseudo-header ":protocol"',
    ])
  })
})
