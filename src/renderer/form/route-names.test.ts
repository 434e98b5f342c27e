import { expect, test } from 'vitest'
import { routesOf } from '../../config/path.ts'
import { routeTitles } from './route-names.ts'

test('routes that would be called alike are told apart by where they listen', () => {
  const routes = routesOf({
    http: {
      servers: [
        { listen: [{ address: '*', port: 80 }], serverName: ['a.localhost'] },
        {
          listen: [{ address: '*', port: 443, ssl: true }],
          serverName: ['a.localhost'],
          locations: [{ modifier: '', pattern: '/' }],
        },
      ],
    },
  })
  expect([...routeTitles(routes).values()]).toEqual([
    'server a.localhost on 80',
    'server a.localhost on 443',
    'location / of a.localhost',
  ])
})
