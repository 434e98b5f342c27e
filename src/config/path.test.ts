import { expect, test } from 'vitest'
import { defaultLocal, effective, localHost, localPort, localSchema, noLocal } from './local.ts'
import type { Config } from './model.ts'
import { listKeys, locationKey, parsePathKey, pathKey, resolvePath, routesOf } from './path.ts'

const inner = { modifier: '' as const, pattern: '/api/deep/' }
const api = { modifier: '' as const, pattern: '/api/', locations: [inner] }
const root = { modifier: '=' as const, pattern: '/' }
const first = {
  listen: [{ address: '*', port: 443, ssl: true as const }],
  serverName: ['app.test', 'www.test'],
  locations: [root, api],
}
const second = { serverName: ['app.test'] }
const config: Config = {
  http: { servers: [first, second, second], upstreams: [{ name: 'pool', server: [] }] },
}

test('servers are named by listens and names, the second of a name by its number', () => {
  expect(listKeys('servers', config.http?.servers ?? [])).toEqual([
    '443 app.test www.test',
    '80 app.test',
    '80 app.test#2',
  ])
})

test('lists whose elements have no name are numbered', () => {
  expect(listKeys('maps', [{}, {}])).toEqual(['0', '1'])
})

test.each([
  [{ modifier: '', pattern: '/a' }, '/a'],
  [{ modifier: '=', pattern: '/a' }, '= /a'],
  [{ modifier: '~*', pattern: 'x$' }, '~* x$'],
  [{ modifier: '@', pattern: 'named' }, '@named'],
] as const)('%j is the location %s', (location, key) => expect(locationKey(location)).toBe(key))

test.each<[string[], unknown]>([
  [['http', 'servers', '443 app.test www.test', 'locations', '/api/'], api],
  [
    ['http', 'servers', '443 app.test www.test', 'locations', '/api/', 'locations', '/api/deep/', 'pattern'],
    '/api/deep/',
  ],
  [['http', 'upstreams', 'pool', 'name'], 'pool'],
  [['http', 'servers', '80 app.test#2'], second],
  [['http', 'servers', '80 other'], undefined],
  [['http', 'nothing', 'below'], undefined],
  [[], config],
])('%j points at its value', (path, value) => expect(resolvePath(config, path)).toBe(value))

test('a path and its key are the same', () => {
  const path = ['http', 'servers', '80 a b', 'locations', '= /']
  expect([parsePathKey(pathKey(path)), parsePathKey(pathKey([]))]).toEqual([path, []])
})

test('every route is found, a server before its locations, and its path points at it', () => {
  const routes = routesOf(config)
  expect(routes.map(({ locations }) => locations.map(({ pattern }) => pattern))).toEqual([
    [],
    ['/'],
    ['/api/'],
    ['/api/', '/api/deep/'],
    [],
    [],
  ])
  for (const { path, server, locations } of routes)
    expect(resolvePath(config, path)).toBe(locations.at(-1) ?? server)
})

test('what is switched off here is gone with all that is in it, and the configuration stays as it is', () => {
  const before = structuredClone(config)
  const server = ['http', 'servers', '443 app.test www.test']
  const off = [pathKey([...server, 'locations', '/api/']), pathKey(['http', 'servers', '80 app.test#2'])]
  expect(effective(config, { ...noLocal, off }).http?.servers).toEqual([
    { ...first, locations: [root] },
    second,
  ])
  expect(config).toEqual(before)
})

test('a nested location can be off alone; with nothing off it is the same configuration', () => {
  const off = [
    pathKey(['http', 'servers', '443 app.test www.test', 'locations', '/api/', 'locations', '/api/deep/']),
  ]
  expect(effective(config, { ...noLocal, off }).http?.servers?.[0]?.locations?.[1]).toEqual({
    ...api,
    locations: [],
  })
  expect(effective(config, defaultLocal)).toBe(config)
})

test('ports and hosts are mapped where a line says so, and are their own otherwise', () => {
  const local = { ...defaultLocal, hosts: { 'app:3000': '127.0.0.1:3000' } }
  expect([
    localPort(local, 80),
    localPort(local, 81),
    localHost(local, 'app:3000'),
    localHost(local, 'app'),
  ]).toEqual([8080, 81, '127.0.0.1:3000', 'app'])
})

test.each([
  [defaultLocal, true],
  [{ ...noLocal, ports: { http: 80 } }, false],
  [{ ...noLocal, ports: { '80': 65_536 } }, false],
  [{ ...noLocal, other: 1 }, false],
])('an overlay is checked: %j is good: %s', (local, good) => {
  expect(localSchema.safeParse(local).success).toBe(good)
})
