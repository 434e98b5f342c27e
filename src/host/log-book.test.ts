import { expect, test } from 'vitest'
import type { LogBatch } from '../contract/program.ts'
import { fakeClock } from '../engine/testing/fake-clock.ts'
import { LogBook } from './log-book.ts'

test('a watcher gets the entries so far, then batches of what comes', () => {
  const clock = fakeClock(1000)
  const log = new LogBook(clock)
  log.add('error', 'connect() failed', 3)
  const batches: LogBatch[] = []
  log.watch((batch) => batches.push(batch))
  clock.advance(50)
  log.add('warn', 'a')
  log.add('warn', 'b')
  clock.advance(100)
  expect(batches).toEqual([
    {
      reset: true,
      dropped: 0,
      entries: [{ id: 0, at: 1000, severity: 'error', message: 'connect() failed', exchange: 3 }],
    },
    {
      reset: false,
      dropped: 0,
      entries: [
        { id: 1, at: 1050, severity: 'warn', message: 'a' },
        { id: 2, at: 1050, severity: 'warn', message: 'b' },
      ],
    },
  ])
})

test('a flood is cut to what fits a message, and the rest is counted', () => {
  const clock = fakeClock()
  const log = new LogBook(clock)
  const batches: LogBatch[] = []
  log.watch((batch) => batches.push(batch))
  for (let n = 0; n < 5000; n++) log.add('error', String(n))
  clock.advance(100)
  const last = batches.at(-1)
  expect([last?.entries.length, last?.dropped, last?.entries.at(-1)?.message]).toEqual([500, 4500, '4999'])
  log.watch((batch) => batches.push(batch))
  expect([batches.at(-1)?.entries.length, batches.at(-1)?.dropped]).toEqual([2000, 3000])
})
