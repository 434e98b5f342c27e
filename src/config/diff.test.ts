import { describe, expect, test } from 'vitest'
import { diff } from './diff.ts'
import { addLocation, moveAt, removeAt, setAt } from './edit.ts'
import type { Config } from './model.ts'

const config: Config = {
  http: {
    upstreams: [
      { name: 'api', server: [{ address: '127.0.0.1:3001', weight: 3 }, { address: '127.0.0.1:3002' }] },
    ],
    servers: [
      {
        listen: [{ address: '*', port: 443, ssl: true }],
        serverName: ['app.localhost'],
        clientMaxBodySize: 1024 ** 2,
        addHeader: [
          { name: 'X-Frame-Options', value: 'DENY', always: true },
          { name: 'X-Other', value: 'a b' },
        ],
        locations: [
          { modifier: '', pattern: '/', proxyPass: 'http://127.0.0.1:3000' },
          { modifier: '', pattern: '/api/', proxyPass: 'http://api/' },
        ],
      },
      { serverName: ['old.localhost'], rewrites: [{ directive: 'return', code: 301, text: 'https://x' }] },
    ],
  },
}
const server = ['http', 'servers', '443 app.localhost']
const api = [...server, 'locations', '/api/']
const said = (after: Config): string[] => diff(config, after).map((c) => `${c.where}: ${c.words}`)

test('nothing changed is nothing said', () => {
  expect(diff(config, structuredClone(config))).toEqual([])
})

describe('fields', () => {
  test('a changed field shows both values as nginx writes them', () => {
    expect(diff(config, setAt(config, [...api, 'proxyPass'], 'http://127.0.0.1:4000'))).toEqual([
      {
        kind: 'changed',
        path: [...api, 'proxyPass'],
        where: 'location /api/ of app.localhost',
        words: 'proxy_pass http://api/ → http://127.0.0.1:4000',
        before: 'proxy_pass http://api/',
        after: 'proxy_pass http://127.0.0.1:4000',
      },
    ])
  })

  test('a field that came and one that went', () => {
    expect(said(setAt(config, [...api, 'proxyReadTimeout'], 5000))).toEqual([
      'location /api/ of app.localhost: proxy_read_timeout 5s added',
    ])
    expect(said(setAt(config, [...server, 'clientMaxBodySize'], undefined))).toEqual([
      'server app.localhost: client_max_body_size 1m removed',
    ])
  })

  test("a peer's weight is a change of that peer's line", () => {
    expect(said(setAt(config, ['http', 'upstreams', 'api', 'server', '0', 'weight'], 1))).toEqual([
      'upstream api: server 127.0.0.1:3001 weight=3 → 127.0.0.1:3001 weight=1',
    ])
  })

  test('a field of a list that went', () => {
    expect(said(removeAt(config, [...server, 'addHeader', '1']))).toEqual([
      'server app.localhost: add_header X-Other "a b" removed',
    ])
  })

  test('rewrite steps are told as such', () => {
    expect(said(setAt(config, ['http', 'servers', '80 old.localhost', 'rewrites'], undefined))).toEqual([
      'server old.localhost: rewrite steps removed',
    ])
  })
})

describe('blocks', () => {
  test('an added and a removed block', () => {
    const added = addLocation(config, server, { modifier: '=', pattern: '/health' }).config
    expect(said(added)).toEqual(['server app.localhost: location = /health added'])
    expect(said(removeAt(config, ['http', 'servers', '80 old.localhost']))).toEqual([
      'http: server old.localhost removed',
    ])
  })

  test('a renamed block is one change, not a removal and an addition', () => {
    expect(said(setAt(config, [...api, 'pattern'], '/v2/'))).toEqual([
      'location /v2/ of app.localhost: pattern /api/ → /v2/',
    ])
  })

  test('a renamed and edited block is still the same block', () => {
    const renamed = setAt(config, [...api, 'pattern'], '/v2/')
    const after = setAt(renamed, [...server, 'locations', '/v2/', 'proxyPass'], 'http://two/')
    expect(said(after)).toEqual([
      'location /v2/ of app.localhost: proxy_pass http://api/ → http://two/',
      'location /v2/ of app.localhost: pattern /api/ → /v2/',
    ])
  })

  test('another order is told', () => {
    expect(said(moveAt(config, api, 0))).toEqual(['server app.localhost: order of locations changed'])
  })
})
