import { expect, test } from 'vitest'
import { defaultLocal } from '../config/local.ts'
import type { Config } from '../config/model.ts'
import { pathKey } from '../config/path.ts'
import { routeSwitches } from './route-switches.ts'

const config: Config = {
  http: {
    servers: [
      {
        listen: [
          { address: '*', port: 443, ssl: true },
          { address: '::', port: 443, ssl: true },
        ],
        serverName: ['', 'app.localhost'],
        locations: [{ modifier: '=', pattern: '/api/', locations: [{ modifier: '', pattern: '/api/v1' }] }],
      },
      {},
    ],
  },
}
const server = ['http', 'servers', '443,[::]:443  app.localhost']
const api = [...server, 'locations', '= /api/']

test('servers and locations are listed in order, with what is off', () => {
  const local = { ...defaultLocal, off: [pathKey(api)] }
  expect(routeSwitches(config, local)).toEqual([
    { route: pathKey(server), label: 'app.localhost (443)', depth: 0, on: true, reachable: true },
    { route: pathKey(api), label: '= /api/', depth: 1, on: false, reachable: true },
    {
      route: pathKey([...api, 'locations', '/api/v1']),
      label: '/api/v1',
      depth: 2,
      on: true,
      reachable: false,
    },
    {
      route: pathKey(['http', 'servers', '80']),
      label: 'any name (80)',
      depth: 0,
      on: true,
      reachable: true,
    },
  ])
})

test('locations of a server that is off cannot be reached', () => {
  const local = { ...defaultLocal, off: [pathKey(server)] }
  expect(routeSwitches(config, local).map(({ on, reachable }) => [on, reachable])).toEqual([
    [false, true],
    [true, false],
    [true, false],
    [true, true],
  ])
})
