import { expect, test, vi } from 'vitest'
import type { ExchangeRecord } from '../../../status/exchange-record.ts'
import { livelyTraffic } from '../../testing/lively-traffic.ts'
import { BodySearch } from './body-search.ts'
import { grow } from './row-list.ts'

const make = livelyTraffic()
const row = (id: number, about: Partial<ExchangeRecord> = {}): ExchangeRecord => ({
  ...make(0),
  id,
  ...about,
})
const ids = (rows: readonly ExchangeRecord[]): string[] =>
  rows.map(({ id, running }) => `${id}${running ? '…' : ''}`)

test('an exchange that ends has the place it had while it ran', () => {
  const running = new Set<number>()
  const first = grow([], [row(1), row(2, { running: true }), row(3)], running, 10)
  const second = grow(first.rows, [row(4), row(2)], running, 10)
  expect([ids(first.rows), ids(second.rows), ids(second.added), running.size]).toEqual([
    ['1', '2…', '3'],
    ['1', '2', '3', '4'],
    ['4'],
    0,
  ])
})

test('one that is told as running and as ended at once is one row', () => {
  const running = new Set<number>()
  expect(ids(grow([], [row(1, { running: true }), row(1)], running, 10).rows)).toEqual(['1'])
})

test('the oldest rows go, and are new rows when they end', () => {
  const running = new Set<number>()
  const first = grow([], [row(1, { running: true }), row(2), row(3)], running, 2)
  expect([ids(first.rows), ids(grow(first.rows, [row(1)], running, 2).rows)]).toEqual([
    ['2', '3'],
    ['3', '1'],
  ])
})

test('bodies are asked for once, then only those that came since', async () => {
  const asked: string[] = []
  const changed = vi.fn()
  const search = new BodySearch(async (text, from) => {
    asked.push(`${text} from ${from}`)
    return from === 0 ? [500] : [900]
  }, changed)
  search.want(['a'])
  await vi.waitFor(() => expect(changed).toHaveBeenCalledTimes(1))
  search.want(['a'])
  search.came([row(900)])
  await vi.waitFor(() => expect(changed).toHaveBeenCalledTimes(2))
  expect([asked, search.holds('a', 500), search.holds('a', 900), search.holds('b', 500)]).toEqual([
    ['a from 0', 'a from 400'],
    true,
    true,
    false,
  ])
})
