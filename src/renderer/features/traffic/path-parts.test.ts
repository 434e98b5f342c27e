import { expect, test } from 'vitest'
import { pathParts } from './path-parts.ts'

test('the matched prefix stands apart', () => {
  expect(pathParts('/api/users', '/api/')).toEqual({ matched: '/api/', head: 'users', tail: '' })
  expect(pathParts('/static/a.css', '^~ /static/')).toEqual({ matched: '/static/', head: 'a.css', tail: '' })
})

test('a regex and the root match nothing to dim', () => {
  expect(pathParts('/a.png', '~ \\.png$').matched).toBe('')
  expect(pathParts('/a', '/').matched).toBe('')
})

test('of a long target the end stays in sight', () => {
  const { head, tail } = pathParts('/assets/chunks/vendor-with-a-long-name-9f3c21ab.js', '/')
  expect(head + tail).toBe('/assets/chunks/vendor-with-a-long-name-9f3c21ab.js')
  expect(tail).toBe('g-name-9f3c21ab.js')
})
