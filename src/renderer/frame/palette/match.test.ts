import { expect, test } from 'vitest'
import { bestMatches, matchScore } from './match.ts'

const best = (items: string[], wanted: string): string[] => bestMatches(items, wanted, (item) => item)

test('what begins with the letters comes first', () => {
  expect(best(['Discard the draft', 'Apply the draft', 'Page: Upstreams'], 'app')).toEqual([
    'Apply the draft',
  ])
  expect(best(['Switch off /api/', 'location /api/ of shop', 'capital'], 'api')[0]).not.toBe('capital')
})

test('letters in order are enough, several words must all be there', () => {
  expect(matchScore('location /api/ of shop.localhost', 'lash')).toBeDefined()
  expect(matchScore('location /api/ of shop.localhost', 'shop api')).toBeDefined()
  expect(matchScore('location /api/ of shop.localhost', 'shop zebra')).toBeUndefined()
})

test('nothing wanted leaves the order', () => {
  expect(best(['b', 'a'], ' ')).toEqual(['b', 'a'])
})
