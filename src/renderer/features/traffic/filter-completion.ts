/** What may be written next in the filter: fields, then values that are known or that the traffic has. */
import type { ExchangeRecord } from '../../../status/exchange-record.ts'
import { missReasons, storeReasons } from '../../../status/cache-status.ts'
import { filterFields, kinds } from './filter-fields.ts'

export interface Offer {
  /** The word that is offered. */
  readonly word: string
  readonly doc: string
  /** The whole filter with it. */
  readonly whole: string
}

type Values = readonly (readonly [value: string, doc: string])[]

const plain = (...names: string[]): Values => names.map((name) => [name, ''])

const known: Readonly<Record<string, Values>> = {
  status: [
    ['2xx', 'answered'],
    ['3xx', 'redirects'],
    ['4xx', "the client's errors"],
    ['5xx', 'errors of the server'],
  ],
  method: plain('GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS'),
  cache: plain('HIT', 'MISS', 'BYPASS', 'EXPIRED', 'STALE', 'UPDATING', 'REVALIDATED', 'none'),
  limit: plain('DELAYED', 'REJECTED', 'none'),
  why: Object.entries({ ...missReasons, ...storeReasons }),
  reason: Object.entries({ ...missReasons, ...storeReasons }),
  scheme: plain('https', 'http'),
  protocol: plain('HTTP/1.1', 'HTTP/2.0', 'HTTP/1.0'),
  is: Object.keys(kinds).map((kind) => [kind, ''] as const),
}

/** Fields whose values are taken from the traffic. */
const seenFields: ReadonlySet<string> = new Set(['host', 'peer', 'upstream', 'location', 'server', 'client'])
// Enough to choose from, few enough to be read.
const mostOffers = 8
/** The newest records that values are taken from. */
const lookedAt = 2000

/** Offers for the word at the end of the text; none when it is complete. */
export function completions(text: string, records: readonly ExchangeRecord[] = []): Offer[] {
  const last = /(?:"[^"]*"?|[^\s"])*$/.exec(text)?.[0] ?? ''
  const before = text.slice(0, text.length - last.length)
  const minus = last.startsWith('-') ? '-' : ''
  const word = last.slice(minus.length).toLowerCase()
  const [, field, typed = ''] = /^([a-z]+):(.*)$/.exec(word) ?? []
  if (field === undefined) return fieldOffers(before, minus, word)
  const done = typed.includes(',') ? typed.slice(0, typed.lastIndexOf(',') + 1) : ''
  const beginning = typed.slice(done.length)
  const spelled = last.slice(minus.length + field.length + 1).slice(0, done.length)
  return [...(known[field] ?? []), ...seenValues(field, records)]
    .filter(([value]) => value.toLowerCase().startsWith(beginning) && value.toLowerCase() !== beginning)
    .slice(0, mostOffers)
    .map(([value, doc]) => ({
      word: `${field}:${value}`,
      doc,
      whole: `${before}${minus}${field}:${spelled}${quoted(value)} `,
    }))
}

function fieldOffers(before: string, minus: string, word: string): Offer[] {
  return Object.entries(filterFields)
    .filter(([name]) => name.startsWith(word))
    .map(([name, { kind, doc }]) => {
      const sign = kind === 'number' ? '>' : kind === 'body' ? '~' : ':'
      return { word: name + sign, doc, whole: `${before}${minus}${name}${sign}` }
    })
}

/** Those that came most often first. */
function seenValues(name: string, records: readonly ExchangeRecord[]): Values {
  const field = filterFields[name]
  if (field?.kind !== 'text' || !seenFields.has(name)) return []
  const counts = new Map<string, number>()
  for (const record of records.slice(-lookedAt)) {
    const value = field.read(record)
    if (value !== '') counts.set(value, (counts.get(value) ?? 0) + 1)
  }
  return [...counts]
    .sort(([, a], [, b]) => b - a)
    .map(([value, count]) => [value, `${count.toLocaleString('en')} ×`])
}

function quoted(value: string): string {
  return /[\s,]/.test(value) ? `"${value}"` : value
}
