import { expect, test } from 'vitest'
import { checkMessage, checkWhole, Mismatch, type Message } from './check.ts'
import type { MessageCheck } from './format.ts'

const values = new Map([['PORT', '8080']])

const message: Message = {
  start: 'HTTP/1.1 200 OK',
  fields: [
    ['Content-Length', '2'],
    ['Set-Cookie', 'a=1'],
    ['set-cookie', 'b=2'],
  ],
  head: 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\nSet-Cookie: a=1\r\nset-cookie: b=2',
  body: 'hi',
}

/** What is reported when this is expected of the message above, or nothing. */
function problems(check: Partial<MessageCheck>): string[] {
  try {
    checkMessage({ line: 1, start: '200', fields: [], bodyMatches: [], ...check }, message, values)
    return []
  } catch (error) {
    if (!(error instanceof Mismatch)) throw error
    return error.details.slice(0, error.details.indexOf('the message was'))
  }
}

test.each<Partial<MessageCheck>>([
  { start: '200' },
  { start: '200 OK' },
  { start: 'HTTP/1.1 200 OK' },
  { fields: [{ kind: 'equals', name: 'content-length', values: ['2'] }] },
  { fields: [{ kind: 'equals', name: 'Set-Cookie', values: ['a=1', 'b=2'] }] },
  { fields: [{ kind: 'matches', name: 'Set-Cookie', regex: '^.=' }] },
  { fields: [{ kind: 'absent', name: 'X' }] },
  { body: 'hi' },
  { bodyMatches: ['^h'] },
])('holds: %j', (check) => {
  expect(problems(check)).toEqual([])
})

test.each<[Partial<MessageCheck>, string[]]>([
  [{ start: '404' }, ['first line', '  expected  404', '  actual    200']],
  [{ start: '200 Fine' }, ['first line', '  expected  200 Fine', '  actual    200 OK']],
  [
    { fields: [{ kind: 'equals', name: 'Set-Cookie', values: ['a=1'] }] },
    ['Set-Cookie', '  expected  a=1', '  actual    a=1 | b=2'],
  ],
  [
    { fields: [{ kind: 'equals', name: 'Location', values: ['http://x:%%PORT%%/'] }] },
    ['Location', '  expected  http://x:8080/', '  actual    (absent)'],
  ],
  [
    { fields: [{ kind: 'matches', name: 'Set-Cookie', regex: '^a' }] },
    ['Set-Cookie', '  expected  /^a/', '  actual    a=1 | b=2'],
  ],
  [
    { fields: [{ kind: 'absent', name: 'Content-Length' }] },
    ['Content-Length', '  expected  (absent)', '  actual    2'],
  ],
  [{ body: '' }, ['body', '  - ', '  + hi']],
  [{ body: 'hi\\n' }, ['body', '  - hi\\n', '  + hi']],
  [{ bodyMatches: ['^x'] }, ['body', '  expected  /^x/', '  actual    hi']],
])('does not hold: %j', (check, reported) => {
  expect(problems(check)).toEqual(reported)
})

test('a whole text is reported line by line, equal lines once, wildcards not as differences', () => {
  const compare = () => checkWhole(7, 'it', 'A %%NUMBER%%\r\nB\r\nC', 'A 12\r\nX\r\nC', values)
  expect(compare).toThrow(
    expect.objectContaining({ line: 7, details: ['  A 12\\r\\n', '- B\\r\\n', '+ X\\r\\n', '  C'] }),
  )
})
