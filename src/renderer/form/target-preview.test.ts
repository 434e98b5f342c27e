import { expect, test } from 'vitest'
import type { Location, LocationModifier, Server } from '../../config/model.ts'
import { previewTarget } from './target-preview.ts'

const server: Server = { listen: [{ address: '*', port: 443, ssl: true }], serverName: ['shop.localhost'] }

function shown(modifier: LocationModifier, pattern: string, proxyPass: string): string {
  const location: Location = { modifier, pattern, proxyPass }
  const preview = previewTarget(server, location)
  if (!preview) return ''
  const cut = preview.before.map(({ text, role }) => (role === 'cut' ? `[${text}]` : text)).join('')
  return `${cut} → ${preview.after.map(({ text }) => text).join('')}${preview.note ? ` (${preview.note})` : ''}`
}

test.each([
  [
    '/api/',
    'http://127.0.0.1:8080/',
    'https://shop.localhost[/api/]users?x=1 → http://127.0.0.1:8080/users?x=1',
  ],
  ['/api/', 'http://api', 'https://shop.localhost/api/users?x=1 → http://api/api/users?x=1'],
  ['/', 'http://web', 'https://shop.localhost/users?x=1 → http://web/users?x=1'],
  [
    '/api',
    'http://api/',
    'https://shop.localhost[/api]/users?x=1 → http://api//users?x=1 (The path gets a double slash: end the location with / too.)',
  ],
  [
    '/api/',
    'http://api/v1',
    'https://shop.localhost[/api/]users?x=1 → http://api/v1users?x=1 (The path runs together: end the target with / as well.)',
  ],
  [
    '/x',
    'http://$host$request_uri',
    'https://shop.localhost/x/users?x=1 → http://$host$request_uri (A target with variables is sent exactly as it reads when they are filled in.)',
  ],
])('%s to %s', (pattern, target, text) => {
  expect(shown('', pattern, target)).toBe(text)
})

test('a regex passes the target as it came', () => {
  expect(shown('~', '\\.php$', 'http://php')).toBe('https://shop.localhost/… → http://php/…')
})

test('an exact location is replaced whole', () => {
  expect(shown('=', '/login', 'http://auth/in')).toBe(
    'https://shop.localhost[/login]?x=1 → http://auth/in?x=1',
  )
})

test('no target, no preview', () => {
  expect(previewTarget(server, { modifier: '', pattern: '/' })).toBeUndefined()
})
