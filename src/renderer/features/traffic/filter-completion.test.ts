import { expect, test } from 'vitest'
import { completions } from './filter-completion.ts'

test('fields are offered by their beginning', () => {
  expect(completions('status:5xx -s').map((offer) => offer.word)).toEqual(['status:', 'server:', 'scheme:'])
  expect(completions('m').map((offer) => offer.whole)).toEqual(['method:', 'ms>'])
})

test('values are offered behind their field, and the rest of the filter stays', () => {
  expect(completions('host:api* -cache:h').map((offer) => offer.whole)).toEqual(['host:api* -cache:HIT '])
})

test('a complete word needs nothing more', () => {
  expect(completions('is:error')).toEqual([])
  expect(completions('host:api')).toEqual([])
})
