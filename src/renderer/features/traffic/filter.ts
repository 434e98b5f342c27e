/**
 * The filter language of the traffic table:
 * `status:5xx host:api* cache:MISS ms>200 -path:/health "any text"`. Terms are joined by "and", values of one
 * term by commas; `-` turns a term around; `*` stands for anything; a word without a field is looked for everywhere.
 */
import type { ExchangeRecord } from '../../../status/exchange-record.ts'

/** A filter that was understood, or why it was not. */
export type Filter =
  | { readonly matches: (record: ExchangeRecord) => boolean; readonly empty: boolean }
  | { readonly problem: string }

type Test = (record: ExchangeRecord) => boolean

/** What can be asked for, and what it means. */
export const filterFields = [
  { name: 'status', doc: '404, 5xx, 200-299, 404,500' },
  { name: 'host', doc: 'the name asked for: api*' },
  { name: 'path', doc: 'the target begins with this: /api/ or *.js' },
  { name: 'method', doc: 'GET,POST' },
  { name: 'ms', doc: 'how long it took: ms>200' },
  { name: 'bytes', doc: 'sent to the client: bytes>1m' },
  { name: 'cache', doc: 'HIT, MISS, none' },
  { name: 'peer', doc: 'the address that answered: *:3001' },
  { name: 'upstream', doc: 'the name in proxy_pass' },
  { name: 'server', doc: 'the server that matched' },
  { name: 'location', doc: 'the location that matched' },
  { name: 'scheme', doc: 'http or https' },
  { name: 'client', doc: "the client's address" },
  { name: 'why', doc: 'why not from the cache, or not stored: expired, set-cookie' },
  { name: 'limit', doc: 'REJECTED, DELAYED, or the name of the zone' },
  { name: 'limitkey', doc: 'the key that a limit held back' },
  { name: 'is', doc: 'error, retried, upgraded' },
] as const

type FieldName = (typeof filterFields)[number]['name']

const termPattern = /(-?)(?:([a-z]+)(:|>=|<=|>|<))?((?:"[^"]*"?|[^\s"])*)\s*/giy

export function parseFilter(text: string): Filter {
  const tests: Test[] = []
  const trimmed = text.trim()
  termPattern.lastIndex = 0
  while (termPattern.lastIndex < trimmed.length) {
    const [whole, minus, field, operator, raw = ''] = termPattern.exec(trimmed) ?? []
    if (!whole) break
    const value = raw.replaceAll('"', '')
    const test =
      field === undefined ? anywhere(value) : fieldTest(field.toLowerCase(), operator ?? ':', value)
    if (typeof test === 'string') return { problem: test }
    tests.push(minus ? (record) => !test(record) : test)
  }
  return { matches: (record) => tests.every((test) => test(record)), empty: tests.length === 0 }
}

function fieldTest(field: string, operator: string, value: string): Test | string {
  if (field === 'ms' || field === 'bytes') return numberTest(field, operator, value)
  if (operator !== ':') return `${field} has no order: write ${field}:${value}`
  if (value === '') return `${field}: what? For instance ${exampleOf(field)}`
  const parts = value.split(',').filter(Boolean)
  const tests = parts.map((part) => oneValue(field, part))
  const wrong = tests.find((test) => typeof test === 'string')
  if (wrong !== undefined) return wrong
  return (record) => tests.some((test) => typeof test === 'function' && test(record))
}

function exampleOf(field: string): string {
  return filterFields.find((one) => one.name === field)?.doc ?? 'status:5xx'
}

function oneValue(field: string, value: string): Test | string {
  switch (field as FieldName) {
    case 'status':
      return statusTest(value)
    case 'host':
      return like(value, (record) => record.host)
    case 'path':
      return like(value.includes('*') ? value : `${value}*`, (record) => record.target)
    case 'method':
      return like(value, (record) => record.method)
    case 'cache':
      return like(value, (record) => record.cache ?? 'none')
    case 'peer':
      return like(value, (record) => record.peer ?? '')
    case 'upstream':
      return like(value, (record) => record.upstream ?? '')
    case 'server':
      return like(value.includes('*') ? value : `*${value}*`, (record) => record.server ?? '')
    case 'location':
      return like(value, (record) => record.location ?? '')
    case 'scheme':
      return like(value, (record) => record.scheme)
    case 'client':
      return like(value, (record) => record.client)
    case 'why':
      return eitherLike(
        value,
        (record) => record.cacheReason,
        (record) => record.cacheNotStored,
      )
    case 'limit':
      return eitherLike(
        value,
        (record) => record.limit,
        (record) => record.limitZone,
      )
    case 'limitkey':
      return like(value, (record) => record.limitKey ?? '')
    case 'is':
      return isTest(value)
    case 'ms':
    case 'bytes':
      return numberTest(field as 'ms' | 'bytes', ':', value)
    default:
      return `there is no field "${field}"; there are ${filterFields.map((one) => one.name).join(', ')}`
  }
}

function isTest(value: string): Test | string {
  switch (value.toLowerCase()) {
    case 'error':
      return (record) => record.status >= 500 || record.error !== undefined
    case 'retried':
      return (record) => record.attempts > 1
    case 'upgraded':
      return (record) => record.upgraded === true
    default:
      return `is:${value} is not known; there are is:error, is:retried and is:upgraded`
  }
}

function statusTest(value: string): Test | string {
  const kind = /^([1-5])xx$/i.exec(value)
  if (kind) return (record) => Math.floor(record.status / 100) === Number(kind[1])
  const range = /^(\d{3})-(\d{3})$/.exec(value)
  if (range) return (record) => record.status >= Number(range[1]) && record.status <= Number(range[2])
  if (/^\d{1,3}$/.test(value)) return (record) => String(record.status).startsWith(value)
  return `"${value}" is no status: write 404, 5xx or 200-299`
}

const scales: Readonly<Record<string, number>> = {
  '': 1,
  ms: 1,
  s: 1000,
  k: 1024,
  m: 1024 ** 2,
  g: 1024 ** 3,
}

function numberTest(field: 'ms' | 'bytes', operator: string, value: string): Test | string {
  const number = /^(\d+(?:\.\d+)?)([a-z]*)$/i.exec(value)
  const scale = scales[(number?.[2] ?? '').toLowerCase()]
  if (!number || scale === undefined)
    return `"${value}" is no number: write ${field}>${field === 'ms' ? 200 : '10k'}`
  const bound = Number(number[1]) * scale
  const read = field === 'ms' ? (r: ExchangeRecord) => r.durationMs : (r: ExchangeRecord) => r.bytesSent
  switch (operator) {
    case '>':
      return (record) => read(record) > bound
    case '>=':
      return (record) => read(record) >= bound
    case '<':
      return (record) => read(record) < bound
    case '<=':
      return (record) => read(record) <= bound
    default:
      return (record) => Math.round(read(record)) === bound
  }
}

/** The whole text, `*` for anything, whatever the case. */
function like(pattern: string, read: (record: ExchangeRecord) => string): Test {
  const parts = pattern.split('*').map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
  const regex = new RegExp(`^${parts.join('.*')}$`, 'is')
  return (record) => regex.test(read(record))
}

/** One of two that may be absent. */
function eitherLike(
  pattern: string,
  one: (record: ExchangeRecord) => string | undefined,
  other: (record: ExchangeRecord) => string | undefined,
): Test {
  const [first, second] = [
    like(pattern, (record) => one(record) ?? ''),
    like(pattern, (record) => other(record) ?? ''),
  ]
  return (record) => first(record) || second(record)
}

function anywhere(word: string): Test {
  const wanted = word.toLowerCase()
  return (record) =>
    record.target.toLowerCase().includes(wanted) ||
    record.host.toLowerCase().includes(wanted) ||
    record.method.toLowerCase() === wanted ||
    String(record.status).startsWith(wanted) ||
    (record.peer ?? '').includes(wanted) ||
    (record.error ?? '').toLowerCase().includes(wanted)
}
