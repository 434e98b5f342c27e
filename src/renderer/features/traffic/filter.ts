/**
 * The filter language of the traffic table:
 * `status:5xx host:api* cache:MISS ms>200 -path:/health body~"token" "any text"`. Terms are joined by "and", values of
 * one term by commas; `-` turns a term around; `*` stands for anything; `~` looks for a part; a word without a field is
 * looked for everywhere.
 */
import type { ExchangeRecord } from '../../../status/exchange-record.ts'
import { filterFields, kinds, type Comparison, type FilterField, type NumberField } from './filter-fields.ts'

/** Whether an exchange has a text in a recorded body; only the host knows. */
export type BodyHolds = (text: string, id: number) => boolean

/** A filter that was understood, or why it was not. */
export type Filter =
  | {
      readonly matches: (record: ExchangeRecord) => boolean
      readonly empty: boolean
      /** Texts that bodies are looked through for. */
      readonly bodyTexts: readonly string[]
    }
  | { readonly problem: string }

type Test = (record: ExchangeRecord) => boolean

const termPattern = /(-?)(?:([a-z]+)(:|~|>=|<=|>|<))?((?:"[^"]*"?|[^\s"])*)\s*/giy

export function parseFilter(text: string, bodyHolds: BodyHolds = () => false): Filter {
  const tests: Test[] = []
  const bodyTexts: string[] = []
  const trimmed = text.trim()
  if ((trimmed.split('"').length - 1) % 2 === 1)
    return { problem: 'a quotation mark " has no second one that ends it' }
  termPattern.lastIndex = 0
  while (termPattern.lastIndex < trimmed.length) {
    const [whole, minus, field, operator, raw = ''] = termPattern.exec(trimmed) ?? []
    if (!whole) break
    const value = raw.replaceAll('"', '')
    let test: Test | string
    if (field === undefined) test = anywhere(value)
    else {
      const name = field.toLowerCase()
      if (filterFields[name]?.kind === 'body') {
        if (value === '') return { problem: 'body~ what? For instance body~"token"' }
        bodyTexts.push(value)
        test = (record) => bodyHolds(value, record.id)
      } else test = fieldTest(name, operator ?? ':', value)
    }
    if (typeof test === 'string') return { problem: test }
    const understood = test
    tests.push(minus ? (record) => !understood(record) : understood)
  }
  return {
    matches: (record) => tests.every((test) => test(record)),
    empty: tests.length === 0,
    bodyTexts,
  }
}

function fieldTest(name: string, operator: string, value: string): Test | string {
  const field = filterFields[name]
  if (!field) return `there is no field "${name}"; there are ${Object.keys(filterFields).join(', ')}`
  if (field.kind === 'number')
    return operator === '~' ? noPart(name, field) : numberTest(name, field, operator, value)
  if (operator !== ':' && operator !== '~') return `${name} has no order: write ${name}:${value}`
  if (value === '') return `${name}: what? For instance ${field.doc}`
  const tests = value
    .split(',')
    .filter(Boolean)
    .map((part) => oneValue(field, operator, part))
  const wrong = tests.find((test) => typeof test === 'string')
  if (wrong !== undefined) return wrong
  const [only] = tests
  if (tests.length === 1 && typeof only === 'function') return only
  return (record) => tests.some((test) => typeof test === 'function' && test(record))
}

function noPart(name: string, field: NumberField): string {
  return `${name} is a number and has no parts: write ${field.example}`
}

function oneValue(field: FilterField, operator: string, value: string): Test | string {
  switch (field.kind) {
    case 'status':
      return statusTest(value)
    case 'is':
      return (
        kinds[value.toLowerCase()] ??
        `is:${value} is not known; there are ${Object.keys(kinds)
          .map((kind) => `is:${kind}`)
          .join(', ')}`
      )
    case 'text':
      return like(value, operator === '~' ? 'part' : field.compare, field.read)
    default:
      return `"${value}" is not understood here`
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

function numberTest(
  name: string,
  { example, read }: NumberField,
  operator: string,
  value: string,
): Test | string {
  const number = /^(\d+(?:\.\d+)?)([a-z]*)$/i.exec(value)
  const scale = scales[(number?.[2] ?? '').toLowerCase()]
  if (!number || scale === undefined) return `"${name}${operator}${value}" has no number: write ${example}`
  const bound = Number(number[1]) * scale
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

/** `*` for anything, whatever the case. */
function like(pattern: string, compare: Comparison, read: (record: ExchangeRecord) => string): Test {
  const open = pattern.includes('*')
  const wanted = pattern.toLowerCase()
  if (!open && compare === 'whole') return (record) => read(record).toLowerCase() === wanted
  if (!open && compare === 'prefix') return (record) => read(record).toLowerCase().startsWith(wanted)
  if (!open) return (record) => read(record).toLowerCase().includes(wanted)
  const parts = pattern.split('*').map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
  const regex = new RegExp(compare === 'part' ? parts.join('.*') : `^${parts.join('.*')}$`, 'is')
  return (record) => regex.test(read(record))
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
