import { expect, test } from 'vitest'
import type { ExchangeRecord } from '../../../status/exchange-record.ts'
import { livelyTraffic } from '../../testing/lively-traffic.ts'
import { cacheWords, limitWords } from './verdicts.ts'

const { cache: _cache, ...plain } = livelyTraffic()(0)
const about = (more: Partial<ExchangeRecord>): ExchangeRecord => ({ ...plain, ...more })

test('a verdict of the cache is told with its reason', () => {
  expect(
    cacheWords(about({ cache: 'MISS', cacheReason: 'key-not-there', cacheNotStored: 'set-cookie' })),
  ).toEqual([
    'The cache had no answer, so the upstream was asked.',
    'Nothing is stored under this key.',
    'It was not stored: the answer sets a cookie.',
  ])
  expect(cacheWords(about({ cache: 'EXPIRED', cacheReason: 'expired', cacheExpiredSeconds: 7 }))).toEqual([
    'What the cache had was too old, so the upstream was asked.',
    'What is stored is no longer fresh.',
    'It had not been fresh for 7 s.',
    'The answer was stored.',
  ])
  expect(cacheWords(about({}))).toEqual([])
})

test('a verdict of a limit is told with its zone and key', () => {
  expect(limitWords(about({ limit: 'REJECTED', limitZone: 'login', limitKey: '127.0.0.1' }))).toBe(
    'The limit login rejected it for 127.0.0.1.',
  )
  expect(limitWords(about({ limit: 'DELAYED_DRY_RUN' }))).toBe('A limit would have delayed it (dry run).')
  expect(limitWords(about({}))).toBeUndefined()
})
