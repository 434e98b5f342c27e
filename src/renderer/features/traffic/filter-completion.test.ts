import { expect, test } from 'vitest'
import { livelyTraffic } from '../../testing/lively-traffic.ts'
import { completions } from './filter-completion.ts'

test('fields are offered by their beginning', () => {
  expect(completions('status:5xx -s').map((offer) => offer.word)).toEqual(['status:', 'server:', 'scheme:'])
  expect(completions('m').map((offer) => offer.whole)).toEqual(['method:', 'ms>'])
  expect(completions('-bo').map((offer) => offer.whole)).toEqual(['-body~'])
})

test('values are offered behind their field, and the rest of the filter stays', () => {
  expect(completions('host:api* -cache:h').map((offer) => offer.whole)).toEqual(['host:api* -cache:HIT '])
})

test('a complete word needs nothing more', () => {
  expect(completions('is:error')).toEqual([])
  expect(completions('host:api')).toEqual([])
})

test('hosts and peers are offered as the traffic has them, the most frequent first', () => {
  const make = livelyTraffic()
  const records = Array.from({ length: 500 }, () => make(0))
  expect(completions('host:', records).map((offer) => offer.word)).toEqual([
    'host:shop.localhost',
    'host:admin.localhost',
    'host:docs.localhost',
  ])
  expect(completions('peer:127.0.0.1:9', records).map((offer) => offer.word)).toContain('peer:127.0.0.1:9200')
})

test('a second value is offered behind a comma', () => {
  expect(completions('method:GET,p').map((offer) => offer.whole)).toEqual([
    'method:GET,POST ',
    'method:GET,PUT ',
    'method:GET,PATCH ',
  ])
})

test('a value with spaces is quoted', () => {
  const record = { ...livelyTraffic()(0), server: '443 a.localhost' }
  expect(completions('server:4', [record]).map((offer) => offer.whole)).toEqual(['server:"443 a.localhost" '])
})
