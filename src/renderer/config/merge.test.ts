import { expect, test } from 'vitest'
import { setAt, removeAt, addLocation } from '../../config/edit.ts'
import type { Config } from '../../config/model.ts'
import { pathKey, resolvePath } from '../../config/path.ts'
import { merge } from './merge.ts'

const base: Config = {
  http: {
    servers: [
      {
        serverName: ['a.localhost'],
        locations: [
          { modifier: '', pattern: '/', proxyPass: 'http://one' },
          { modifier: '', pattern: '/api/', proxyPass: 'http://two/' },
        ],
      },
    ],
  },
}
const server = ['http', 'servers', '80 a.localhost']
const root = [...server, 'locations', '/']
const api = [...server, 'locations', '/api/']

test('changes of different things are both there', () => {
  const mine = setAt(base, [...root, 'proxyPass'], 'http://mine')
  const theirs = addLocation(setAt(base, [...api, 'proxyBuffering'], false), server, {
    modifier: '=',
    pattern: '/new',
  }).config
  const { config, clashes } = merge(base, mine, theirs)
  expect(clashes).toEqual([])
  expect(resolvePath(config, root)).toMatchObject({ proxyPass: 'http://mine' })
  expect(resolvePath(config, api)).toMatchObject({ proxyBuffering: false })
  expect(resolvePath(config, [...server, 'locations', '= /new'])).toBeDefined()
})

test('where both changed the same thing mine stays and is told', () => {
  const mine = setAt(base, [...api, 'proxyPass'], 'http://mine/')
  const theirs = setAt(base, [...api, 'proxyPass'], 'http://theirs/')
  const { config, clashes } = merge(base, mine, theirs)
  expect(resolvePath(config, [...api, 'proxyPass'])).toBe('http://mine/')
  expect(clashes).toEqual([pathKey([...api, 'proxyPass'])])
})

test('what I removed and they left alone is gone; what they removed and I changed stays and is told', () => {
  expect(resolvePath(merge(base, removeAt(base, api), base).config, api)).toBeUndefined()
  const mine = setAt(base, [...api, 'proxyPass'], 'http://mine/')
  const { config, clashes } = merge(base, mine, removeAt(base, api))
  expect(resolvePath(config, api)).toBeDefined()
  expect(clashes).toEqual([pathKey(api)])
})

test('two peers of one upstream are two things', () => {
  const pool: Config = {
    http: { upstreams: [{ name: 'api', server: [{ address: 'a:1' }, { address: 'b:1' }] }] },
  }
  const servers = ['http', 'upstreams', 'api', 'server']
  const mine = setAt(pool, [...servers, '0', 'weight'], 4)
  const theirs = setAt(pool, [...servers, '1', 'weight'], 7)
  const { config, clashes } = merge(pool, mine, theirs)
  expect(clashes).toEqual([])
  expect(resolvePath(config, servers)).toEqual([
    { address: 'a:1', weight: 4 },
    { address: 'b:1', weight: 7 },
  ])
})
