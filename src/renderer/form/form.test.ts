import { describe, expect, test } from 'vitest'
import { directives, directivesIn } from '../../config/directives.ts'
import type { Directive } from '../../config/directive.ts'
import { configOf, demoConfig } from '../testing/demo-config.ts'
import { fieldKind } from './field-kind.ts'
import { groupOf, groups } from './groups.ts'
import { blockName, blocksAround, inherited } from './inherited.ts'
import { readSpelling, spell } from './spelling.ts'

const table = directives as unknown as Readonly<Record<string, Directive>>
const named = (field: string): Directive => {
  const directive = table[field]
  if (!directive) throw new Error(`no directive ${field}`)
  return directive
}

describe('how a field is edited', () => {
  test.each([
    ['proxyBuffering', 'switch'],
    ['internal', 'switch'],
    ['satisfy', 'choice'],
    ['proxyHttpVersion', 'choice'],
    ['proxyNextUpstream', 'choices'],
    ['sslProtocols', 'choices'],
    ['proxySetHeader', 'pairs'],
    ['listen', 'lines'],
    ['errorPage', 'lines'],
    ['proxyPass', 'text'],
    ['workerProcesses', 'text'],
    ['proxyCache', 'text'],
  ])('%s as %s', (field, kind) => {
    expect(fieldKind(named(field))).toBe(kind)
  })
})

describe('spelling', () => {
  test.each([
    ['proxyReadTimeout', 5000, '5s'],
    ['proxyBuffers', { number: 8, size: 4096 }, '8 4k'],
    ['serverName', ['a.localhost', '*.b'], 'a.localhost *.b'],
    ['proxySetHeader', { name: 'X-A', value: 'a b' }, 'X-A "a b"'],
    ['access', { directive: 'deny', from: 'all' }, 'deny all'],
  ])('%s', (field, value, text) => {
    expect(spell(named(field), value)).toBe(text)
    expect(readSpelling(named(field), text)).toEqual({ value })
  })

  test.each([
    ['proxyReadTimeout', 'soon', 'invalid value'],
    ['proxyReadTimeout', '1s 2s', 'one value'],
    ['proxySetHeader', 'X-A', '2 values'],
    ['proxyPass', 'http://a; }', 'without ;'],
  ])('%s cannot be %s', (field, text, why) => {
    const read = readSpelling(named(field), text)
    expect('problem' in read && read.problem).toContain(why)
  })
})

describe('inheritance', () => {
  const server = ['http', 'servers', '443 shop.localhost www.shop.localhost']
  const api = [...server, 'locations', '/api/']

  test('the nearest block around says what a field is worth', () => {
    expect(inherited(demoConfig, api, 'proxyHttpVersion', named('proxyHttpVersion'))).toEqual({
      value: '1.1',
      from: server,
    })
    expect(inherited(demoConfig, api, 'accessLog', named('accessLog'))?.from).toEqual(['http'])
  })

  test("where nobody says, nginx's default counts", () => {
    expect(inherited(demoConfig, api, 'proxyReadTimeout', named('proxyReadTimeout'))).toEqual({
      value: 60_000,
    })
  })

  test('a target is not handed down', () => {
    const config = configOf('http { server { location / { proxy_pass http://a; location /b { } } } }')
    const inner = ['http', 'servers', '80', 'locations', '/', 'locations', '/b']
    expect(inherited(config, inner, 'proxyPass', named('proxyPass'))).toBeUndefined()
    expect(blocksAround(inner).map(blockName)).toEqual(['location /', 'server 80', 'http'])
  })
})

describe('groups', () => {
  test('every field of servers and locations is in one, and few are left over', () => {
    const fields = [...directivesIn('server'), ...directivesIn('location')]
    const known = new Set(groups.map((group) => group.name))
    const placed = fields.map(({ field, directive }) => groupOf(field, directive))
    expect(placed.every((name) => known.has(name))).toBe(true)
    // What the wire and the files need is looked for by name; the rest has a place of its own.
    const share = placed.filter((name) => name === 'More').length / placed.length
    expect(share).toBeLessThan(0.25)
  })

  test('no field is in two', () => {
    const all = groups.flatMap(({ first, fields = [] }) => [...first, ...fields])
    expect(new Set(all).size).toBe(all.length)
  })
})
