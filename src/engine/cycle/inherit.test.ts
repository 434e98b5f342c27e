import { expect, test } from 'vitest'
import { inherit } from './inherit.ts'
import type { LocationFields } from './settings.ts'

const of = (own: LocationFields, above: LocationFields): LocationFields => inherit(own, above)

test.each<[string, LocationFields, LocationFields, LocationFields]>([
  ['what is not said is what the level above says', {}, { clientMaxBodySize: 5 }, { clientMaxBodySize: 5 }],
  ['what is said hides it', { clientMaxBodySize: 0 }, { clientMaxBodySize: 5 }, { clientMaxBodySize: 0 }],
  ['lists are taken whole', { index: ['a'] }, { index: ['b', 'c'] }, { index: ['a'] }],
  ['an empty list is a list', { index: [] }, { index: ['b'] }, { index: [] }],
  ['proxy_pass means its own block only', {}, { proxyPass: 'http://a' }, {}],
  [
    'proxy_pass of the block stays',
    { proxyPass: 'http://b' },
    { proxyPass: 'http://a' },
    { proxyPass: 'http://b' },
  ],
  ['alias hides root', { alias: '/a' }, { root: '/r' }, { alias: '/a' }],
  ['root hides alias', { root: '/r' }, { alias: '/a' }, { root: '/r' }],
  ['alias is inherited', {}, { alias: '/a' }, { alias: '/a' }],
])('%s', (_what, own, above, merged) => expect(of(own, above)).toEqual(merged))

test('the second argument of keepalive_timeout is inherited on its own', () => {
  const above = { keepaliveTimeout: { timeout: 1000, headerTimeout: 2000 } }
  expect(of({ keepaliveTimeout: { timeout: 5000 } }, above)).toEqual({
    keepaliveTimeout: { timeout: 5000, headerTimeout: 2000 },
  })
  expect(of({ keepaliveTimeout: { timeout: 5000, headerTimeout: 1 } }, above)).toEqual({
    keepaliveTimeout: { timeout: 5000, headerTimeout: 1 },
  })
})

test('neither level is changed', () => {
  const [own, above] = [Object.freeze({ root: '/r' }), Object.freeze({ alias: '/a', clientMaxBodySize: 1 })]
  expect(of(own, above)).toEqual({ root: '/r', clientMaxBodySize: 1 })
})
