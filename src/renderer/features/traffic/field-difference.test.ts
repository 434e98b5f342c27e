import { expect, test } from 'vitest'
import { fieldDifference, plainFields } from './field-difference.ts'

test('what was sent on is beside what was received', () => {
  expect(
    fieldDifference(
      [
        ['Host', 'app.localhost'],
        ['Connection', 'keep-alive'],
        ['Cookie', 'a=1'],
      ],
      [
        ['host', 'api'],
        ['Cookie', 'a=1'],
        ['X-Real-IP', '127.0.0.1'],
      ],
    ),
  ).toEqual([
    { name: 'Host', before: 'app.localhost', after: 'api', mark: 'changed', secret: false },
    { name: 'Connection', before: 'keep-alive', mark: 'removed', secret: false },
    { name: 'Cookie', before: 'a=1', after: 'a=1', mark: 'same', secret: true },
    { name: 'X-Real-IP', after: '127.0.0.1', mark: 'added', secret: false },
  ])
})

test('repeated fields pair up one by one, equal values first', () => {
  const rows = fieldDifference(
    [
      ['Via', 'a'],
      ['Via', 'b'],
    ],
    [
      ['Via', 'b'],
      ['Via', 'c'],
    ],
  )
  expect(rows.map((row) => [row.before, row.after, row.mark])).toEqual([
    ['a', 'b', 'changed'],
    ['b', 'c', 'changed'],
  ])
})

test('secrets are known whatever their case', () => {
  expect(plainFields([['AUTHORIZATION', 'Bearer x']])[0]?.secret).toBe(true)
})
