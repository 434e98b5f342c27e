import { describe, expect, test } from 'vitest'
import { normaliseTarget } from './uri.ts'

const plain = { args: '', exten: '', quoted: false, plus: false, emptyPath: false }
const merged = { mergeSlashes: true }

describe('a target becomes the path that locations see', () => {
  const cases: [string, object | 'bad'][] = [
    ['/', { uri: '/' }],
    ['/a/b.html', { uri: '/a/b.html', exten: 'html' }],
    ['/a.b/c', { uri: '/a.b/c' }],
    ['/a.tar.gz', { uri: '/a.tar.gz', exten: 'gz' }],
    ['/a.', { uri: '/a.', exten: '' }],
    ['/.htaccess', { uri: '/.htaccess' }],
    ['/a?b=c', { uri: '/a', args: 'b=c' }],
    ['/a.x?b/../c', { uri: '/a.x', args: 'b/../c', exten: 'x' }],
    ['/a?', { uri: '/a' }],
    ['/a?b?c', { uri: '/a', args: 'b?c' }],
    ['/a?b#c', { uri: '/a', args: 'b' }],
    ['/a#b?c', { uri: '/a' }],
    ['/#', { uri: '/' }],
    ['/a+b', { uri: '/a+b', plus: true }],
    ['/+/./x', { uri: '/+/x', plus: true }],
    ['/a?b+c', { uri: '/a', args: 'b+c' }],
    ['?a=b', { uri: '/', args: 'a=b', emptyPath: true }],
    ['?a#b', { uri: '/', args: 'a', emptyPath: true }],
    ['//', { uri: '/' }],
    ['/a//b', { uri: '/a/b' }],
    ['/a///b//', { uri: '/a/b/' }],
    ['/./a', { uri: '/a' }],
    ['/.', { uri: '/' }],
    ['/a/.', { uri: '/a/' }],
    ['/a/./b', { uri: '/a/b' }],
    ['/a/.?x', { uri: '/a/', args: 'x' }],
    ['/a/.#x', { uri: '/a/' }],
    ['/a/..', { uri: '/' }],
    ['/a/../b', { uri: '/b' }],
    ['/a/b/..', { uri: '/a/' }],
    ['/a/..?x', { uri: '/', args: 'x' }],
    ['/a/..#x', { uri: '/' }],
    ['/a.b/../c', { uri: '/c' }],
    ['/a.b/..', { uri: '/' }],
    ['/x/..a.b', { uri: '/x/..a.b', exten: 'b' }],
    ['/x/...', { uri: '/x/...' }],
    ['/x/.../y', { uri: '/x/.../y' }],
    ['/x/.a/..', { uri: '/x/' }],
    ['/x/..+', { uri: '/x/..+', plus: true }],
    ['/x/.+', { uri: '/x/.+', plus: true }],
    ['/..', 'bad'],
    ['/../', 'bad'],
    ['/..?', 'bad'],
    ['/..#', 'bad'],
    ['/a/../..', 'bad'],
    ['/a/../../b', 'bad'],
    ['/%2e%2e', 'bad'],
    ['/%41', { uri: '/A', quoted: true }],
    ['/%39%5a', { uri: '/9Z', quoted: true }],
    ['/.%23/.%3f/.%25', { uri: '/.#/.?/.%', quoted: true }],
    ['/%e4%BF', { uri: '/\xe4\xbf', quoted: true }],
    ['/a%20b', { uri: '/a b', quoted: true }],
    ['/a%2fb', { uri: '/a/b', quoted: true }],
    ['/a%2f%2Fb', { uri: '/a/b', quoted: true }],
    ['/a/%2e/b', { uri: '/a/b', quoted: true }],
    ['/a/%2e%2E/b', { uri: '/b', quoted: true }],
    ['/a/.%2e', { uri: '/', quoted: true }],
    ['/a/.%2e%3fb', { uri: '/a/..?b', quoted: true }],
    ['/a%3fb', { uri: '/a?b', quoted: true }],
    ['/a%23b', { uri: '/a#b', quoted: true }],
    ['/a%25b', { uri: '/a%b', quoted: true }],
    ['/a%252e', { uri: '/a%2e', quoted: true }],
    ['/%25/../x', { uri: '/x', quoted: true }],
    ['/a%2bb', { uri: '/a+b', quoted: true, plus: true }],
    ['/a%2ehtml', { uri: '/a.html', quoted: true, exten: 'html' }],
    ['/a%0d%0ab', { uri: '/a\r\nb', quoted: true }],
    ['/a?%41', { uri: '/a', args: '%41' }],
    ['/./a?%41', { uri: '/a', args: '%41' }],
    ['/a#%zz', { uri: '/a' }],
    ['/%', 'bad'],
    ['/%4', 'bad'],
    ['/%4g', 'bad'],
    ['/%g4', 'bad'],
    ['/%00', 'bad'],
    ['/a%', 'bad'],
    ['/a%?', 'bad'],
    ['/a%2?', 'bad'],
    ['/a b\x7f', { uri: '/a b\x7f' }],
  ]
  test.each(cases)('%j', (target, expected) => {
    expect(normaliseTarget(target, merged)).toEqual(
      expected === 'bad' ? { bad: true } : { ...plain, ...expected },
    )
  })
})

describe('without merge_slashes', () => {
  const cases: [string, string][] = [
    ['//', '//'],
    ['/a//b', '/a//b'],
    ['/a//../b', '/a/b'],
    ['/a/.//b', '/a//b'],
    ['//..', '/'],
    ['/a/..//b', '//b'],
  ]
  test.each(cases)('%j keeps its empty segments', (target, uri) => {
    const got = normaliseTarget(target, { mergeSlashes: false })
    expect('bad' in got ? 'bad' : got.uri).toBe(uri)
  })
})

test('a path longer than one call can hold keeps every character', () => {
  const long = 'abcdefg/'.repeat(2000)
  const got = normaliseTarget(`/./${long}%41`, merged)
  expect('bad' in got ? 'bad' : got.uri).toBe(`/${long}A`)
})
