/** What may be written next in the filter. */
import { filterFields } from './filter.ts'

export interface Offer {
  /** The word that is offered. */
  readonly word: string
  readonly doc: string
  /** The whole filter with it. */
  readonly whole: string
}

const values: Readonly<Record<string, readonly (readonly [value: string, doc: string])[]>> = {
  status: [
    ['2xx', 'answered'],
    ['3xx', 'redirects'],
    ['4xx', "the client's errors"],
    ['5xx', 'errors of the server'],
  ],
  method: ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS'].map((name) => [name, ''] as const),
  cache: ['HIT', 'MISS', 'BYPASS', 'EXPIRED', 'STALE', 'UPDATING', 'REVALIDATED', 'none'].map(
    (name) => [name, ''] as const,
  ),
  scheme: [
    ['https', ''],
    ['http', ''],
  ],
  is: [
    ['error', '5xx or failed'],
    ['retried', 'more than one attempt'],
    ['upgraded', 'WebSocket'],
  ],
}

/** Offers for the word at the end of the text; none when it is complete. */
export function completions(text: string): Offer[] {
  const last = /\S*$/.exec(text)?.[0] ?? ''
  const before = text.slice(0, text.length - last.length)
  const minus = last.startsWith('-') ? '-' : ''
  const word = last.slice(minus.length).toLowerCase()
  const [, field, typed = ''] = /^([a-z]+):(.*)$/.exec(word) ?? []
  if (field !== undefined) {
    const found = (values[field] ?? []).filter(
      ([value]) => value.toLowerCase().startsWith(typed) && value.toLowerCase() !== typed,
    )
    return found.map(([value, doc]) => ({
      word: `${field}:${value}`,
      doc,
      whole: `${before}${minus}${field}:${value} `,
    }))
  }
  return filterFields
    .filter(({ name }) => name.startsWith(word))
    .map(({ name, doc }) => {
      const sign = name === 'ms' || name === 'bytes' ? '>' : ':'
      return { word: name + sign, doc, whole: `${before}${minus}${name}${sign}` }
    })
}
