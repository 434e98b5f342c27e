import { expect, test } from 'vitest'
import { resolvePath, routesOf } from '../../config/path.ts'
import { demoConfig } from '../testing/demo-config.ts'
import { blockText, readBlockText } from './block-text.ts'

test('the text of a location is that block and nothing around it', () => {
  const path = ['http', 'servers', '443 admin.localhost', 'locations', '/api/']
  expect(blockText(demoConfig, path)).toBe('location /api/ {\n    proxy_pass http://shop_api/admin/;\n}\n')
})

test('every block reads back as it was', () => {
  for (const { path, locations } of routesOf(demoConfig)) {
    const kind = locations.length > 0 ? 'location' : 'server'
    expect(readBlockText(blockText(demoConfig, path), kind).block).toEqual(resolvePath(demoConfig, path))
  }
  const pool = ['http', 'upstreams', 'shop_api']
  expect(readBlockText(blockText(demoConfig, pool), 'upstream').block).toEqual(resolvePath(demoConfig, pool))
})

test('a text that is broken says where', () => {
  expect(readBlockText('location / {\n  proxy_pass http://a\n}', 'location').problems[0]).toMatchObject({
    severity: 'error',
    line: 3,
  })
})

test('a text that is another block is refused', () => {
  expect(readBlockText('server { }', 'location').problems[0]?.message).toBe('this is not one location block')
})

test('what is not known is kept, with a warning', () => {
  const { block, problems } = readBlockText('location / { made_up yes; }', 'location')
  expect(block?.unhandled?.[0]?.name).toBe('made_up')
  expect(problems[0]?.severity).toBe('warning')
})
