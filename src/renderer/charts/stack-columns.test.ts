import { expect, test } from 'vitest'
import { stackColumns } from './stack-columns.ts'

const columns = [
  { at: 0, values: [1, 3] },
  { at: 60_000, values: [0, 8] },
  { at: 120_000, values: [0, 0] },
]

test('the last series is the lowest, and the highest column is as high as the chart', () => {
  expect(stackColumns(columns, 2, false)).toEqual([
    [
      { series: 1, bottom: 0, top: 37.5 },
      { series: 0, bottom: 37.5, top: 50 },
    ],
    [{ series: 1, bottom: 0, top: 100 }],
    [],
  ])
})

test('as shares every column that holds anything is full', () => {
  expect(stackColumns(columns, 2, true).map((parts) => parts.at(-1)?.top)).toEqual([100, 100, undefined])
})

test('one among many thousands can still be seen', () => {
  const [parts] = stackColumns([{ at: 0, values: [1, 100_000] }], 2, true)
  expect(parts?.at(-1)?.top).toBe(100)
  const [thin] = stackColumns([{ at: 0, values: [100_000, 1] }], 2, true)
  expect(thin?.[0]).toEqual({ series: 1, bottom: 0, top: 1 })
})
