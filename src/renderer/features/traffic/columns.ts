/** The columns of the traffic table: which there are, how wide, which of the chosen ones fit. */
import type { ExchangeRecord } from '../../../status/exchange-record.ts'
import { serverName } from './summary.ts'

export type ColumnKey =
  | 'id'
  | 'time'
  | 'client'
  | 'scheme'
  | 'protocol'
  | 'method'
  | 'host'
  | 'path'
  | 'status'
  | 'cache'
  | 'limit'
  | 'route'
  | 'upstream'
  | 'peer'
  | 'attempts'
  | 'took'
  | 'received'
  | 'sent'

export interface Column {
  readonly key: ColumnKey
  readonly title: string
  /** Pixels, unless somebody drags it; the path takes what is left. */
  readonly width: number
  readonly right?: true
  /** The lower, the sooner it is left out where there is no room. */
  readonly worth: number
  /** What it is sorted by. */
  value(record: ExchangeRecord): string | number
}

/** No column is narrower: its title would be lost. */
export const leastWidth = 40
/** The path keeps at least this. */
const leastPath = 130
const gap = 12
const padding = 28

export const columns: readonly Column[] = [
  { key: 'id', title: '#', width: 56, right: true, worth: 1, value: ({ id }) => id },
  { key: 'time', title: 'Time', width: 92, worth: 8, value: ({ startedAt }) => startedAt },
  { key: 'client', title: 'Client', width: 104, worth: 2, value: ({ client }) => client },
  { key: 'scheme', title: 'Scheme', width: 56, worth: 2, value: ({ scheme }) => scheme },
  { key: 'protocol', title: 'Protocol', width: 76, worth: 2, value: ({ protocol }) => protocol },
  { key: 'method', title: 'Method', width: 58, worth: 12, value: ({ method }) => method },
  { key: 'host', title: 'Host', width: 116, worth: 9, value: ({ host }) => host },
  { key: 'path', title: 'Path', width: 240, worth: 99, value: ({ target }) => target },
  { key: 'status', title: 'Status', width: 56, worth: 14, value: ({ status }) => status },
  { key: 'cache', title: 'Cache', width: 86, worth: 7, value: ({ cache }) => cache ?? '' },
  { key: 'limit', title: 'Limit', width: 86, worth: 3, value: ({ limit }) => limit ?? '' },
  {
    key: 'route',
    title: 'Route',
    width: 104,
    worth: 5,
    value: ({ location, server }) => location ?? (server === undefined ? '' : serverName(server)),
  },
  { key: 'upstream', title: 'Upstream', width: 110, worth: 3, value: ({ upstream }) => upstream ?? '' },
  { key: 'peer', title: 'Peer', width: 116, worth: 6, value: ({ peer }) => peer ?? '' },
  { key: 'attempts', title: 'Tries', width: 48, right: true, worth: 2, value: ({ attempts }) => attempts },
  { key: 'took', title: 'Took', width: 106, right: true, worth: 11, value: ({ durationMs }) => durationMs },
  {
    key: 'received',
    title: 'Received',
    width: 72,
    right: true,
    worth: 2,
    value: ({ requestBytes }) => requestBytes,
  },
  { key: 'sent', title: 'Sent', width: 68, right: true, worth: 6, value: ({ bytesSent }) => bytesSent },
]

/** What is shown where nobody chose. */
export const usualColumns: readonly ColumnKey[] = [
  'time',
  'method',
  'host',
  'path',
  'status',
  'cache',
  'route',
  'peer',
  'took',
  'sent',
]

/** What somebody chose. */
export interface ColumnChoice {
  readonly keys: readonly ColumnKey[]
  readonly widths: Readonly<Partial<Record<ColumnKey, number>>>
}

export function widthOf(column: Column, { widths }: ColumnChoice): number {
  return Math.max(leastWidth, widths[column.key] ?? column.width)
}

/** The chosen columns in their order, without those of least worth that have no room in `available` pixels. */
export function fittingColumns(choice: ColumnChoice, available: number): Column[] {
  const chosen = columns.filter(({ key }) => key === 'path' || choice.keys.includes(key))
  let needed = chosen.reduce((sum, column) => sum + gap + leastOf(column, choice), padding - gap)
  const left = new Set(chosen)
  for (const column of [...chosen].sort((a, b) => a.worth - b.worth)) {
    if (needed <= available || column.key === 'path') break
    left.delete(column)
    needed -= gap + leastOf(column, choice)
  }
  return chosen.filter((column) => left.has(column))
}

function leastOf(column: Column, choice: ColumnChoice): number {
  return column.key === 'path' ? leastPath : widthOf(column, choice)
}

/** The tracks of a grid with them; the path takes what is left. */
export function gridTracks(shown: readonly Column[], choice: ColumnChoice): string {
  return shown
    .map((column) => (column.key === 'path' ? `minmax(${leastPath}px, 1fr)` : `${widthOf(column, choice)}px`))
    .join(' ')
}

export interface Sorting {
  readonly key: ColumnKey
  readonly descending: boolean
}

/** The rows by a column; equal ones as they came. */
export function sorted(rows: readonly ExchangeRecord[], { key, descending }: Sorting): ExchangeRecord[] {
  const column = columns.find((one) => one.key === key)
  if (!column) return [...rows]
  const sign = descending ? -1 : 1
  return [...rows].sort((a, b) => {
    const [x, y] = [column.value(a), column.value(b)]
    return x === y ? 0 : x < y ? -sign : sign
  })
}

/** What a click on a column's title does: up, down, as it comes. */
export function nextSorting(now: Sorting | undefined, key: ColumnKey): Sorting | undefined {
  if (now?.key !== key) return { key, descending: false }
  return now.descending ? undefined : { key, descending: true }
}
