import { expect, test } from 'vitest'
import { livelyTraffic } from '../../testing/lively-traffic.ts'
import {
  fittingColumns,
  gridTracks,
  nextSorting,
  sorted,
  usualColumns,
  type ColumnChoice,
} from './columns.ts'

const usual: ColumnChoice = { keys: usualColumns, widths: {} }
const keys = (choice: ColumnChoice, width: number): string[] =>
  fittingColumns(choice, width).map(({ key }) => key)

test('all chosen columns are there where there is room, in their order', () => {
  expect(keys(usual, 1400)).toEqual(usualColumns)
  expect(keys({ ...usual, keys: ['sent', 'limit'] }, 1400)).toEqual(['path', 'limit', 'sent'])
})

test('what is worth least goes first, the path never', () => {
  expect(keys(usual, 800)).toEqual(['time', 'method', 'host', 'path', 'status', 'cache', 'took'])
  expect(keys(usual, 100)).toEqual(['path'])
})

test('a column is as wide as somebody dragged it, but its title stays', () => {
  const choice = { keys: ['host' as const, 'status' as const], widths: { host: 300, status: 3 } }
  expect(gridTracks(fittingColumns(choice, 2000), choice)).toBe('300px minmax(130px, 1fr) 40px')
})

test('rows are sorted by what a column shows, equal ones as they came', () => {
  const make = livelyTraffic()
  const rows = Array.from({ length: 200 }, () => make(0))
  const up = sorted(rows, { key: 'status', descending: false })
  expect(up.map(({ status }) => status)).toEqual(rows.map(({ status }) => status).sort((a, b) => a - b))
  const same = up.filter(({ status }) => status === 200).map(({ id }) => id)
  expect(same).toEqual([...same].sort((a, b) => a - b))
  expect(sorted(rows, { key: 'took', descending: true })[0]?.durationMs).toBe(
    Math.max(...rows.map(({ durationMs }) => durationMs)),
  )
})

test('a title sorts up, then down, then not at all', () => {
  const up = nextSorting(undefined, 'took')
  const down = nextSorting(up, 'took')
  expect([up, down, nextSorting(down, 'took'), nextSorting(down, 'host')]).toEqual([
    { key: 'took', descending: false },
    { key: 'took', descending: true },
    undefined,
    { key: 'host', descending: false },
  ])
})
