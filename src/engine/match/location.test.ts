import { expect, test } from 'vitest'
import type { LocationSettings } from '../cycle/settings.ts'
import type { Exchange } from '../request/exchange.ts'
import { findLocation, noLocations, type LocationTree } from './location.ts'

interface Written {
  head: string
  inside?: Written[]
}

/** A tree of locations as nginx text writes their heads: `= /a`, `^~ /a`, `~ x`, `/a`. */
function tree(written: Written[]): LocationTree {
  const all = written.map(({ head, inside = [] }) => {
    const [modifier = '', pattern = ''] = head.includes(' ') ? head.split(' ') : ['', head]
    const regex = modifier === '~' || modifier === '~*'
    const location = {
      label: head,
      modifier,
      pattern,
      regex,
      autoRedirect: pattern.endsWith('/') && !regex,
      tree: tree(inside),
    }
    return { location: location as unknown as LocationSettings, modifier, pattern, regex }
  })
  const exact = new Map(all.filter((l) => l.modifier === '=').map((l) => [l.pattern, l.location]))
  const prefixes = new Map(
    all.filter((l) => !l.regex && l.modifier !== '=').map((l) => [l.pattern, l.location]),
  )
  if (all.length === 0) return noLocations
  return {
    exact,
    prefixes,
    lengths: [...new Set([...exact.keys(), ...prefixes.keys()].map((p) => p.length))].sort((a, b) => b - a),
    regexes: all
      .filter((l) => l.regex)
      .map((l) => ({
        regex: new RegExp(l.pattern, l.modifier === '~*' ? 'i' : ''),
        assign: undefined,
        location: l.location,
      })),
  }
}

function found(written: Written[], uri: string): string {
  const { location, redirect } = findLocation({ uri } as Exchange, tree(written))
  return `${location?.label ?? 'none'}${redirect ? ' with a slash' : ''}`
}

const documented: Written[] = [
  { head: '= /' },
  { head: '/' },
  { head: '/documents/' },
  { head: '^~ /images/' },
  { head: '~* \\.(gif|jpg|jpeg)$' },
]

test.each([
  ['/', '= /'],
  ['/index.html', '/'],
  ['/documents/document.html', '/documents/'],
  ['/images/1.gif', '^~ /images/'],
  ['/documents/1.jpg', '~* \\.(gif|jpg|jpeg)$'],
  ['/documents/1.JPG', '~* \\.(gif|jpg|jpeg)$'],
  ['/documents', '/documents/ with a slash'],
])("nginx's own example sends %s to %s", (uri, location) => expect(found(documented, uri)).toBe(location))

test('a prefix of the same length as the path is taken before the redirect to a slash', () => {
  expect(found([{ head: '/a' }, { head: '/a/' }], '/a')).toBe('/a')
  expect(found([{ head: '= /a' }, { head: '/a/' }], '/a')).toBe('= /a')
  expect(found([{ head: '/' }, { head: '/a/' }], '/a')).toBe('/a/ with a slash')
})

test('expressions are tried in the order written', () => {
  const both = [{ head: '~ ^/a' }, { head: '~ ^/ab' }]
  expect(found(both, '/abc')).toBe('~ ^/a')
  expect(found(both.toReversed(), '/abc')).toBe('~ ^/ab')
})

test('a nested prefix is found, and an expression outside still comes before it', () => {
  const nested = [{ head: '/a/', inside: [{ head: '/a/b/' }] }, { head: '~ \\.php$' }]
  expect(found(nested, '/a/b/c')).toBe('/a/b/')
  expect(found(nested, '/a/b/c.php')).toBe('~ \\.php$')
})

test('a nested expression ends the search before those outside', () => {
  const nested = [{ head: '/a/', inside: [{ head: '~ \\.php$' }] }, { head: '~ ^/a' }]
  expect(found(nested, '/a/x.php')).toBe('~ \\.php$')
  expect(found(nested, '/a/x')).toBe('~ ^/a')
})

test('^~ keeps the expressions of its level away, not those inside it', () => {
  const nested = [{ head: '^~ /a/', inside: [{ head: '~ \\.php$' }] }, { head: '~ ^/a' }]
  expect(found(nested, '/a/x')).toBe('^~ /a/')
  expect(found(nested, '/a/x.php')).toBe('~ \\.php$')
})

test('no location at all is nobody', () => expect(found([], '/x')).toBe('none'))
