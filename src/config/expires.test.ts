import { expect, test } from 'vitest'
import { parseExpires } from './expires.ts'

test.each([
  ['epoch', false, { kind: 'epoch' }],
  ['max', false, { kind: 'max' }],
  ['off', false, { kind: 'off' }],
  ['1h', false, { kind: 'access', seconds: 3600 }],
  ['+1h', false, { kind: 'access', seconds: 3600 }],
  ['-1', false, { kind: 'access', seconds: -1 }],
  ['1d', true, { kind: 'modified', seconds: 86_400 }],
  ['@15h30m', false, { kind: 'daily', seconds: 55_800 }],
  ['@25h', false, 'daily time value must be less than 24 hours'],
  ['@1h', true, 'daily time cannot be used with "modified" parameter'],
  ['epoch', true, 'invalid value'],
  ['500ms', false, 'invalid value'],
  ['soon', false, 'invalid value'],
  ['', false, 'invalid value'],
])('%j, modified %j, is %j', (text, modified, expected) => {
  expect(parseExpires(text, modified)).toEqual(expected)
})
