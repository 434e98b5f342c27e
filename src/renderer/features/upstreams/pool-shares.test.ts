import { expect, test } from 'vitest'
import type { PeerStatus } from '../../../status/peer-status.ts'
import { namesUpstream, peerRows } from './pool-shares.ts'

const peer = (address: string, server: string, share: number): PeerStatus => ({
  address,
  server,
  weight: 1,
  configuredWeight: 1,
  effectiveWeight: 1,
  backup: false,
  state: 'up',
  active: 0,
  idle: 0,
  requests: 1,
  failures: 0,
  configuredShare: 0,
  expectedShare: 0,
  share,
  lastMinute: 1,
})

test('shares by weight leave out backups and those that are down', () => {
  const rows = peerRows(
    {
      name: 'api',
      server: [
        { address: 'a:1', weight: 3 },
        { address: 'b:1' },
        { address: 'c:1', backup: true },
        { address: 'd:1', down: true, weight: 5 },
      ],
    },
    undefined,
  )
  expect(rows.map((row) => row.configured)).toEqual([0.75, 0.25, 0, 0])
})

test('a name that stands for several addresses adds up what they got', () => {
  const [row] = peerRows(
    { name: 'api', server: [{ address: 'app:80' }] },
    {
      name: 'api',
      method: 'round robin',
      implicit: false,
      keepalive: 0,
      lastMinute: 4,
      names: [],
      peers: [
        peer('10.0.0.1:80', 'app:80', 0.5),
        peer('10.0.0.2:80', 'app:80', 0.25),
        peer('x:80', 'x:80', 0.25),
      ],
    },
  )
  expect(row?.observed).toBe(0.75)
  expect(row?.peers).toHaveLength(2)
})

test.each([
  ['http://api', true],
  ['http://api/v1', true],
  ['https://api:8080/', true],
  ['http://api2', false],
  ['http://127.0.0.1', false],
  [undefined, false],
])('%s names api: %s', (target, names) => {
  expect(namesUpstream(target, 'api')).toBe(names)
})
