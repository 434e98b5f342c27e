import { expect, test } from 'vitest'
import { parseCase, type Step } from './format.ts'

const stage = '# A title\ntier: 1\n\nconf\n    server { }\n'

/** The steps of a case, without their line numbers and the last one, which is there so that something is expected. */
function steps(...lines: string[]): object[] {
  const text = [stage, ...lines, 'closed'].join('\n')
  return parseCase('x', text)
    .steps.slice(0, -1)
    .map(({ line: _line, ...step }: Step) => step)
}

const anonymous = {
  connection: '',
  fresh: true,
  port: 'PORT',
  times: 1,
  eventually: false,
  http2: false,
  tls: undefined,
}

test('a message gets its line ends and the blank line after its head', () => {
  expect(steps('send', '    GET / HTTP/1.1', '    Host: a')).toEqual([
    { kind: 'send', ...anonymous, messages: ['GET / HTTP/1.1\r\nHost: a\r\n\r\n'] },
  ])
})

test('a body follows a blank line and ends without a line end', () => {
  expect(steps('send again', '    POST / HTTP/1.1', '', '    one', '    two')).toEqual([
    { kind: 'send', ...anonymous, fresh: false, messages: ['POST / HTTP/1.1\r\n\r\none\r\ntwo'] },
  ])
})

test('--- separates messages, and a backslash continues a line', () => {
  expect(steps('send', '    GET /a\\', '    b HTTP/1.1', '    ---', '    GET /c HTTP/1.1')).toEqual([
    { kind: 'send', ...anonymous, messages: ['GET /ab HTTP/1.1\r\n\r\n', 'GET /c HTTP/1.1\r\n\r\n'] },
  ])
})

test('nothing is implied in raw bytes', () => {
  expect(steps('send two raw to PORT_2 tls a.test', '    GET /')).toEqual([
    {
      kind: 'send',
      connection: 'two',
      fresh: false,
      port: 'PORT_2',
      times: 1,
      eventually: false,
      http2: false,
      tls: { servername: 'a.test' },
      messages: ['GET /'],
    },
  ])
})

test('expectations of fields: equal (all values of a name), matching, absent, and the body', () => {
  const lines = ['    200 OK', '    A: 1', '    B ~ ^x', '    a: 2', '    !C', '    body ~ z', '', '    end']
  expect(steps('send', '    GET / HTTP/1.1', 'expect', ...lines)[1]).toEqual({
    kind: 'expect',
    connection: '',
    headOnly: false,
    messages: [
      {
        line: 9,
        start: '200 OK',
        fields: [
          { kind: 'equals', name: 'A', values: ['1', '2'] },
          { kind: 'matches', name: 'B', regex: '^x' },
          { kind: 'absent', name: 'C' },
        ],
        bodyMatches: ['z'],
        body: 'end',
      },
    ],
  })
})

test('a body that is not mentioned is not looked at; an empty one has to be said', () => {
  const [, plain, empty] = steps(
    'send',
    '    GET / HTTP/1.1',
    'expect',
    '    200',
    'expect',
    '    200',
    '    empty body',
  )
  expect(plain).toMatchObject({ messages: [{ start: '200' }] })
  expect(plain).not.toHaveProperty('messages.0.body')
  expect(empty).toMatchObject({ messages: [{ body: '' }] })
})

test('the script of an origin: a head is completed, acts stand between pieces of bytes', () => {
  const text = [
    'origin 1 once early on GET /x',
    '    HTTP/1.1 200 OK',
    '    @wait 200ms',
    '    body',
    '    @close',
  ]
  expect(parseCase('x', `${stage}${text.join('\n')}\nclosed`).origins).toEqual([
    {
      name: '1',
      neverAccepts: false,
      tls: false,
      rules: [
        {
          when: '^GET /x( |$)',
          once: true,
          early: true,
          acts: [
            { do: 'write', bytes: 'HTTP/1.1 200 OK\r\n\r\n' },
            { do: 'wait', ms: 200 },
            { do: 'write', bytes: 'body' },
            { do: 'close' },
          ],
        },
      ],
    },
  ])
})

test.each([
  ['tier: 1\n', 'x.case:1: the first line is "# " and a sentence'],
  ['# A\ntier: 1\n', 'x.case: there is no conf'],
  ['# A\nconf\n    a;\n', 'x.case: tier: 1 or tier: 2 is missing'],
  [`${stage}send\n    GET / HTTP/1.1\n`, 'x.case: nothing is expected'],
  [`${stage}expct\n`, 'x.case:6: unknown heading "expct"'],
  [`${stage}conf\n  server\n`, 'x.case:7: indent by four spaces'],
  [`${stage}origin 1\n    @wait long\n`, 'x.case:6: "long" is no duration such as 200ms or 1s'],
  [`${stage}expect\n    200\n    nonsense\n`, 'x.case:6: "nonsense" is no expectation of a field'],
])('a text that is no case is refused by line: %j', (text, message) => {
  expect(() => parseCase('x', text)).toThrow(message)
})
