import { describe, expect, test } from 'vitest'
import type { ExchangeRecord } from '../../../status/exchange-record.ts'
import { parseFilter } from './filter.ts'

const record: ExchangeRecord = {
  id: 1,
  startedAt: 0,
  durationMs: 240,
  client: '127.0.0.1',
  scheme: 'https',
  protocol: 'HTTP/1.1',
  method: 'GET',
  host: 'api.shop.localhost',
  target: '/api/users?page=2',
  status: 502,
  bytesSent: 2048,
  bodyBytesSent: 1800,
  requestBytes: 300,
  server: '443 api.shop.localhost',
  location: '/api/',
  upstream: 'api',
  peer: '127.0.0.1:3001',
  attempts: 2,
  cache: 'MISS',
  cacheReason: 'key-not-there',
  cacheNotStored: 'set-cookie',
  limit: 'DELAYED',
  limitZone: 'login',
  limitKey: '127.0.0.1',
  error: 'connect() failed (111: Connection refused)',
}

function matches(text: string): boolean {
  const filter = parseFilter(text)
  if ('problem' in filter) throw new Error(filter.problem)
  return filter.matches(record)
}

describe('terms', () => {
  test.each([
    'status:5xx',
    'status:502',
    'status:50',
    'status:404,502',
    'status:500-599',
    'host:api*',
    'path:/api/',
    'path:*page=2',
    'method:get,post',
    'ms>200',
    'ms>=240',
    'ms<0.3s',
    'bytes>1k',
    'cache:miss',
    'peer:*:3001',
    'upstream:api',
    'server:shop',
    'location:/api/',
    'scheme:https',
    'why:set-cookie',
    'why:key-not-there',
    'limit:login',
    'limit:delayed',
    'limitkey:127.*',
    'route:shop',
    'route:/api/',
    'error~refused',
    'host~shop',
    'attempts>1',
    'received<1k',
    'protocol:1.1',
    'is:error',
    'is:retried',
    'users',
    'refused',
    '"page=2"',
    '502',
  ])('%s fits', (text) => {
    expect(matches(text)).toBe(true)
    expect(matches(`-${text}`)).toBe(false)
  })

  test.each([
    'status:4xx',
    'host:api',
    'path:/users',
    'ms>240',
    'cache:none',
    'upstream:ap',
    'is:upgraded',
    'teapot',
  ])('%s does not fit', (text) => {
    expect(matches(text)).toBe(false)
  })

  test('all terms must fit', () => {
    expect(matches('status:5xx host:api* cache:MISS ms>200 -path:/health')).toBe(true)
    expect(matches('status:5xx host:api* cache:HIT')).toBe(false)
  })

  test('a pattern is no regular expression', () => {
    expect(matches('path:/api/users?page=2')).toBe(true)
    expect(matches('host:api.*')).toBe(true)
    expect(matches('host:api?shop*')).toBe(false)
  })
})

describe('what is not understood is said', () => {
  test.each([
    ['status:teapot', 'no status'],
    ['colour:red', 'there is no field "colour"'],
    ['ms>fast', 'no number'],
    ['host>a', 'no order'],
    ['is:nice', 'is not known'],
    ['host:', 'what?'],
    ['body~', 'what?'],
    ['ms~2', 'has no parts'],
    ['path:"/a', 'no second one'],
  ])('%s', (text, why) => {
    const filter = parseFilter(text)
    expect('problem' in filter && filter.problem).toContain(why)
  })
})

test('an empty filter lets everything pass', () => {
  const filter = parseFilter('  ')
  expect('matches' in filter && filter.empty && filter.matches(record)).toBe(true)
})

test('bodies are looked through by whoever has them', () => {
  const asked: string[] = []
  const filter = parseFilter('body~"a token" -body:other status:502', (text, id) => {
    asked.push(`${text} ${id}`)
    return text === 'a token'
  })
  if ('problem' in filter) throw new Error(filter.problem)
  expect(filter.bodyTexts).toEqual(['a token', 'other'])
  expect([filter.matches(record), asked]).toEqual([true, ['a token 1', 'other 1']])
})

test('reasons and limits are found by their words', () => {
  const filter = parseFilter('reason:expired limit:rejected limit:login is:limited')
  if ('problem' in filter) throw new Error(filter.problem)
  expect(filter.matches({ ...record, cacheReason: 'expired', limit: 'REJECTED', limitZone: 'login' })).toBe(
    true,
  )
  expect(filter.matches(record)).toBe(false)
})
