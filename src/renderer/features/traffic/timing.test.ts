import { expect, test } from 'vitest'
import type { ExchangeDetail } from '../../../status/exchange-record.ts'
import { timingBars } from './timing.ts'

test('a failed attempt is followed by the one that answered', () => {
  const detail: Pick<ExchangeDetail, 'phases' | 'attempts'> = {
    phases: [{ name: 'content', startMs: 1, durationMs: 20 }],
    attempts: [
      { peer: 'a:1', status: 0, responseMs: 2, reused: false, error: 'connect() failed' },
      { peer: 'b:1', status: 200, connectMs: 1, headerMs: 10, responseMs: 15, reused: false },
    ],
  }
  expect(timingBars(detail as ExchangeDetail).map(({ note: _note, ...bar }) => bar)).toEqual([
    { name: 'content', startMs: 1, durationMs: 20, kind: 'phase' },
    { name: 'a:1, attempt 1', startMs: 1, durationMs: 2, kind: 'failed' },
    { name: 'b:1, attempt 2: connecting', startMs: 3, durationMs: 1, kind: 'connect' },
    { name: 'b:1, attempt 2: waiting', startMs: 4, durationMs: 9, kind: 'wait' },
    { name: 'b:1, attempt 2: receiving', startMs: 13, durationMs: 5, kind: 'receive' },
  ])
})
