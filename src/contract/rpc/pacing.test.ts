import { expect, test } from 'vitest'
import { longestWaiting, paceBatch, paceLatest } from './pacing.ts'

test('a slow reader of a latest stream gets the newest state and nothing that was overtaken', () => {
  const sent: unknown[] = []
  const pacing = paceLatest((item) => sent.push(item))
  for (const state of ['a', 'b', 'c', 'd', 'e']) pacing.push(state)
  expect(sent).toEqual(['a', 'b'])
  pacing.taken()
  expect(sent).toEqual(['a', 'b', 'e'])
  pacing.taken()
  pacing.taken()
  expect(sent).toEqual(['a', 'b', 'e'])
})

function batches(): { sent: unknown[]; pacing: ReturnType<typeof paceBatch> } {
  const sent: unknown[] = []
  return { sent, pacing: paceBatch('rows', (item) => sent.push(item)) }
}
const batch = (rows: number[], more: { reset?: boolean; dropped?: number } = {}) => ({
  reset: false,
  dropped: 0,
  rows,
  ...more,
})

test('batches that a reader cannot take yet become one, in order, with what was dropped added up', () => {
  const { sent, pacing } = batches()
  for (let id = 1; id <= 7; id++) pacing.push(batch([id], { dropped: id === 6 ? 3 : 0 }))
  expect(sent).toEqual([1, 2, 3, 4].map((id) => batch([id])))
  pacing.taken()
  expect(sent.slice(4)).toEqual([batch([5, 6, 7], { dropped: 3 })])
})

test('what waits is bounded: the oldest entries go and are counted', () => {
  const { sent, pacing } = batches()
  for (let id = 1; id <= 4; id++) pacing.push(batch([0]))
  const more = Array.from({ length: 300 }, (_, index) => index)
  for (let round = 0; round < 50; round++) pacing.push(batch(more))
  pacing.taken()
  const last = sent.at(-1) as ReturnType<typeof batch>
  expect({ rows: last.rows.length, dropped: last.dropped, newest: last.rows.at(-1) }).toEqual({
    rows: longestWaiting,
    dropped: 15_000 - longestWaiting,
    newest: 299,
  })
})

test('a reset makes what waits worthless, and stays a reset when more is joined', () => {
  const { sent, pacing } = batches()
  for (let id = 1; id <= 5; id++) pacing.push(batch([id], { dropped: 1 }))
  pacing.push(batch([], { reset: true }))
  pacing.push(batch([9]))
  pacing.taken()
  expect(sent.at(-1)).toEqual(batch([9], { reset: true }))
})
