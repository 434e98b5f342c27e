import { expect, test } from 'vitest'
import { followLocal } from './follow-local.ts'
import { defaultLocal, type Local } from './local.ts'
import type { Config } from './model.ts'
import { pathKey } from './path.ts'

const config = (name: string, ...patterns: string[]): Config => ({
  http: {
    servers: [
      {
        listen: [{ address: '*', port: 80 }],
        serverName: [name],
        locations: patterns.map((pattern) => ({ modifier: '' as const, pattern })),
      },
    ],
  },
})
const key = (server: string, location?: string): string =>
  pathKey(['http', 'servers', `80 ${server}`, ...(location === undefined ? [] : ['locations', location])])
const off = (...keys: string[]): Local => ({ ...defaultLocal, off: keys })

test.each<[string, Local, Config, Config, string[]]>([
  ['a location', off(key('a', '/x/')), config('a', '/', '/x/'), config('a', '/', '/y/'), [key('a', '/y/')]],
  [
    'a server, with a location in it',
    off(key('a'), key('a', '/')),
    config('a', '/'),
    config('b', '/'),
    [key('b'), key('b', '/')],
  ],
])('%s that is renamed stays switched off', (_, local, before, after, wanted) =>
  expect(followLocal(local, before, after).off).toEqual(wanted),
)

test('a route that is gone leaves nothing behind, and its neighbour is not switched off instead', () => {
  const local = off(key('a', '/x/'))
  expect(followLocal(local, config('a', '/x/', '/z/'), config('a', '/z/')).off).toEqual([])
})

test('what is still there stays as it is', () => {
  const local = off(key('a', '/x/'))
  expect(followLocal(local, config('a', '/x/'), config('a', '/x/', '/new/'))).toBe(local)
})
