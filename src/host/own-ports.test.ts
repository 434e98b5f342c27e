import { expect, test } from 'vitest'
import { defaultLocal } from '../config/local.ts'
import type { Config } from '../config/model.ts'
import { checkOwnPorts } from './own-ports.ts'

const config: Config = {
  http: {
    upstreams: [{ name: 'api', server: [{ address: 'localhost:8080' }, { address: '127.0.0.1:3000' }] }],
    servers: [
      {
        listen: [{ address: '*', port: 80 }],
        serverName: ['a'],
        locations: [
          { modifier: '', pattern: '/api/', proxyPass: 'http://127.0.0.1:8080/' },
          { modifier: '', pattern: '/', proxyPass: 'http://api' },
        ],
      },
    ],
  },
}

test('a target at the port where another one is opened here is said to lead back', () => {
  expect(checkOwnPorts(config, defaultLocal).map(({ message, path }) => [message, path?.at(-1)])).toEqual([
    [
      '127.0.0.1:8080 is Sluicegate itself: port 80 of the configuration is opened at 8080 on this machine',
      'proxyPass',
    ],
    [
      'localhost:8080 is Sluicegate itself: port 80 of the configuration is opened at 8080 on this machine',
      'api',
    ],
  ])
})

test('nothing is said where the port is moved elsewhere, or the configuration itself names it', () => {
  expect(checkOwnPorts(config, { ...defaultLocal, ports: { '80': 8081 } })).toEqual([])
  expect(checkOwnPorts(config, { ...defaultLocal, ports: {} })).toEqual([])
})
