import { expect, test } from 'vitest'
import { pathKey } from '../../config/path.ts'
import { routeTotals } from './route-totals.ts'

const server = ['http', 'servers', '443 a']
const api = [...server, 'locations', '/api/']
const cache = { cacheAsked: 4, cacheServed: 1 }
const inner = [...api, 'locations', '/api/v2/']

test('a server is as busy as itself and everything within it', () => {
  const totals = routeTotals([
    { route: pathKey(server), requests: 1, errors: 0, rate: 0.1, lastAt: 5, ...cache },
    { route: pathKey(api), requests: 10, errors: 2, rate: 1, lastAt: 9, p95: 7, ...cache },
    { route: pathKey(inner), requests: 100, errors: 3, rate: 4, lastAt: 7, p95: 30, ...cache },
  ])
  expect(totals.get(pathKey(server))).toMatchObject({
    requests: 111,
    errors: 5,
    rate: 5.1,
    lastAt: 9,
    p95: 30,
    cacheAsked: 12,
    cacheServed: 3,
  })
  expect(totals.get(pathKey(api))).toMatchObject({ requests: 110, errors: 5, rate: 5 })
  expect(totals.get(pathKey(inner))).toMatchObject({ requests: 100 })
})
