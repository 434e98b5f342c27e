import { describe, expect, test } from 'vitest'
import * as format from './format.ts'

describe('numbers as people read them', () => {
  test.each([
    [0.4219, '0.42 ms'],
    [9.13, '9.1 ms'],
    [128.4, '128 ms'],
    [1240, '1.24 s'],
    [61_000, '1.0 min'],
    [7_200_000, '2.0 h'],
  ])('%s ms reads %s', (ms, text) => {
    expect(format.inWords(format.measureDuration(ms))).toBe(text)
  })

  test.each([
    [0, '0 B'],
    [1023, '1023 B'],
    [1024, '1.0 KiB'],
    [4300, '4.2 KiB'],
    [1_048_575, '1.0 MiB'],
    [52_428_800, '50 MiB'],
  ])('%s bytes read %s', (bytes, text) => {
    expect(format.inWords(format.measureBytes(bytes))).toBe(text)
  })

  test('rates stay short', () => {
    expect([0, 0.3, 214.2, 25_000].map((rate) => format.inWords(format.measureRate(rate)))).toEqual([
      '0/s',
      '0.30/s',
      '214/s',
      '25 k/s',
    ])
  })

  test('counts are shortened from ten thousand on', () => {
    expect([9999, 12_400, 3_210_000].map((count) => format.inWords(format.measureCount(count)))).toEqual([
      '9,999',
      '12.4 k',
      '3.2 M',
    ])
  })

  test('how long ago is one short word', () => {
    const now = 1_000_000_000
    expect([0, 12, 250, 7300, 200_000].map((s) => format.ago(now - s * 1000, now))).toEqual([
      'now',
      '12 s',
      '4 min',
      '2 h',
      '2 d',
    ])
  })

  test('a long path keeps both ends', () => {
    expect(format.middleCut('/a/very/long/path/to/something.js', 20)).toBe('/a/very/long…hing.js')
    expect(format.middleCut('/short', 20)).toBe('/short')
  })
})
