import { expect, test } from 'vitest'
import type { LimitUse, LimitZoneStatus } from '../../../status/limit-zone-status.ts'
import { pathKey } from '../../../config/path.ts'
import { boundOf, requestsOf, useLine } from './limit-uses.ts'

const none = { passed: 0, delayed: 0, rejected: 0, dryRun: 0 }
function zoneWith(kind: LimitZoneStatus['kind'], uses: LimitUse[]): LimitZoneStatus {
  return {
    name: 'login',
    kind,
    key: '$binary_remote_addr',
    size: 1,
    used: 0,
    keys: 0,
    capacity: 1,
    evicted: 0,
    total: none,
    lastMinute: none,
    history: [],
    hottest: [],
    uses,
  }
}
const at = (location: string): string => pathKey(['http', 'servers', '80 a', 'locations', location])
const requests = zoneWith('requests', [
  { route: at('/'), burst: 5, delay: 'nodelay', status: 429, dryRun: false },
  { route: at('= /login'), burst: 2, delay: 1, status: 503, dryRun: true },
])

test('a use is spelled as nginx spells it', () => {
  expect(requests.uses.map((use) => useLine(requests, use))).toEqual([
    'limit_req zone=login burst=5 nodelay',
    'limit_req zone=login burst=2 delay=1',
  ])
  const connections = zoneWith('connections', [
    { route: at('/'), connections: 20, status: 503, dryRun: false },
  ])
  expect(connections.uses.map((use) => useLine(connections, use))).toEqual(['limit_conn login 20'])
  expect(boundOf(connections)).toBe(20)
})

test('the strictest use says when a key is turned away', () => {
  expect(boundOf(requests)).toBe(2)
  expect(boundOf(zoneWith('requests', []))).toBeUndefined()
})

test('its requests are those of the locations it is used in', () => {
  expect(requestsOf(requests)).toBe('location:"/,= /login"')
})
