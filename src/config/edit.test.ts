import { describe, expect, test } from 'vitest'
import * as edit from './edit.ts'
import type { Config } from './model.ts'
import { resolvePath } from './path.ts'

const config: Config = {
  http: {
    upstreams: [
      { name: 'api', server: [{ address: '127.0.0.1:3001', weight: 3 }, { address: '127.0.0.1:3002' }] },
    ],
    servers: [
      {
        listen: [{ address: '*', port: 443, ssl: true, defaultServer: true }],
        serverName: ['app.localhost'],
        locations: [
          { modifier: '', pattern: '/', proxyPass: 'http://127.0.0.1:3000' },
          { modifier: '', pattern: '/api/', proxyPass: 'http://api/' },
          { modifier: '~', pattern: '\\.php$', proxyPass: 'http://php' },
        ],
      },
    ],
  },
}
const server = ['http', 'servers', '443 app.localhost']
const api = [...server, 'locations', '/api/']

describe('setting', () => {
  test('a field is set where its path points, and nothing else changes', () => {
    const after = edit.setAt(config, [...api, 'proxyPass'], 'http://other/')
    expect(resolvePath(after, [...api, 'proxyPass'])).toBe('http://other/')
    expect(resolvePath(config, [...api, 'proxyPass'])).toBe('http://api/')
    expect(after.http?.upstreams).toBe(config.http?.upstreams)
  })

  test('undefined takes a field away', () => {
    const after = edit.setAt(config, [...api, 'proxyPass'], undefined)
    expect(resolvePath(after, api)).toEqual({ modifier: '', pattern: '/api/' })
  })

  test('a peer is pointed at by its number', () => {
    const path = ['http', 'upstreams', 'api', 'server', '1', 'weight']
    expect(resolvePath(edit.setAt(config, path, 5), path)).toBe(5)
  })

  test('blocks on the way are made', () => {
    expect(edit.setAt({}, ['events', 'workerConnections'], 64)).toEqual({ events: { workerConnections: 64 } })
  })

  test('a path to nothing changes nothing', () => {
    const nowhere = [...server, 'locations', '/none/', 'proxyPass']
    expect(edit.setAt(config, nowhere, 'http://x')).toEqual(config)
    expect(edit.removeAt(config, [...server, 'locations', '/none/'])).toBe(config)
  })
})

describe('lists', () => {
  test('an element is removed, and a list that is empty goes too', () => {
    const once = edit.removeAt(config, api)
    expect(once.http?.servers?.[0]?.locations?.map((l) => l.pattern)).toEqual(['/', '\\.php$'])
    const upstream = edit.removeAt(config, ['http', 'upstreams', 'api'])
    expect(upstream.http && 'upstreams' in upstream.http).toBe(false)
  })

  test('an element moves to a place, and not past the end', () => {
    const order = (c: Config) => c.http?.servers?.[0]?.locations?.map((l) => l.pattern)
    expect(order(edit.moveAt(config, api, 0))).toEqual(['/api/', '/', '\\.php$'])
    expect(order(edit.moveAt(config, api, 9))).toEqual(['/', '\\.php$', '/api/'])
    expect(edit.moveAt(config, api, 1)).toBe(config)
  })

  test('an element is put at a place', () => {
    const after = edit.insertAt(config, [...server, 'locations'], { modifier: '=', pattern: '/x' }, 1)
    expect(after.http?.servers?.[0]?.locations?.map((l) => l.pattern)).toEqual([
      '/',
      '/x',
      '/api/',
      '\\.php$',
    ])
  })

  test('what is added tells its path', () => {
    const added = edit.addLocation(config, server, { modifier: '^~', pattern: '/static/' })
    expect(added.path).toEqual([...server, 'locations', '^~ /static/'])
    expect(resolvePath(added.config, added.path)).toEqual({ modifier: '^~', pattern: '/static/' })
  })
})

describe('copies', () => {
  test('a copied location has a pattern of its own, behind the original', () => {
    const after = edit.duplicateAt(config, api)
    expect(after.http?.servers?.[0]?.locations?.map((l) => l.pattern)).toEqual([
      '/',
      '/api/',
      '/api-2/',
      '\\.php$',
    ])
  })

  test('a copied server has a name of its own and is not the default', () => {
    const copy = edit.duplicateAt(config, server).http?.servers?.[1]
    expect(copy?.serverName).toEqual(['app-2.localhost'])
    expect(copy?.listen).toEqual([{ address: '*', port: 443, ssl: true }])
  })

  test.each([
    ['api', ['api-2'], 'api-3'],
    ['/', [], '/-2'],
    ['/api/v1/', [], '/api/v1-2/'],
  ])('the free name after %s', (name, taken, free) => {
    expect(edit.freeName(name, taken)).toBe(free)
  })
})

test('a path is followed through an edit that renames its element', () => {
  const after = edit.setAt(config, [...api, 'pattern'], '/v2/')
  expect(edit.followPath(config, after, [...api, 'proxyPass'])).toEqual([
    ...server,
    'locations',
    '/v2/',
    'proxyPass',
  ])
  expect(edit.followPath(config, edit.removeAt(config, server), api)).toBeUndefined()
})
