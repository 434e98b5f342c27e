import { expect, test } from 'vitest'
import { defaultLocal } from '../../config/local.ts'
import type { Config } from '../../config/model.ts'
import { suggestions } from './suggestions.ts'

const config: Config = {
  http: {
    servers: [
      {
        listen: [
          { address: '*', port: 443, ssl: true },
          { address: '*', port: 9000 },
        ],
      },
    ],
  },
}

test('containers come first, and neither databases nor our own ports are suggested', () => {
  const found = {
    services: [
      { address: '127.0.0.1:22', port: 22, process: 'sshd' },
      { address: '127.0.0.1:3000', port: 3000, process: 'node server.js' },
      { address: '127.0.0.1:5000', port: 5000 },
      { address: '127.0.0.1:8443', port: 8443, process: 'sluicegate' },
      { address: '127.0.0.1:9000', port: 9000 },
      { address: '127.0.0.1:32768', port: 32768, process: 'docker-proxy' },
    ],
    containers: [{ name: 'my-app:8000', address: '127.0.0.1:32768', image: 'my/app' }],
  }
  expect(suggestions(found, config, defaultLocal)).toEqual([
    { target: 'my-app:8000', about: 'container, my/app', dialled: '127.0.0.1:32768' },
    { target: '127.0.0.1:3000', about: 'node server.js' },
    { target: '127.0.0.1:5000', about: 'a program of another user' },
  ])
})
