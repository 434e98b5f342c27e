import { expect, test } from 'vitest'
import { parseStoredHead, type StoredHead } from './stored.ts'
import { Entry } from './entry.ts'
import { HotResponse, HotStore } from './hot.ts'

const text = 'HTTP/1.1 200 OK\r\n\r\n'
const head: StoredHead = {
  key: 'k',
  host: 'h',
  status: 200,
  vary: '',
  variant: '',
  etag: '',
  lastModified: -1,
  text,
  bodyLength: 1000,
  freshUntil: 1,
  storedAt: 0,
  staleWhileRevalidate: 0,
  staleIfError: 0,
}

function response(name: string, bytes = 1000): HotResponse {
  const parsed = parseStoredHead(text)
  if (!parsed) throw new Error('not a head')
  return new HotResponse(new Entry(name, name), head, parsed, Buffer.alloc(bytes))
}

test('of more than the limit takes the least recently used goes', () => {
  const [a, b, c] = [response('a'), response('b'), response('c')]
  const store = new HotStore(2 * a.weight)
  store.keep(a)
  store.keep(b)
  store.touch(a)
  store.keep(c)
  expect([a, b, c].map(({ entry }) => entry.hot !== undefined)).toEqual([true, false, true])
  expect([store.size, store.weight]).toEqual([2, a.weight + c.weight])
})

test('another response of an entry takes the place of the first', () => {
  const first = response('a')
  const store = new HotStore(10 * first.weight)
  store.keep(first)
  const second = new HotResponse(first.entry, head, first.parsed, Buffer.alloc(1))
  store.keep(second)
  expect([store.size, store.weight, first.entry.hot]).toEqual([1, second.weight, second])
  store.drop(first.entry)
  store.drop(first.entry)
  expect([store.size, store.weight, first.entry.hot]).toEqual([0, 0, undefined])
})

test('what is heavier than the limit is not kept, and nothing goes for it', () => {
  const small = response('a')
  const store = new HotStore(small.weight)
  store.keep(small)
  const large = response('b', 2000)
  store.keep(large)
  expect([small.entry.hot, large.entry.hot]).toEqual([small, undefined])
  store.clear()
  expect([store.size, store.weight, small.entry.hot]).toEqual([0, 0, undefined])
})
