import { expect, test } from 'vitest'
import type { TrafficBatch } from '../contract/traffic.ts'
import { fakeClock } from '../engine/testing/fake-clock.ts'
import { finishedExchange, keptFake } from './testing/fake-engine.ts'
import { TrafficRecorder } from './traffic-recorder.ts'

function recorder() {
  const clock = fakeClock()
  const recorder = new TrafficRecorder(clock, keptFake)
  const batches: TrafficBatch[] = []
  const shown = (): { ids: number[]; dropped: number; reset: boolean }[] =>
    batches.map(({ records, dropped, reset }) => ({ ids: records.map(({ id }) => id), dropped, reset }))
  return { clock, recorder, batches, shown, watch: () => recorder.watch((batch) => batches.push(batch)) }
}

test('a watcher gets what was there, then what comes, in batches of 100 ms', () => {
  const { clock, recorder: traffic, shown, watch } = recorder()
  traffic.add(finishedExchange({ id: 1 }))
  const stop = watch()
  traffic.add(finishedExchange({ id: 2 }))
  traffic.add(finishedExchange({ id: 3 }))
  clock.advance(99)
  expect(shown()).toEqual([{ reset: true, ids: [1], dropped: 0 }])
  clock.advance(1)
  stop()
  traffic.add(finishedExchange({ id: 4 }))
  clock.advance(200)
  expect(shown()).toEqual([
    { reset: true, ids: [1], dropped: 0 },
    { reset: false, ids: [2, 3], dropped: 0 },
  ])
})

test('what is more than anybody can read is sampled evenly and counted, in order', () => {
  const { clock, recorder: traffic, batches, watch } = recorder()
  watch()
  let id = 0
  for (let tick = 0; tick < 10; tick++) {
    for (let n = 0; n < 2000; n++) traffic.add(finishedExchange({ id: ++id }))
    clock.advance(100)
  }
  const rows = batches.flatMap(({ records }) => records.map((record) => record.id))
  const dropped = batches.reduce((sum, batch) => sum + batch.dropped, 0)
  expect(rows.length + dropped).toBe(20_000)
  expect(rows.length).toBeLessThanOrEqual(10 * 500)
  expect(rows).toEqual([...rows].sort((a, b) => a - b))
  const last = batches.at(-1)
  expect({ rows: last?.records.length, dropped: last?.dropped }).toEqual({ rows: 200, dropped: 1800 })
})

test('errors and slow exchanges are always shown', () => {
  const { clock, recorder: traffic, batches, watch } = recorder()
  watch()
  const told: number[] = []
  for (let id = 1; id <= 30_000; id++) {
    const remarkable = id % 100 === 0
    if (remarkable) told.push(id)
    traffic.add(
      finishedExchange({ id, ...(remarkable && (id % 200 === 0 ? { status: 502 } : { durationMs: 1500 })) }),
    )
    if (id % 3000 === 0) clock.advance(100)
  }
  const rows = new Set(batches.flatMap(({ records }) => records.map((record) => record.id)))
  expect(told.filter((id) => !rows.has(id))).toEqual([])
})

test('a full batch goes at once', () => {
  const { recorder: traffic, shown, watch } = recorder()
  watch()
  for (let id = 1; id <= 501; id++) traffic.add(finishedExchange({ id, status: 500 }))
  expect(shown().map(({ ids }) => ids.length)).toEqual([0, 500])
})

test('the newest 10,000 can be asked for; a new watcher starts with the newest 1,000', () => {
  const { recorder: traffic, batches, watch } = recorder()
  for (let id = 1; id <= 10_001; id++) traffic.add(finishedExchange({ id, target: `/${id}` }))
  watch()
  expect(traffic.detail(1)).toBe(undefined)
  expect(traffic.detail(2)?.record.target).toBe('/2')
  expect(batches.map(({ records, dropped }) => [records[0]?.id, records.length, dropped])).toEqual([
    [9002, 1000, 9000],
  ])
})

test('after a clear everybody forgets', () => {
  const { clock, recorder: traffic, shown, watch } = recorder()
  watch()
  traffic.add(finishedExchange({ id: 1 }))
  traffic.clear()
  clock.advance(100)
  expect(shown().slice(1)).toEqual([{ reset: true, ids: [], dropped: 0 }])
  expect(traffic.detail(1)).toBe(undefined)
})
