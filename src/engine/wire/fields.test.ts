import { expect, test } from 'vitest'
import { fieldLines, fieldName, fieldValue, firstIndex, firstValue, joinedValues } from './fields.ts'

const fields = fieldLines([
  ['Host', 'a'],
  ['X-One', ''],
  ['ACCEPT', 'b'],
  ['Accept', 'c, d'],
])

test('fields are lines of a text, with a lower-case name each', () => {
  expect(fields.text).toBe('Host: a\r\nX-One: \r\nACCEPT: b\r\nAccept: c, d\r\n')
  expect(fields.names).toEqual(['host', 'x-one', 'accept', 'accept'])
  expect(fields.names.map((_, i) => `${fieldName(fields, i)}=${fieldValue(fields, i)}`)).toEqual([
    'Host=a',
    'X-One=',
    'ACCEPT=b',
    'Accept=c, d',
  ])
  expect(fields.names.map((_, i) => fields.text.slice(fields.at[4 * i], fields.at[4 * i + 3])).join('')).toBe(
    fields.text,
  )
})

test('a field is found by its lower-case name', () => {
  expect(['accept', 'x-one', 'none'].map((name) => firstIndex(fields, name))).toEqual([2, 1, -1])
  expect(['accept', 'x-one', 'none'].map((name) => firstValue(fields, name))).toEqual(['b', '', undefined])
})

test('several values are joined in their order', () => {
  expect(['accept', 'host', 'none'].map((name) => joinedValues(fields, name, '; '))).toEqual([
    'b; c, d',
    'a',
    undefined,
  ])
})
