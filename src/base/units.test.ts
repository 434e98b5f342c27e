import { expect, test } from 'vitest'
import { formatDuration, formatSize, parseDuration, parseSize } from './units.ts'

test.each([
  ['60', 60_000],
  ['60s', 60_000],
  ['1m30s', 90_000],
  ['1h 30m', 5_400_000],
  ['500ms', 500],
  ['1d', 86_400_000],
  ['1M', 30 * 86_400_000],
  ['1s1h', undefined],
  ['1h1h', undefined],
  ['', undefined],
  ['-1', undefined],
  ['1.5s', undefined],
  ['abc', undefined],
])('the time %j is %j ms', (text, ms) => expect(parseDuration(text)).toBe(ms))

test.each([
  ['0', 0],
  ['512', 512],
  ['8k', 8192],
  ['10M', 10_485_760],
  ['1g', 1_073_741_824],
  ['1t', undefined],
  ['k', undefined],
])('the size %j is %j bytes', (text, bytes) => expect(parseSize(text)).toBe(bytes))

test('what is formatted reads back as the same value', () => {
  for (const ms of [0, 1, 999, 1000, 61_000, 3_600_000, 86_400_000])
    expect(parseDuration(formatDuration(ms))).toBe(ms)
  for (const bytes of [0, 1, 1024, 4096, 10_485_760, 1025]) expect(parseSize(formatSize(bytes))).toBe(bytes)
})
