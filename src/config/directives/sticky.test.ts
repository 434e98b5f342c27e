import { expect, test } from 'vitest'
import { Invalid } from '../directive.ts'
import { sticky } from './sticky.ts'

test.each([
  ['cookie srv_id', { by: 'cookie', name: 'srv_id' }],
  [
    'cookie srv_id expires=1h domain=.example.com path=/ samesite=lax httponly secure',
    {
      by: 'cookie',
      name: 'srv_id',
      expires: 3_600_000,
      domain: '.example.com',
      path: '/',
      samesite: 'lax',
      httponly: true,
      secure: true,
    },
  ],
  ['cookie id expires=max samesite=$site', { by: 'cookie', name: 'id', expires: 'max', samesite: '$site' }],
  ['route $route_cookie $route_uri', { by: 'route', variables: ['route_cookie', 'route_uri'] }],
])('%s is read and written back', (text, value) => {
  const read = sticky.read(text.split(' '), 'sticky')
  expect(read).toEqual(value)
  expect(sticky.write(read as never).join(' ')).toBe(text)
  expect(sticky.schema.parse(value)).toEqual(value)
})

test.each([
  [['cookie', ''], '"sticky" directive empty cookie name'],
  [['cookie', 'a', 'expires=soon'], '"sticky" directive invalid "expires" parameter value'],
  [['cookie', 'a', 'expires=500ms'], '"sticky" directive invalid "expires" parameter value'],
  [['cookie', 'a', 'samesite=no'], '"sticky" directive invalid "samesite" parameter value'],
  [['cookie', 'a', 'path='], '"sticky" directive no value for "path"'],
  [['cookie', 'a', 'path=/', 'path=/'], '"sticky" directive parameter "path" is duplicate'],
  [['cookie', 'a', 'secure', 'secure'], '"sticky" directive parameter "secure" is duplicate'],
  [['cookie', 'a', 'forever'], 'unknown parameter "forever"'],
  [['route', 'name'], 'invalid variable name "name"'],
  [['learn', 'create=$a'], '"sticky learn" is not here'],
  [['glue', 'a'], 'unknown parameter "glue"'],
])('%j is refused', (args, message) => {
  const read = sticky.read(args, 'sticky')
  expect(read instanceof Invalid && read.message).toBe(message)
})
